package main

import (
	"bufio"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdMailbox starts a mail server that wants STARTTLS and a logon, and keeps the mail
// in a file. It sets $MAIL and has its certificate trusted.
func cmdMailbox(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "mailbox NAME")
	web := httptest.NewTLSServer(nil) // for its certificate
	config := &tls.Config{Certificates: web.TLS.Certificates}
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	web.Close()
	ts.Check(os.WriteFile(ts.MkAbs("root.pem"), root, 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	b := benchOf(ts)
	b.closers = append(b.closers, l)
	ts.Setenv("MAIL", l.Addr().String())
	ts.Setenv("SSL_CERT_FILE", ts.MkAbs("root.pem"))
	name := ts.MkAbs(args[0])
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.SetDeadline(time.Now().Add(patience))
			serveMail(c, config, name)
			c.Close()
		}
	}()
}

// serveMail speaks what SMTP (RFC 5321) needs of a server for one mail.
func serveMail(c net.Conn, config *tls.Config, name string) {
	fmt.Fprint(c, "220 mail\r\n")
	var r = bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch word, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); word {
		case "EHLO":
			fmt.Fprint(c, "250-mail\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")
		case "STARTTLS":
			fmt.Fprint(c, "220 go on\r\n")
			c = tls.Server(c, config)
			r = bufio.NewReader(c)
		case "AUTH":
			fmt.Fprint(c, "235 welcome\r\n")
		case "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			mail, err := untilDot(r)
			if err != nil || os.WriteFile(name, []byte(mail), 0o600) != nil {
				return
			}
			fmt.Fprint(c, "250 taken\r\n")
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

// untilDot reads the text of a mail.
func untilDot(r *bufio.Reader) (string, error) {
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", io.ErrUnexpectedEOF
		}
		if line == ".\r\n" {
			return text.String(), nil
		}
		text.WriteString(line)
	}
}
