package notify

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeMail is a mail server of one connection after the other. What it answers
// can be set by the first word of a command.
type fakeMail struct {
	addr    string
	config  *tls.Config
	at      bool // TLS from the first byte
	answers map[string]string
	listen  net.Listener

	mu       sync.Mutex
	commands []string
	mails    []string
	wg       sync.WaitGroup
}

func newFakeMail(t *testing.T, atOnce bool, answers map[string]string) (*fakeMail, *Mail) {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate
	pool := roots(web)
	config := web.TLS.Clone()
	config.NextProtos = nil
	web.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeMail{addr: l.Addr().String(), config: config, at: atOnce, answers: answers, listen: l}
	f.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.SetDeadline(time.Now().Add(20 * time.Second))
			f.serve(c)
			c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); f.wg.Wait() })
	return f, &Mail{Server: f.addr, TLS: atOnce, From: "smbready@example.com", To: []string{"it@example.com"}, Roots: pool}
}

func (f *fakeMail) note(list *[]string, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*list = append(*list, text)
}

func (f *fakeMail) serve(c net.Conn) {
	secure := f.at
	if f.at {
		c = tls.Server(c, f.config)
	}
	r := bufio.NewReader(c)
	say := func(text string) { io.WriteString(c, text+"\r\n") }
	if greeting, ok := f.answers["greeting"]; ok {
		say(greeting)
		return
	}
	say("220 mail.example.com")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		f.note(&f.commands, line)
		word, _, _ := strings.Cut(line, " ")
		if answer, ok := f.answers[word]; ok {
			say(answer)
			continue
		}
		switch word {
		case "EHLO":
			if secure {
				say("250-mail.example.com\r\n250 AUTH PLAIN")
			} else {
				say("250-mail.example.com\r\n250 STARTTLS")
			}
		case "STARTTLS":
			say("220 go ahead")
			c = tls.Server(c, f.config)
			r, secure = bufio.NewReader(c), true
		case "DATA":
			say("354 go ahead")
			var text strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				text.WriteString(strings.TrimPrefix(line, ".")) // RFC 5321 section 4.5.2
			}
			f.note(&f.mails, text.String())
			if answer, ok := f.answers["."]; ok {
				say(answer)
				return
			}
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func TestMail(t *testing.T) {
	hurry(t)
	for _, atOnce := range []bool{false, true} {
		f, m := newFakeMail(t, atOnce, map[string]string{"AUTH": "235 welcome"})
		m.User, m.Password, m.To = "robot", Secret("hunter2"), []string{"it@example.com", "Plant, Süd <plant@example.com>"}
		m.To[1] = "\"Plant, Süd\" <plant@example.com>"
		msg := Message{Subject: "HQ: 2 geändert\r\nBcc: victim@example.com", Text: "Two devices.\r\n.\r\nMAIL FROM:<x@y>\nä\n" + strings.Repeat("long ", 300)}
		if err := m.Notify(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
		if len(f.mails) != 1 {
			t.Fatalf("%d mails", len(f.mails))
		}
		got, err := mail.ReadMessage(strings.NewReader(f.mails[0]))
		if err != nil {
			t.Fatal(err)
		}
		subject, _ := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
		to, err := got.Header.AddressList("To")
		if subject != msg.Subject || got.Header.Get("Bcc") != "" || err != nil || len(to) != 2 || to[1].Name != "Plant, Süd" || got.Header.Get("Message-Id") == "" {
			t.Errorf("%v, %v", got.Header, err)
		}
		body, _ := io.ReadAll(quotedprintable.NewReader(got.Body))
		if text := strings.ReplaceAll(string(body), "\r\n", "\n"); strings.TrimRight(text, "\n ") != strings.TrimRight(strings.ReplaceAll(msg.Text, "\r\n", "\n"), "\n ") {
			t.Errorf("text %q", text)
		}
		for line := range strings.SplitSeq(f.mails[0], "\n") {
			if len(line) > 999 { // RFC 5321 section 4.5.3.1.6
				t.Errorf("a line of %d bytes", len(line))
			}
		}
		if all := strings.Join(f.commands, "\n"); !strings.Contains(all, "RCPT TO:<plant@example.com>") || strings.Contains(all, "x@y") || strings.Contains(all, "victim") {
			t.Errorf("commands %s", all)
		}
		f.listen.Close()
	}
}

func TestMailFailures(t *testing.T) {
	hurry(t)
	for _, tt := range []struct {
		name    string
		answers map[string]string
		want    string
		mails   int
		greeted int // connections
	}{
		{"no STARTTLS", map[string]string{"EHLO": "250 mail.example.com"}, "the server offers no STARTTLS: nothing was sent", 0, 1},
		{"STARTTLS refused", map[string]string{"STARTTLS": "454 later"}, `the server puts off the STARTTLS: 454 "later" (tried 4 times)`, 0, 0},
		{"busy", map[string]string{"MAIL": "451 later"}, `the server puts off the sender: 451 "later" (tried 4 times)`, 0, 4},
		{"receiver unknown", map[string]string{"RCPT": "550 nobody"}, `the server refuses the receiver it@example.com: 550 "nobody"`, 0, 1},
		{"password wrong, and told back", map[string]string{"AUTH": "535 not hunter2, AGh1bnRlcjI="}, `the server refuses the logon of "robot" (535)`, 0, 1},
		{"not confirmed", map[string]string{".": "451 disk full"}, `the server did not confirm the mail: 451 "disk full"`, 1, 1},
		{"endless words", map[string]string{"greeting": "220 " + strings.Repeat("x", 2*maxMailRead)}, "no answer to the greeting: the server says too much (tried 4 times)", 0, 0},
		{"another protocol", map[string]string{"greeting": "HTTP/1.1 400 Bad Request"}, `no answer to the greeting: short response: "HTTP/1.1 400 Bad Request" (tried 4 times)`, 0, 0},
		{"long refusal", map[string]string{"MAIL": "550 " + strings.Repeat("y", 5000)}, "the server refuses the sender: 550 \"" + strings.Repeat("y", maxWords-len("the server refuses the sender: 550 \"")) + "...", 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, m := newFakeMail(t, false, tt.answers)
			if _, auth := tt.answers["AUTH"]; auth {
				m.User, m.Password = "robot", Secret("hunter2")
			}
			err := m.Notify(t.Context(), news)
			if want := fmt.Sprintf("mail by %s: %s", f.addr, tt.want); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			// Each connection says EHLO, and again after STARTTLS: count the first.
			greeted := 0
			for i, c := range f.commands {
				if strings.HasPrefix(c, "EHLO") && (i == 0 || f.commands[i-1] != "STARTTLS") {
					greeted++
				}
			}
			if len(f.mails) != tt.mails || tt.greeted > 0 && greeted != tt.greeted {
				t.Errorf("%d mails, %d connections: %q", len(f.mails), greeted, f.commands)
			}
		})
	}
	_, m := newFakeMail(t, true, nil)
	m.Roots = nil
	if err := m.Notify(t.Context(), news); err == nil || !strings.Contains(err.Error(), "its certificate is not good") {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
}

func TestMailCheck(t *testing.T) {
	good := Mail{Server: "mail.example.com:587", From: "a@example.com", To: []string{"b@example.com"}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Mail){
		"no port":          func(m *Mail) { m.Server = "mail.example.com" },
		"no host":          func(m *Mail) { m.Server = ":25" },
		"no sender":        func(m *Mail) { m.From = "" },
		"header in sender": func(m *Mail) { m.From = "a@example.com\r\nBcc: c@example.com" },
		"no receiver":      func(m *Mail) { m.To = nil },
		"two in one":       func(m *Mail) { m.To = []string{"b@example.com, c@example.com"} },
		"header":           func(m *Mail) { m.To = []string{"b@example.com\nBcc: c@example.com"} },
		"quoted break":     func(m *Mail) { m.To = []string{"\"b\\\r\n\"@example.com"} },
		"not ASCII":        func(m *Mail) { m.To = []string{"bä@example.com"} },
		"too many":         func(m *Mail) { m.To = strings.Split(strings.Repeat("b@example.com,", 101), ",")[:101] },
	} {
		m := good
		if change(&m); m.Check() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
