package inventory

import "slices"

// maxListText bounds what a list of a host takes in a line of a run, in bytes. All
// lists, the contacts of both roles and the texts that stand alone fit into a line
// together, and so does what several sources saw of a host.
const maxListText = 32 << 10

// bound cuts what a host says of itself to what has room in a line together with
// what others say of it.
func (h *Host) bound() {
	n := &h.Names
	clipAll(&h.Identity, &h.Target, &h.Site, &h.Detail, &h.Error, &n.NetBIOS, &n.DNS, &n.Domain, &n.Workgroup, &n.Forest, &n.MAC, &h.OS.Build, &h.OS.Name)
	n.Node = clipEach(n.Node, func(v *NetBIOSName) int { return clipAll(&v.Name) })
	h.Quirks = clipList(h.Quirks, maxQuirks)
	h.Joins = clipJoins(h.Joins)
	h.Observations = clipEach(h.Observations, func(o *Observation) int { return clipText(&o.Step) + clipAll(&o.Status, &o.Detail) })
	h.Sessions = clipEach(h.Sessions, func(s *Session) int {
		return clipAll(&s.Offered, &s.Dialect, &s.Stage, &s.Status, &s.Algorithm, &s.Misbehaviour, &s.Detail)
	})
	h.boundAnswers()
	h.boundClues()
	h.Served, h.ServedMore = boundContacts(h.Served, h.ServedMore)
	if c := h.Client; c != nil {
		c.Contacts, c.More = boundContacts(c.Contacts, c.More)
		c.Names, c.Accounts = clipList(c.Names, maxNames), clipList(c.Accounts, maxNames)
		c.Dialects = clipList(c.Dialects, maxDialects)
		c.Sources = slices.DeleteFunc(c.Sources, func(s Source) bool { return !s.known() })
	}
}

// boundAnswers cuts what the host answered as a server.
func (h *Host) boundAnswers() {
	if s := h.SMB1; s != nil {
		clipAll(&s.Dialect, &s.ServerGUID, &s.NativeOS, &s.NativeLANManager)
		s.Raw = s.Raw[:min(len(s.Raw), maxRaw)]
	}
	if s := h.SMB2; s != nil {
		clipAll(&s.PreauthIntegrity, &s.SigningAlgorithm, &s.Cipher, &s.ServerGUID)
		s.Dialects, s.Mechanisms = clipList(s.Dialects, maxDialects), clipList(s.Mechanisms, maxDialects)
		s.Raw = s.Raw[:min(len(s.Raw), maxRaw)]
	}
	if n := h.NTLM; n != nil {
		clipAll(&n.Version, &n.TargetName)
	}
}

// boundClues cuts what other services of the host say.
func (h *Host) boundClues() {
	if c := h.Cost; c != nil {
		clipAll(&c.Share, &c.Dialect, &c.Algorithm, &c.Unsigned, &c.Error)
		c.Runs = clipEach(c.Runs, func(r *CostRun) int { return clipAll(&r.Direction) })
	}
	c := h.Clues
	if c == nil {
		return
	}
	c.Reverse = clipList(c.Reverse, maxNames)
	if s := c.SNMP; s != nil {
		clipAll(&s.SysDescr, &s.SysObjectID, &s.SysName, &s.Printer, &s.PrinterName, &s.Serial)
	}
	c.HTTP = clipEach(c.HTTP, func(v *HTTP) int { return clipAll(&v.Server, &v.Realm, &v.Title, &v.CertName, &v.CertOrg) })
	c.Open = clipEach(c.Open, func(*uint16) int { return 0 })
	c.Services = clipEach(c.Services, func(v *Service) (n int) {
		v.Text, n = clipMap(v.Text)
		return n + clipAll(&v.Type, &v.Name)
	})
}

func (s Source) known() bool { return slices.Contains(mergeOrder, s) }

// boundContacts keeps the contacts of one role for which there is room, and counts
// the others with those that were left out before.
func boundContacts(list []Contact, more int) ([]Contact, int) {
	size := 0
	for i := range list {
		if !list[i].Source.known() {
			list[i].Source = ""
		}
		size += list[i].text()
		if i >= MaxContacts || size > maxContactText {
			for _, c := range list[i:] {
				more += c.Times()
			}
			return list[:i:i], more
		}
	}
	return list, more
}

// clipText clips a text, and returns what it takes in a line.
func clipText[T ~string](text *T) int {
	*text = T(clip(string(*text)))
	return written(string(*text))
}

func clipAll(texts ...*string) (n int) {
	for _, t := range texts {
		n += clipText(t)
	}
	return n
}

func clipList(list []string, most int) []string {
	list = list[:min(len(list), most)]
	for i := range list {
		clipText(&list[i])
	}
	return slices.Clip(list)
}

// clipEach clips the texts of each in a list, which clip does and says what they
// take, and keeps as many as there is room for.
func clipEach[T any](list []T, clip func(*T) int) []T {
	const fixed = 512 // names of fields, numbers, times
	size := 0
	for i := range list {
		size += fixed + clip(&list[i])
		if size > maxListText {
			return list[:i:i]
		}
	}
	return slices.Clip(list)
}

func clipJoins(list []Join) []Join {
	return clipEach(list[:min(len(list), maxJoins)], func(j *Join) int {
		return clipText(&j.Source) + clipAll(&j.Origin, &j.Name, &j.By, &j.Apart)
	})
}

// clipMap clips a TXT record, and returns what it takes in a line.
func clipMap(m map[string]string) (_ map[string]string, size int) {
	for k, v := range m {
		if len(k) > maxText {
			delete(m, k)
		} else {
			v = clip(v)
			m[k] = v
			size += written(k, v)
		}
	}
	return m, size
}
