package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/store"
)

// Bounds of the search for devices in stored runs. Whatever is not by address takes a
// look at each host.
const (
	mostRunsSearched  = 400
	mostHostsSearched = 2_000_000
)

// binding finds what the devices of exceptions are.
type binding struct {
	*plan.Binder
	searched int  // runs
	all      bool // no run was left out for want of time
}

// bind completes exceptions with what their devices are: as one run saw them, if one is
// named, and else as the newest complete ones of the store did. It returns what to say of
// each.
func (a *app) bind(ctx context.Context, s *store.Store, db, run string, list []inventory.Exception) ([]string, error) {
	b := &binding{Binder: plan.NewBinder(list), all: true}
	var err error
	switch {
	case b.Done():
	case run != "":
		err = a.bindByRun(ctx, db, run, b)
	default:
		err = b.byStore(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	words := make([]string, len(list))
	for i, found := range b.Bindings() {
		if found.Seen != nil {
			list[i].Seen = found.Seen
		}
		words[i] = b.words(&list[i], found, run)
	}
	return words, nil
}

// bindByRun looks at the hosts of one run, a file or one of the store.
func (a *app) bindByRun(ctx context.Context, db, name string, b *binding) error {
	f, done, err := a.openRunFile(ctx, db, name)
	if err != nil {
		return err
	}
	defer done()
	if err := b.byFile(ctx, f); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// byFile looks at the hosts of a run in a file.
func (b *binding) byFile(ctx context.Context, f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := inventory.NewReader(f)
	begun := false
	for ctx.Err() == nil {
		l, err := r.Next()
		var bad *inventory.LineError
		switch {
		case errors.Is(err, io.EOF), errors.As(err, &bad) && errors.Is(err, io.ErrUnexpectedEOF) && begun: // it was cut off
			if !begun {
				return errors.New("not a smbready run: the file is empty")
			}
			b.End()
			return nil
		case err != nil:
			return err
		case !begun && l.Run == nil:
			return errors.New("not a smbready run: the first line is not the head of a run")
		case l.Run != nil && !begun:
			b.Begin(l.Run)
			b.searched, begun = 1, true
		case l.Host != nil:
			if err := b.Add(l.Host); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// byStore looks at the complete runs of a store, the newest first.
func (b *binding) byStore(ctx context.Context, s *store.Store) error {
	infos, err := s.Runs(ctx, "")
	if err != nil {
		return err
	}
	hosts := uint64(0)
	for _, info := range complete(infos, planClock()) {
		if b.Done() {
			return nil
		}
		if !b.Wants(&info.Header) {
			continue
		}
		at, byAddress := b.Addresses()
		if !byAddress {
			hosts += info.Hosts
			at = nil
		}
		if b.searched++; b.searched > mostRunsSearched || hosts > mostHostsSearched && b.searched > 1 {
			b.all = false
			return nil
		}
		b.Begin(&info.Header)
		if err := s.EachHost(ctx, info.Header.ID, at, b.Add); info.Spoil(err) {
			continue // as one of which the head is damaged
		} else if err != nil {
			return err
		}
		b.End()
	}
	return nil
}

// anotherThere says of an exception by address which other device had that address in a
// run of late, the newest one, and how to accept that one; nothing where none is known.
// A run that cannot be read keeps nobody from accepting. It may hold text from the network.
func anotherThere(ctx context.Context, s *store.Store, e *inventory.Exception, now time.Time) (string, error) {
	unbound := *e
	unbound.Site, unbound.Seen = e.At(), nil
	at, byAddress := plan.NewBinder([]inventory.Exception{unbound}).Addresses()
	if e.Seen == nil || !byAddress {
		return "", nil
	}
	infos, err := s.Runs(ctx, "")
	if err != nil {
		return "", err
	}
	var list []*store.RunInfo
	for i := range infos {
		if infos[i].Damaged == nil && now.Sub(latestOf(&infos[i])) <= plan.RecallFor {
			list = append(list, &infos[i])
		}
	}
	sortRuns(list)
	for _, info := range list[:min(len(list), mostRunsSearched)] {
		h, b := &info.Header, plan.NewBinder([]inventory.Exception{unbound})
		if !b.Wants(h) {
			continue
		}
		b.Begin(h)
		if s.EachHost(ctx, h.ID, at, b.Add) != nil && ctx.Err() == nil {
			continue
		}
		b.End()
		if was := b.Bindings()[0].Seen; was.Hard() && (!e.Seen.Hard() || plan.Another(was, e.Seen)) {
			return fmt.Sprintf("; another device had this address in run %s, %s: --run %s accepts that one instead", h.ID, was, h.ID), nil
		}
	}
	return "", ctx.Err()
}

// complete returns the runs that reached their end and say of when they are, the newest
// first; one that is dated in the future is not new.
func complete(infos []store.RunInfo, now time.Time) (list []*store.RunInfo) {
	for i := range infos {
		if at := placeOf(&infos[i]); infos[i].Complete() && !at.IsZero() && !inventory.Future(at, now) {
			list = append(list, &infos[i])
		}
	}
	sortRuns(list)
	return list
}

// words says what an exception is bound to, or why to nothing more than what it names.
func (b *binding) words(e *inventory.Exception, found plan.Binding, run string) string {
	alone := "it holds for whatever device goes by " + e.Device + atSite(e)
	switch {
	case found.Several != "":
		return fmt.Sprintf("not bound: run %s knows several devices by %s; name an address, or a site (--site)", found.Several, e.Device)
	case e.Seen.Hard():
		words := "bound to " + e.Seen.String() + atSite(e)
		if e.Seen.Run != "" {
			words += ", as run " + e.Seen.Run + " saw it"
		}
		if !e.Seen.Date.IsZero() {
			words += " on " + e.Seen.Date.Format(time.DateOnly)
		}
		return words
	case found.Seen != nil:
		return fmt.Sprintf("not bound to a device: run %s tells neither a name nor a card of it; %s", found.Seen.Run, alone)
	case run != "":
		return fmt.Sprintf("not bound to a device: %s does not know it; %s", run, alone)
	case !b.all:
		return fmt.Sprintf("not bound to a device: none of the newest runs that were searched knows it (--run names another); %s", alone)
	}
	return "not bound to a device: no complete run knows it; " + alone
}

// atSite says at which site alone an exception holds that names none.
func atSite(e *inventory.Exception) string {
	if e.Site != "" || e.At() == "" {
		return ""
	}
	return " at site " + strconv.Quote(e.At())
}

// keepBound gives exceptions of a file what those of the store are bound to that they
// take the place of: a file that is imported each night must not accept each day
// whatever device has the address by then.
func keepBound(list, stored []inventory.Exception) {
	byID := map[string]*inventory.Exception{}
	for i := range stored {
		byID[stored[i].ID] = &stored[i]
	}
	for i := range list {
		e, was := &list[i], byID[list[i].ID]
		if e.Seen == nil && was != nil && was.Seen.Hard() && was.Device == e.Device && was.Site == e.Site && was.Policy == e.Policy {
			e.Seen = was.Seen
		}
	}
}

// rebound says that an exception was bound to another device before, and nothing if it
// was not. Both may hold text from the network.
func rebound(e *inventory.Exception, stored []inventory.Exception) string {
	i := slices.IndexFunc(stored, func(was inventory.Exception) bool { return was.ID == e.ID })
	if i < 0 || !stored[i].Seen.Hard() || stored[i].Seen.String() == e.Seen.String() {
		return ""
	}
	return "; it was bound to " + stored[i].Seen.String()
}
