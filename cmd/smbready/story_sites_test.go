package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/scanner"
	"smbready/smbproto"
)

// storySite is one of the sites of the story: devices that change from week to
// week, each found by a real scan of it.
type storySite struct {
	name, network string
	devices       map[netip.Addr]*smbtest.Device
}

// storyWeeks is how many weekly runs there are of each site, over two months.
const storyWeeks = 10

// storyBegin is the evening of the first run.
var storyBegin = time.Date(2026, 6, 29, 20, 0, 0, 0, time.UTC)

// storyRun is the id of a run.
func storyRun(site string, week int) string {
	return storyBegin.AddDate(0, 0, 7*week).Format("20060102") + "-" + site
}

func newStory() []*storySite {
	devices := map[string]*smbtest.Device{}
	for _, d := range smbtest.Site() {
		devices[d.Name] = d
	}
	place := func(name, network string, names ...string) *storySite {
		s := &storySite{name: name, network: network, devices: map[netip.Addr]*smbtest.Device{}}
		for i, device := range names {
			s.devices[s.at(i+1)] = devices[device]
		}
		return s
	}
	hq := place("HQ", "10.1.0.0/27", "DC01", "FS01", "PC-OFFICE-07", "PC-OFFICE-03", "KM1B227A", "DISKSTATION", "DESIGN-MAC", "SW-CORE")
	plant := place("Plant", "10.2.0.0/27", "PC-CMM", "CX-2F41A7", "LS-WXL41B", "CLP-521", "DOOR-2", "SC7D03E2")
	clinic := place("Clinic", "10.3.0.0/27", "ARCHIVE", "NAS5E21B0", "HP9A41C6", "BACKUP01", "PC-LOCKED", "COFFEE")
	card(devices["DISKSTATION"], "0011323344A1")
	card(devices["BACKUP01"], "000C29AA0401")
	card(devices["LS-WXL41B"], "004026BB0301")
	card(devices["ARCHIVE"], "000C29AA0101")
	return []*storySite{hq, plant, clinic}
}

// card gives a device a network card of its own.
func card(d *smbtest.Device, digits string) {
	d.NodeStatus = &smbtest.NodeStatus{}
	hex.Decode(d.NodeStatus.MAC[:], []byte(digits))
}

// at returns the n-th address of the site.
func (s *storySite) at(n int) netip.Addr {
	a := netip.MustParsePrefix(s.network).Addr().As4()
	a[3] = byte(n)
	return netip.AddrFrom4(a)
}

// live lets a week's events happen.
func (s *storySite) live(week int) {
	copier := &smbtest.Device{Name: "RNP002673AA0001", Workgroup: "WORKGROUP", DNSName: "rnp002673aa0001", NTLM: s.ntlm("RNP"),
		SMB2: &smbtest.SMB2{SecurityMode: smbproto.SMB2SigningEnabled, GUID: smbproto.GUID{0x71, 0x0b, 0x9c, 0x22, 5: 0x31, 7: 0x4e, 8: 0x9a, 15: 0x77}}}
	card(copier, "002673AA0001")
	switch {
	case s.name == "HQ" && week == 2: // the old copier is replaced by a new one, at its address
		s.devices[s.at(5)] = copier
	case s.name == "Clinic" && week == 3: // the archive gets the firmware that can sign
		archive := *s.devices[s.at(1)]
		archive.NTLM = s.ntlm("ARCHIVE")
		archive.SMB2 = &smbtest.SMB2{SecurityMode: smbproto.SMB2SigningEnabled, GUID: archive.SMB2.GUID}
		s.devices[s.at(1)] = &archive
	case s.name == "HQ" && week == 4: // the NAS moves, and its guests are switched off
		nas := *s.devices[s.at(6)]
		smb2 := *nas.SMB2
		smb2.Guest, nas.SMB2 = false, &smb2
		delete(s.devices, s.at(6))
		s.devices[s.at(16)] = &nas
	case s.name == "Plant" && week == 5: // somebody unplugs the old NAS; the switch's filter says nothing
		s.devices[s.at(3)] = &smbtest.Device{Name: "nobody", Filtered: true}
	case s.name == "Clinic" && week == 6: // an update of the backup server switches signing off
		backup := *s.devices[s.at(4)]
		smb2 := *backup.SMB2
		smb2.SecurityMode, backup.SMB2, backup.NTLM = 0, &smb2, &smbtest.NTLM{NoSign: true}
		s.devices[s.at(4)] = &backup
	case s.name == "Plant" && week == 8: // a new NAS stands where the old one stood
		nas := *newStory()[2].devices[s.clinicBackup()]
		nas.Name, nas.DNSName = "NAS-HALL2", "nas-hall2"
		smb2 := *nas.SMB2
		smb2.GUID, nas.SMB2 = smbproto.GUID{'n', 'a', 's', '-', 'h', 'a', 'l', 'l', '2'}, &smb2
		card(&nas, "001132550002")
		s.devices[s.at(3)] = &nas
	}
}

func (s *storySite) clinicBackup() netip.Addr { return netip.MustParseAddr("10.3.0.4") }

// ntlm is a logon of this century.
func (s *storySite) ntlm(string) *smbtest.NTLM {
	return &smbtest.NTLM{Version: smbproto.NTLMVersion{Major: 6, Minor: 1, Build: 7600, Revision: 15}}
}

// tellStory scans every site once a week, in simulated time, and returns the
// runs as JSON lines by their id. Plant's run of week 7 is cut off by a power
// failure.
func tellStory(t *testing.T) map[string][]byte {
	runs := map[string][]byte{}
	synctest.Test(t, func(t *testing.T) {
		sites := newStory()
		for week := range storyWeeks {
			time.Sleep(time.Until(storyBegin.AddDate(0, 0, 7*week)))
			for _, s := range sites {
				s.live(week)
				run := s.scan(t, storyRun(s.name, week))
				if s.name == "Plant" && week == 7 {
					run = cutOff(run)
				}
				runs[storyRun(s.name, week)] = run
				time.Sleep(time.Hour)
			}
		}
	})
	return runs
}

// scan scans the site as smbready scan does.
func (s *storySite) scan(t *testing.T, id string) []byte {
	n := smbtest.NewPipeNetwork(s.devices)
	defer n.Close()
	list, err := scanner.NewList([]string{s.network}, nil)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := scanner.Resolve(t.Context(), scanner.Selection{Groups: []scanner.Group{{Site: s.name, Targets: list}}})
	if err != nil {
		t.Fatal(err)
	}
	j := job{targets: targets, options: scanner.Options{Seed: 7, GuestCheck: true, Dial: n.Dial}, quiet: true, all: true,
		header: &inventory.Run{Site: s.name, Scope: []string{s.network}}}
	j.describe()
	j.header.ID, j.header.Tool = id, "smbready story"
	var file bytes.Buffer
	recorder, err := inventory.NewRecorder(&file, j.header)
	if err != nil {
		t.Fatal(err)
	}
	var hosts []*inventory.Host
	sum, err := scanner.New(j.options).Run(context.Background(), targets, collect(&hosts))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(hosts, func(a, b *inventory.Host) int { return a.Address.Compare(b.Address) })
	for _, h := range hosts {
		if err := recorder.Host(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := recorder.Close(&sum); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// collect returns a function that appends hosts to a list.
func collect(hosts *[]*inventory.Host) scanner.EmitFunc {
	list := make(chan struct{}, 1) // a lock that a synctest bubble knows
	return func(h *inventory.Host) error {
		list <- struct{}{}
		defer func() { <-list }()
		c := *h
		*hosts = append(*hosts, &c)
		return nil
	}
}

// cutOff leaves the first lines of a run, the last of them torn.
func cutOff(run []byte) []byte {
	lines := bytes.SplitAfter(run, []byte("\n"))
	kept := bytes.Join(lines[:12], nil)
	return kept[:len(kept)-40]
}
