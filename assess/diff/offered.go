package diff

import (
	"smbready/assess"
	"smbready/inventory"
)

// offeredWay says which way went what a server says of signing, by the protocols that
// answered in both runs: Worse where it offered to sign and does not any more, Better
// the other way round. From offering to requiring, or back, is neither.
func offeredWay(old, new *inventory.Host) Direction {
	var less, more bool
	take := func(was, is inventory.Signing) {
		less, more = less || offers(was) && refuses(is), more || refuses(was) && offers(is)
	}
	if old.SMB2 != nil && new.SMB2 != nil {
		take(old.SMB2.Signing, new.SMB2.Signing)
	}
	if old.SMB1 != nil && new.SMB1 != nil {
		take(old.SMB1.Signing, new.SMB1.Signing)
	}
	switch {
	case less == more: // nothing, or one protocol each way
		return Otherwise
	case less:
		return Worse
	}
	return Better
}

func offers(s inventory.Signing) bool {
	return s == inventory.SigningEnabled || s == inventory.SigningRequired
}

func refuses(s inventory.Signing) bool {
	return s == inventory.SigningDisabled || s == inventory.SigningNotAdvertised
}

// offeredWay says which way a finding went where it goes between fine and unknown with
// what the server offers, and Otherwise where it does not: a server that took back its
// offer to sign was seen to change, and is not one of which less is known.
func (b basis) offeredWay(old, new *assess.Finding) Direction {
	fineThen, fineNow := b.old.Verdict.Fine() && old.Verdict.Fine(), b.new.Verdict.Fine() && new.Verdict.Fine()
	unknownThen, unknownNow := b.old.Verdict == assess.Unknown && old.Verdict == assess.Unknown, b.new.Verdict == assess.Unknown && new.Verdict == assess.Unknown
	if b.offered == Worse && fineThen && unknownNow || b.offered == Better && unknownThen && fineNow {
		return b.offered
	}
	return Otherwise
}
