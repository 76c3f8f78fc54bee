package notify

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
)

// Mail sends the text of a message over SMTP (RFC 5321), never unencrypted.
type Mail struct {
	Server string   // HOST:PORT, such as mail.example.com:587
	TLS    bool     // TLS from the first byte, as on port 465; otherwise STARTTLS, without which nothing is sent
	From   string   // address, or "Name <address>"
	To     []string // the same
	User   string   // to log on as; empty: no logon
	// Password is sent to the server, over TLS alone.
	Password Secret
	// Roots are the authorities that the server's certificate is checked against;
	// nil for those of the system.
	Roots *x509.CertPool
}

// Limits of mail.
const (
	mailTimeout  = time.Minute // of one attempt
	maxMailRead  = 1 << 20     // bytes that are read from a server, TLS included
	maxSubject   = 200         // characters
	maxReceivers = 100
)

// envelope is who sends and who receives, checked.
type envelope struct {
	host string
	from *mail.Address
	to   []*mail.Address
}

// Check returns what is wrong with the settings.
func (m *Mail) Check() error {
	_, err := m.envelope()
	return err
}

func (m *Mail) envelope() (e envelope, err error) {
	var port string
	if e.host, port, err = net.SplitHostPort(m.Server); err != nil || e.host == "" || port == "" {
		return e, fmt.Errorf("the mail server %q is not HOST:PORT", m.Server)
	}
	if e.from, err = address(m.From); err != nil {
		return e, err
	}
	if len(m.To) == 0 || len(m.To) > maxReceivers {
		return e, fmt.Errorf("mail wants 1 to %d receivers", maxReceivers)
	}
	for _, text := range m.To {
		a, err := address(text)
		if err != nil {
			return e, err
		}
		e.to = append(e.to, a)
	}
	return e, nil
}

// address reads an address (RFC 5322) and refuses what could end a line.
func address(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || strings.ContainsFunc(a.Address, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, fmt.Errorf("%q is not a mail address", text)
	}
	return a, nil
}

// Notify sends the mail. A server that cannot be reached or answers with a 4xx is
// tried again, unless it may have taken the mail.
func (m *Mail) Notify(ctx context.Context, msg Message) error {
	e, err := m.envelope()
	if err != nil {
		return err
	}
	text, err := compose(e, msg, time.Now())
	if err != nil {
		return err
	}
	if err := attempts(ctx, func(ctx context.Context) error { return m.send(ctx, e, text) }); err != nil {
		return fmt.Errorf("mail by %s: %w", m.Server, err)
	}
	return nil
}

// send makes one attempt.
func (m *Mail) send(ctx context.Context, e envelope, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.Server)
	if err != nil {
		return again{err}
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	conn = &limited{conn, maxMailRead}
	settings := &tls.Config{ServerName: e.host, RootCAs: m.Roots, MinVersion: tls.VersionTLS12}
	if m.TLS {
		conn = tls.Client(conn, settings)
	}
	c, err := smtp.NewClient(conn, e.host)
	if err != nil {
		return failure("greeting", err)
	}
	defer c.Close()
	if err := m.secure(c, settings); err != nil {
		return err
	}
	return deliver(c, e, text)
}

// secure sees to it that the connection is encrypted, and logs on.
func (m *Mail) secure(c *smtp.Client, settings *tls.Config) error {
	if err := c.Hello("localhost"); err != nil {
		return failure("greeting", err)
	}
	if !m.TLS {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errors.New("the server offers no STARTTLS: nothing was sent")
		}
		if err := c.StartTLS(settings); err != nil {
			return failure("STARTTLS", err)
		}
	}
	if m.User == "" {
		return nil
	}
	host, _, _ := net.SplitHostPort(m.Server)
	if err := c.Auth(smtp.PlainAuth("", m.User, string(m.Password), host)); err != nil {
		// The server has the password: its words may hold it.
		var answer *textproto.Error
		if errors.As(err, &answer) {
			return fmt.Errorf("the server refuses the logon of %q (%d)", m.User, answer.Code)
		}
		return errors.New("the server takes no logon with a password, or broke it off")
	}
	return nil
}

// deliver hands the mail over. After its last byte nothing is tried again: the
// server may have it.
func deliver(c *smtp.Client, e envelope, text []byte) error {
	if err := c.Mail(e.from.Address); err != nil {
		return failure("sender", err)
	}
	for _, to := range e.to {
		if err := c.Rcpt(to.Address); err != nil {
			return failure("receiver "+to.Address, err)
		}
	}
	w, err := c.Data()
	if err != nil {
		return failure("mail", err)
	}
	_, err = w.Write(text)
	if err := errors.Join(err, w.Close()); err != nil {
		return cut(fmt.Errorf("the server did not confirm the mail: %w", err))
	}
	c.Quit() // it has the mail, whatever it says now
	return nil
}

// failure says at which step the server failed; 4xx and broken connections may
// pass.
func failure(step string, err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 {
		return cut(fmt.Errorf("the server refuses the %s: %w", step, err))
	}
	var bad *tls.CertificateVerificationError
	if errors.As(err, &bad) {
		return cut(fmt.Errorf("its certificate is not good: %w", err))
	}
	if answer != nil {
		return again{cut(fmt.Errorf("the server puts off the %s: %w", step, err))}
	}
	return again{cut(fmt.Errorf("no answer to the %s: %w", step, err))}
}

// maxWords bounds what an error has of a server's words, in characters.
const maxWords = 300

// cut shortens an error that has words from a server.
func cut(err error) error {
	if r := []rune(err.Error()); len(r) > maxWords {
		return errors.New(string(r[:maxWords]) + "...")
	}
	return err
}

// compose writes the mail. Nothing in the message can add a header: the subject
// is encoded (RFC 2047) and so is the text (RFC 2045 section 6.7).
func compose(e envelope, m Message, now time.Time) ([]byte, error) {
	subject := []rune(strings.ToValidUTF8(m.Subject, "?"))
	var to []string
	for _, a := range e.to {
		to = append(to, a.String())
	}
	domain := e.from.Address[strings.LastIndexByte(e.from.Address, '@')+1:]
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", e.from.String()},
		{"To", strings.Join(to, ",\r\n ")},
		{"Subject", mime.QEncoding.Encode("utf-8", string(subject[:min(len(subject), maxSubject)]))},
		{"Date", now.Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: nobody is to answer
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	_, err := io.WriteString(w, strings.ToValidUTF8(m.Text, "?"))
	err = errors.Join(err, w.Close())
	return b.Bytes(), err
}

// limited is a connection of which only so many bytes are read.
type limited struct {
	net.Conn
	left int
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, errors.New("the server says too much")
	}
	n, err := l.Conn.Read(b[:min(len(b), l.left)])
	l.left -= n
	return n, err
}
