package inventory

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// SeenDevice is what the device of an exception was when it was accepted, as a run
// saw it. An address goes from one device to another, and a name does; what was
// accepted of one device does not.
type SeenDevice struct {
	Address netip.Addr `json:"address,omitzero" yaml:"address"`
	Names   []string   `json:"names,omitempty" yaml:"names"`
	MACs    []string   `json:"macs,omitempty" yaml:"macs"`                 // of its network cards
	GUIDs   []string   `json:"server_guids,omitempty" yaml:"server_guids"` // of its servers, where they look random
	Site    string     `json:"site,omitempty" yaml:"site"`                 // where it was
	Run     string     `json:"run,omitempty" yaml:"run"`                   // that saw it
	Date    time.Time  `json:"date,omitzero" yaml:"date"`                  // the day of that run, at 00:00 UTC
}

// Bounds of what is kept of a device.
const (
	maxSeen     = 16  // names, cards and identifiers each
	maxSeenText = 255 // bytes of each
)

// Note takes in a host as it is now. What is no name, card or identifier, or has no
// room, is left out.
func (d *SeenDevice) Note(h *Host) {
	if !d.Address.IsValid() {
		d.Address = h.Address
	}
	if d.Site == "" && checkSeenText(h.Site) == nil {
		d.Site = strings.Clone(h.Site)
	}
	names := []string{h.Target, h.Names.DNS, h.Names.NetBIOS}
	if h.Client != nil {
		names = append(names, h.Client.Names...)
	}
	for _, n := range names {
		d.Names = insertSeen(d.Names, n, checkSeenName)
	}
	d.MACs = insertSeen(d.MACs, strings.ToLower(h.Names.MAC), checkSeenMAC)
	if h.SMB2 != nil && randomGUID(h.SMB2.ServerGUID) {
		d.GUIDs = insertSeen(d.GUIDs, strings.ToLower(h.SMB2.ServerGUID), checkSeenGUID)
	}
}

func insertSeen(list []string, v string, check func(string) error) []string {
	if v == "" || len(list) >= maxSeen || check(v) != nil || slices.Contains(list, v) {
		return list
	}
	return append(list, strings.Clone(v))
}

// Hard reports whether anything is known of the device by which it can be told from
// another one at its address.
func (d *SeenDevice) Hard() bool {
	return d != nil && len(d.Names)+len(d.MACs)+len(d.GUIDs) > 0
}

// String names the device, such as "nas-01 (00:11:32:aa:bb:cc)"; empty where nothing
// hard is known of it. It may hold text from the network.
func (d *SeenDevice) String() string {
	if !d.Hard() {
		return ""
	}
	number := ""
	switch {
	case len(d.MACs) > 0:
		number = d.MACs[0]
	case len(d.GUIDs) > 0:
		number = "server GUID " + d.GUIDs[0]
	}
	switch {
	case len(d.Names) == 0:
		return number
	case number == "":
		return d.Names[0]
	}
	return d.Names[0] + " (" + number + ")"
}

// check reports what is wrong in it, in the words of a sentence that begins with
// "it".
func (d *SeenDevice) check() error {
	for _, l := range d.lists() {
		if len(*l.list) > maxSeen {
			return fmt.Errorf("has more than %d %s under seen", maxSeen, l.key)
		}
		for _, v := range *l.list {
			if err := l.check(v); err != nil {
				return fmt.Errorf("has under seen, %s, %w", l.key, err)
			}
		}
	}
	for _, t := range d.texts() {
		if err := checkSeenText(*t.text); err != nil {
			return fmt.Errorf("has under seen, %s, %w", t.key, err)
		}
	}
	return nil
}

// seenList is a list of what a device goes by.
type seenList struct {
	key   string
	list  *[]string
	check func(string) error
}

func (d *SeenDevice) lists() []seenList {
	return []seenList{{"names", &d.Names, checkSeenName}, {"macs", &d.MACs, checkSeenMAC}, {"server_guids", &d.GUIDs, checkSeenGUID}}
}

// seenText is a text that is kept with a device.
type seenText struct {
	key  string
	text *string
}

func (d *SeenDevice) texts() []seenText { return []seenText{{"site", &d.Site}, {"run", &d.Run}} }

func checkSeenText(v string) error {
	switch {
	case len(v) > maxSeenText:
		return fmt.Errorf("a text of more than %d bytes", maxSeenText)
	case strings.TrimSpace(v) != v || strings.ContainsFunc(v, isControl) || !utf8.ValidString(v):
		return errors.New("a text that begins or ends with a space, or has control characters")
	}
	return nil
}

func checkSeenName(v string) error {
	if v == "" {
		return errors.New("an empty text")
	}
	return checkSeenText(v)
}

func checkSeenMAC(v string) error {
	const length = 6 // bytes of a card's address
	b, err := hex.DecodeString(strings.NewReplacer(":", "", "-", "", ".", "").Replace(v))
	if err != nil || len(b) != length || len(v) > maxSeenText {
		return fmt.Errorf("%q, which is not the address of a network card, such as 00:11:32:aa:bb:cc", clip(v))
	}
	return nil
}

func checkSeenGUID(v string) error {
	const length = 16 // bytes, [MS-SMB2] 2.2.4
	if b, err := hex.DecodeString(v); err != nil || len(b) != length {
		return fmt.Errorf("%q, which is not the GUID of a server in %d digits", clip(v), 2*length)
	}
	return nil
}
