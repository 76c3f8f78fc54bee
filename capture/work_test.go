package capture

import (
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"smbready/inventory"
	"smbready/smbproto"
)

// one reads a dialogue that shows one contact.
func (d *dialogue) one(t *testing.T) inventory.Contact {
	t.Helper()
	return read(t, pcap(t, layers.LinkTypeEthernet, d.shots...)).contact(t, clientEnd.Addr(), serverEnd.Addr())
}

// ask and reply are a message of any command, with n bytes behind its header.
func (d *dialogue) ask(command uint16, id uint64, n int) *dialogue {
	return d.say(0, plain2(header2(command, id, signedFlag), n))
}

func (d *dialogue) reply(command uint16, id uint64, flags uint32, status smbproto.Status) *dialogue {
	h := header2(command, id, response|signedFlag|flags)
	if h.Status = status; flags&smbproto.SMB2FlagAsync != 0 {
		h.TreeID = 0 // the field is the AsyncId's
	}
	return d.say(1, plain2(h, 16))
}

// TestWork tells who was seen to read or write a file: only who was answered so.
// To take a request for it would call a scanner fine whose every WRITE is refused.
func TestWork(t *testing.T) {
	const write, read, async = smbproto.SMB2CommandWrite, smbproto.SMB2CommandRead, smbproto.SMB2FlagAsync
	const diskFull, endOfFile = smbproto.Status(0xc000007f), smbproto.Status(0xc0000011)
	share := func() *dialogue {
		return newDialogue(t).open().say(0, offer).say(1, choice).logon2("scanner", 0, signedFlag).tree(`\\fs01\scans`, signedFlag).
			ask(smbproto.SMB2CommandCreate, 4, 60).reply(smbproto.SMB2CommandCreate, 4, 0, 0)
	}
	lost := func() *dialogue { // neither TREE_CONNECT nor its answer is in the capture
		return newDialogue(t).open().say(0, offer).say(1, choice).logon2("scanner", 0, signedFlag)
	}
	pipes := func() *dialogue { return lost().tree(`\\fs01\IPC$`, signedFlag) }
	typed := func(kind uint8) *dialogue { // the answer to TREE_CONNECT is there
		d := lost()
		return d.say(1, smbproto.SMB2TreeConnectResponse{Header: header2(smbproto.SMB2CommandTreeConnect, 3, response|signedFlag), ShareType: kind})
	}
	table := []struct {
		name  string
		d     *dialogue
		data  bool
		stage inventory.Stage
	}{
		{"a WRITE that succeeded", share().ask(write, 5, 900).reply(write, 5, 0, 0), true, inventory.StageData},
		{"a READ that succeeded", share().ask(read, 5, 40).reply(read, 5, 0, 0), true, inventory.StageData},
		{"every WRITE refused", share().ask(write, 5, 900).reply(write, 5, 0, smbproto.StatusAccessDenied), false, inventory.StageData},
		{"the disk is full", share().ask(write, 5, 900).reply(write, 5, 0, diskFull), false, inventory.StageData},
		{"an empty file", share().ask(read, 5, 40).reply(read, 5, 0, endOfFile), false, inventory.StageData},
		{"no answer", share().ask(write, 5, 900), false, inventory.StageData},
		{"an interim answer alone", share().ask(write, 5, 900).reply(write, 5, async, smbproto.StatusPending), false, inventory.StageData},
		{"an interim answer and a final one", share().ask(write, 5, 900).reply(write, 5, async, smbproto.StatusPending).reply(write, 5, async, 0), true, inventory.StageData},
		{"an interim answer and a refusal", share().ask(write, 5, 900).reply(write, 5, async, smbproto.StatusPending).
			reply(write, 5, async, smbproto.StatusAccessDenied), false, inventory.StageData},
		{"an answer without its request", share().reply(write, 5, 0, 0), false, inventory.StageData},
		{"the second succeeded", share().ask(write, 5, 900).reply(write, 5, 0, diskFull).ask(write, 6, 900).reply(write, 6, 0, 0), true, inventory.StageData},
		{"the answer stands before its request", share().reply(write, 5, 0, 0).ask(write, 5, 900), true, inventory.StageData},
		{"the refusal stands before its request", share().reply(write, 5, 0, diskFull).ask(write, 5, 900), false, inventory.StageData},
		{"the answer of a pipe stands before its request", pipes().reply(read, 5, 0, 0).ask(read, 5, 40), false, inventory.StageTreeConnect},
		{"a tree that was left", share().ask(smbproto.SMB2CommandTreeDisconnect, 5, 4).reply(smbproto.SMB2CommandTreeDisconnect, 5, 0, 0).
			ask(write, 6, 900).reply(write, 6, 0, 0), false, inventory.StageFile},
		{"a pipe", pipes().ask(write, 5, 900).reply(write, 5, 0, 0), false, inventory.StageTreeConnect},
		{"a pipe, and the final answer late", pipes().ask(read, 5, 40).reply(read, 5, async, smbproto.StatusPending).reply(read, 5, async, 0), false, inventory.StageTreeConnect},
		{"a tree that nothing is known of", lost().ask(write, 5, 900).reply(write, 5, 0, 0), false, inventory.StageLoggedOn},
		{"a tree that the answer tells of", typed(smbproto.ShareDisk).ask(write, 5, 900).reply(write, 5, 0, 0), true, inventory.StageData},
		{"pipes that the answer tells of", typed(smbproto.SharePipe).ask(write, 5, 900).reply(write, 5, 0, 0), false, inventory.StageTreeConnect},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			if c := row.d.one(t); c.Data != row.data || c.Stage != row.stage {
				t.Errorf("data %v at stage %v, want %v at %v", c.Data, c.Stage, row.data, row.stage)
			}
		})
	}
}

// TestWork1 is the same over SMB1, whose numbers of messages come again.
func TestWork1(t *testing.T) {
	const write, raw, complete = smbproto.SMB1CommandWriteAndX, smb1WriteRaw, smb1WriteComplete
	share := func(service string) *dialogue {
		d := newDialogue(t).open()
		d.say(0, smbproto.SMB1TreeConnectRequest{Header: header1(0x75, 3, 0, false), Path: `\\FS01\X`, Service: smbproto.ServiceAny})
		return d.say(1, smbproto.SMB1TreeConnectResponse{Header: header1(0x75, 3, 0, true), Service: service})
	}
	old := func(path, service string) *dialogue { // TREE_CONNECT of before ANDX
		body := append([]byte("\x04"+path), "\x00\x04secret\x00\x04"+service+"\x00"...)
		words := []byte{0xff, 0xff, 5, 0}
		return newDialogue(t).open().say(0, smbproto.SMB1Message{Header: header1(smb1OldTreeConnect, 3, 0, false), Blocks: []smbproto.SMB1Block{{Command: smb1OldTreeConnect, Bytes: body}}}).
			say(1, smbproto.SMB1Message{Header: header1(smb1OldTreeConnect, 3, 0, true), Blocks: []smbproto.SMB1Block{{Command: smb1OldTreeConnect, Words: words}}})
	}
	ask := func(d *dialogue, command uint8, tree uint16) *dialogue {
		h := header1(command, 4, 0, false)
		h.TID = tree
		return d.say(0, plain1(h, ""))
	}
	reply := func(d *dialogue, command uint8, tree uint16, status smbproto.Status) *dialogue {
		h := header1(command, 4, 0, true)
		h.TID, h.Status = tree, status
		return d.say(1, plain1(h, ""))
	}
	disk := func() *dialogue { return share(smbproto.ServiceDisk) }
	table := []struct {
		name string
		d    *dialogue
		data bool
	}{
		{"a WRITE that succeeded", reply(ask(disk(), write, 1), write, 1, 0), true},
		{"refused", reply(ask(disk(), write, 1), write, 1, smbproto.StatusAccessDenied), false},
		{"no answer", ask(disk(), write, 1), false},
		{"a pipe", reply(ask(share(smbproto.ServiceIPC), write, 1), write, 1, 0), false},
		{"a tree that nothing is known of", reply(ask(disk(), write, 9), write, 9, 0), false},
		{"the answer stands before its request, or was another's", ask(reply(disk(), write, 1, 0), write, 1), false},
		{"a tree of the old kind", reply(ask(old(`\\FS01\X`, "A:"), smbproto.SMB1CommandWrite, 5), smbproto.SMB1CommandWrite, 5, 0), true},
		{"pipes of the old kind", reply(ask(old(`\\FS01\IPC$`, "?????"), smbproto.SMB1CommandWrite, 5), smbproto.SMB1CommandWrite, 5, 0), false},
		{"pipes of the old kind, by the service", reply(ask(old(`\\FS01\X`, "IPC"), smbproto.SMB1CommandWrite, 5), smbproto.SMB1CommandWrite, 5, 0), false},
		{"a tree that was left", reply(ask(ask(disk(), smbproto.SMB1CommandTreeDisconnect, 1), write, 1), write, 1, 0), false},
		{"the number again, for a tree that nothing is known of", reply(ask(ask(disk(), write, 1), write, 9), write, 9, 0), false},
		{"raw, and only told to go on", reply(ask(disk(), raw, 1), raw, 1, 0), false},
		{"raw, and completed", reply(reply(ask(disk(), raw, 1), raw, 1, 0), complete, 1, 0), true},
		{"raw, and failed", reply(reply(ask(disk(), raw, 1), raw, 1, 0), complete, 1, smbproto.StatusAccessDenied), false},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			if c := row.d.one(t); c.Data != row.data {
				t.Errorf("data %v, want %v", c.Data, row.data)
			}
		})
	}
}

// TestEncryptedAnswered tells a client whose encrypted session was answered from
// one that was cut off.
func TestEncryptedAnswered(t *testing.T) {
	transform := make(smbproto.Bytes, 52+200)
	copy(transform, "\xfdSMB")
	le.PutUint64(transform[sessionAtTransform:], sessionID)
	begin := func() *dialogue {
		return newDialogue(t).open().say(0, offer).say(1, choice).logon2("scanner", smbproto.SessionFlagEncrypt, signedFlag).say(0, transform)
	}
	if c := begin().say(1, transform).one(t); c.Encrypted != 2 || len(c.Quirks) != 0 {
		t.Errorf("answered: %+v", c)
	}
	d := begin()
	d.packet(1, "RA", nil)
	if c := d.one(t); c.Encrypted != 0 || len(c.Quirks) != 1 || c.End != inventory.EndServerClosed {
		t.Errorf("reset: %+v", c)
	}
}

// TestLikenessOfFailures counts sessions in one only where as much of them failed.
func TestLikenessOfFailures(t *testing.T) {
	session := func(port uint16, refused, all int) []shot {
		d := newDialogue(t)
		d.client = netip.AddrPortFrom(clientEnd.Addr(), port)
		d.open().say(0, offer).say(1, choice).logon2("scanner", 0, signedFlag).tree(`\\fs01\scans`, signedFlag)
		for i := range all {
			status := smbproto.StatusSuccess
			if i < refused {
				status = smbproto.StatusAccessDenied
			}
			d.ask(smbproto.SMB2CommandWrite, uint64(i+5), 90).reply(smbproto.SMB2CommandWrite, uint64(i+5), 0, status)
		}
		return d.close(0).shots
	}
	var shots []shot
	for i, refused := range []int{0, 1, 1, 15} { // of 19
		shots = append(shots, session(uint16(50_000+i), refused, 19)...)
	}
	r := read(t, pcap(t, layers.LinkTypeEthernet, shots...))
	counts := map[int]int{}
	for _, c := range r.host(t, clientEnd.Addr()).Client.Contacts {
		counts[c.Failed] += c.Times()
	}
	if len(counts) != 3 || counts[0] != 1 || counts[2] != 2 || counts[15] != 1 {
		t.Errorf("contacts by refusals: %v", counts)
	}
}

// TestBound reads the second connection of a session that has several, [MS-SMB2]
// 3.2.4.1.7: its logon and its trees are those of the first.
func TestBound(t *testing.T) {
	for _, flags := range []uint16{0, smbproto.SessionFlagNull, smbproto.SessionFlagGuest} {
		setup := func(id uint64) smbproto.SMB2SessionSetupRequest {
			return smbproto.SMB2SessionSetupRequest{Header: header2(smbproto.SMB2CommandSessionSetup, id, signedFlag), Flags: setupBinding, SecurityMode: 1}
		}
		d := newDialogue(t).open().say(0, offer).say(1, choice).say(0, setup(1))
		d.say(1, smbproto.SMB2SessionSetupResponse{Header: header2(smbproto.SMB2CommandSessionSetup, 1, response|signedFlag), SessionFlags: flags})
		c := d.write(5, 100, signedFlag).one(t)
		if c.Logon == nil || c.Logon.As != inventory.LogonUnknown || len(c.Quirks) != 1 || c.Data ||
			c.Requests != (inventory.Signatures{Signed: 1}) || c.Answers != (inventory.Signatures{Signed: 1}) {
			t.Errorf("flags %d: %+v, logon %+v", flags, c, c.Logon)
		}
	}
}

// TestSignedThroughout reads what comes between the requests of a signed session:
// none of it is an unsigned request, or an unsigned answer.
func TestSignedThroughout(t *testing.T) {
	begin := func() *dialogue {
		return newDialogue(t).open().say(0, offer).say(1, choice).logon2("scanner", 0, signedFlag).tree(`\\fs01\scans`, signedFlag)
	}
	notice := func(command uint16, session uint64) smbproto.Bytes { // [MS-SMB2] 2.2.23.1 and 2.2.44.1
		h := header2(command, ^uint64(0), response)
		h.SessionID, h.TreeID = session, 0
		return plain2(h, 24)
	}
	other := func() smbproto.Bytes { // a chain whose second answer has no numbers of its own
		b := chain(response)
		second := int(le.Uint32(b[20:]))
		le.PutUint64(b[second+sessionAt2:], ^uint64(0))
		le.PutUint32(b[second+36:], ^uint32(0))
		return b
	}
	table := []struct {
		name     string
		d        *dialogue
		messages int // of either side
	}{
		{"a chain", begin().say(0, chain(0)).say(1, chain(response)), 3},
		{"a chain with answers without numbers", begin().say(0, chain(0)).say(1, other()), 3},
		{"a break of an oplock", begin().say(1, notice(smbproto.SMB2CommandOplockBreak, 0)), 1},
		{"a break of an oplock that names the session", begin().say(1, notice(smbproto.SMB2CommandOplockBreak, sessionID)), 1},
		{"a notification of the server", begin().say(1, notice(0x13, sessionID)), 1},
		{"the same user logs on again", func() *dialogue {
			return begin().say(0, smbproto.SMB2SessionSetupRequest{Header: header2(smbproto.SMB2CommandSessionSetup, 6, 0), SecurityMode: 1}).
				say(1, smbproto.SMB2SessionSetupResponse{Header: header2(smbproto.SMB2CommandSessionSetup, 6, response|signedFlag)})
		}(), 1},
		{"a request is cancelled", begin().say(0, plain2(header2(smbproto.SMB2CommandCancel, 3, 0), 4)), 1},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			want := inventory.Signatures{Signed: row.messages}
			c := row.d.write(9, 100, signedFlag).one(t)
			want.Signed++
			if c.Requests != want || c.Answers != want || c.Logon.As != inventory.LogonAccount || !c.Logon.Granted || !c.Data {
				t.Errorf("%+v, logon %+v", c, c.Logon)
			}
		})
	}
	unsigned := newDialogue(t).open().say(0, offer).say(1, choice).logon2("scanner", 0, 0).
		say(0, smbproto.SMB2SessionSetupRequest{Header: header2(smbproto.SMB2CommandSessionSetup, 6, signedFlag), SecurityMode: 1}).
		say(1, smbproto.SMB2SessionSetupResponse{Header: header2(smbproto.SMB2CommandSessionSetup, 6, response|signedFlag)}).tree(`\\fs01\scans`, 0)
	if c := unsigned.one(t); c.Requests != (inventory.Signatures{Unsigned: 1}) {
		t.Errorf("a signed SESSION_SETUP counts: %+v", c.Requests)
	}
}

// TestWaitingServer has a break of an oplock, which is no answer to what waits.
func TestWaitingServer(t *testing.T) {
	h := header2(smbproto.SMB2CommandOplockBreak, ^uint64(0), response)
	h.SessionID = 0
	d := newDialogue(t).open().say(0, offer).say(1, choice).logon2("scanner", 0, signedFlag).tree(`\\fs01\scans`, signedFlag).
		ask(smbproto.SMB2CommandWrite, 5, 900).say(1, plain2(h, 24))
	d.packet(1, "RA", nil)
	if c := d.one(t); c.End != inventory.EndServerClosed {
		t.Errorf("end %v", c.End)
	}
}

// TestRefusedGuest shows who asked for the account "guest", also when the server
// refused.
func TestRefusedGuest(t *testing.T) {
	d := newDialogue(t).open().say(0, offer).say(1, choice).logon2("Guest", 0, 0)
	d.shots = d.shots[:len(d.shots)-1]
	d.seq[1] -= 4 + smb2Header + 8
	h := header2(smbproto.SMB2CommandSessionSetup, 2, response)
	h.Status = smbproto.StatusLogonFailure
	c := d.say(1, smbproto.SMB2SessionSetupResponse{Header: h}).close(0).one(t)
	if c.Logon.As != inventory.LogonGuest || c.Logon.Granted || c.Logon.Status != "STATUS_LOGON_FAILURE" {
		t.Errorf("%+v", c.Logon)
	}
}
