package identify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smbready/inventory"
)

const page = "HTTP/1.1 401 Unauthorized\r\nServer: Virata-EmWeb/R6_2_1\r\nWWW-Authenticate: Basic realm=\"RNP\\\"1234\"\r\n" +
	"Connection: close\r\n\r\n<html><head><title>\n Web Image  Monitor &amp; more</title></head>"

func TestHTTP(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve func(net.Conn)
		want  inventory.HTTP
		trail string
	}{
		{"page", says(page), inventory.HTTP{Status: 401, Server: "Virata-EmWeb/R6_2_1", Realm: `RNP"1234`, Title: "Web Image Monitor & more"}, "answered"},
		{"interim", says("HTTP/1.1 100 Continue\r\n\r\n" + page), inventory.HTTP{Status: 401, Server: "Virata-EmWeb/R6_2_1", Realm: `RNP"1234`, Title: "Web Image Monitor & more"}, "answered"},
		{"one byte at a time", says(strings.Split(page, "")...), inventory.HTTP{Status: 401, Server: "Virata-EmWeb/R6_2_1", Realm: `RNP"1234`, Title: "Web Image Monitor & more"}, "answered"},
		{"no HTML", says("HTTP/1.0 200 OK\r\n\r\n\x00\xff\xfe"), inventory.HTTP{Status: 200}, "answered"},
		{"bad UTF-8", says("HTTP/1.0 200 OK\r\nServer: \xff\xfe\r\n\r\n<title>a\xffb</title>"), inventory.HTTP{Status: 200, Server: "\ufffd", Title: "a\ufffdb"}, "answered"},
		{"title without an end", says("HTTP/1.0 200 OK\r\n\r\n<title>a"), inventory.HTTP{Status: 200, Title: "a"}, "answered"},
		{"endless title", endless("HTTP/1.0 200 OK\r\n\r\n<title>", "x"), inventory.HTTP{Status: 200, Title: strings.Repeat("x", 256)}, "answered"},
		{"endless tags", endless("HTTP/1.0 200 OK\r\n\r\n", "<a href=x>"), inventory.HTTP{Status: 200}, "answered"},
		{"endless chunks", endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), inventory.HTTP{Status: 200}, "answered"},
		{"hollow chunks", says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n<title>x</title>"), inventory.HTTP{Status: 200, Title: "x"}, "answered"},
		{"body of a false length", says("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n<title>x</title>"), inventory.HTTP{Status: 200, Title: "x"}, "answered"},
		{"endless headers", endless("HTTP/1.1 200 OK\r\n", "A: b\r\n"), inventory.HTTP{}, "too-long"},
		{"endless line", endless("HTTP/1.1 200 ", "O"), inventory.HTTP{}, "too-long"},
		{"endless interim answers", endless("", "HTTP/1.1 100 Continue\r\n\r\n"), inventory.HTTP{}, "too-long"},
		{"garbage", says("SSH-2.0-dropbear\r\n\r\n"), inventory.HTTP{}, "malformed (not HTTP)"},
		{"broken header", says("HTTP/1.1 200 OK\r\n: x\r\n\r\n"), inventory.HTTP{}, "malformed (not HTTP)"},
		{"cut off", says("HTTP/1.1 200 OK\r\nServer: x"), inventory.HTTP{}, "malformed (closed in the middle of an answer)"},
		{"hangs up", says(), inventory.HTTP{}, "closed-after-negotiate"},
		{"silent", silent, inventory.HTTP{}, "silent"},
		{"drip in the header", drip("HTTP/1.1 200 OK\r\nServer: "), inventory.HTTP{}, "timeout"},
		{"drip in the body", drip("HTTP/1.1 200 OK\r\nServer: a\r\n\r\n"), inventory.HTTP{Status: 200, Server: "a"}, "answered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakes{tcp: map[uint16]func(net.Conn){80: c.serve}}
				clues, got := f.ask(t, func(o *Options) { o.HTTP = true })
				if want := "http@80 " + c.trail + ", http@443 refused"; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				time.Sleep(time.Second) // the device notices the end when it sends again
				empty := c.want == inventory.HTTP{}
				c.want.Port = 80
				if empty != (clues == nil) || !empty && (len(clues.HTTP) != 1 || clues.HTTP[0] != c.want) {
					t.Errorf("got %+v, want %+v", clues, c.want)
				}
			})
		})
	}
}

// endless goes on for as long as anybody reads.
func endless(first, more string) func(net.Conn) {
	return func(c net.Conn) {
		says(first)(c)
		for {
			if _, err := c.Write([]byte(strings.Repeat(more, 100))); err != nil {
				return
			}
		}
	}
}

// drip sends a byte a second.
func drip(first string) func(net.Conn) {
	return func(c net.Conn) {
		says(first)(c)
		for {
			time.Sleep(time.Second - time.Millisecond) // no byte comes at the deadline itself
			if _, err := c.Write([]byte("x")); err != nil {
				return
			}
		}
	}
}

// TestRequest holds every byte that goes to a web server.
func TestRequest(t *testing.T) {
	got := make(chan string, 1)
	f := &fakes{tcp: map[uint16]func(net.Conn){80: func(c net.Conn) {
		b := make([]byte, 4096)
		n, _ := c.Read(b)
		got <- string(b[:n])
	}}}
	f.ask(t, func(o *Options) { o.HTTP = true })
	want := "GET / HTTP/1.1\r\nHost: 10.20.30.40\r\nUser-Agent: smbready\r\nConnection: close\r\nAccept: */*\r\n\r\n"
	if s := <-got; s != want {
		t.Errorf("sent %q, want %q", s, want)
	}
}

func TestRedirect(t *testing.T) {
	for _, c := range []struct{ location, path string }{
		{"/web/guest/", "/web/guest/"},
		{"login.htm?a=b c", "/login.htm?a=b c"},
		{"http://10.20.30.40/x", "/x"},
		{"http://10.20.30.40:80/x", "/x"},
		{"http://[::ffff:10.20.30.40]/x", "/x"},
		{"", ""},
		{"/", ""},
		{"http://10.20.30.40", ""},
		{"https://10.20.30.40/x", ""},
		{"http://10.20.30.41/x", ""},
		{"http://10.20.30.40:9100/x", ""},
		{"http://printer.local/x", ""},
		{"//10.20.30.41/x", ""},
		{"http://10.20.30.40//evil/x", ""},
		{"http://user:pass@10.20.30.40/x", ""},
		{"ftp://10.20.30.40/x", ""},
		{"javascript:alert(1)", ""},
		{"/\r\nX: y", ""},
		{"/%0d%0aX:y", "/%0d%0aX:y"},
		{"http://10.20.30.40:x/", ""},
		{"/" + strings.Repeat("a", maxPath), ""},
	} {
		if got := redirect(c.location, device, inventory.HTTP{Port: 80}); got != c.path {
			t.Errorf("%q leads to %q, want %q", c.location, got, c.path)
		}
	}
	if got := redirect("http://[fe80::1]/x", netip.MustParseAddr("fe80::1%eth0"), inventory.HTTP{Port: 80}); got != "/x" {
		t.Errorf("got %q", got)
	}
}

// TestFollow checks that one redirect is followed and no second.
func TestFollow(t *testing.T) {
	asked := 0
	f := &fakes{tcp: map[uint16]func(net.Conn){80: func(c net.Conn) {
		asked++
		says(fmt.Sprintf("HTTP/1.1 302 Found\r\nServer: s%d\r\nLocation: /%d\r\nSet-Cookie: a=b\r\n\r\n<title>%[1]d</title>", asked, asked))(c)
	}}}
	clues, got := f.ask(t, func(o *Options) { o.HTTP = true })
	if asked != 2 || got != "http@80 answered, http@80 answered, http@443 refused" {
		t.Errorf("asked %d times: %s", asked, got)
	}
	if want := (inventory.HTTP{Port: 80, Status: 302, Server: "s1", Title: "2"}); clues.HTTP[0] != want {
		t.Errorf("got %+v", clues.HTTP)
	}
}

func TestTLS(t *testing.T) {
	cert := certificate(t)
	secured := func(config *tls.Config, serve func(net.Conn)) func(net.Conn) {
		config.Certificates = []tls.Certificate{cert}
		return func(c net.Conn) { serve(tls.Server(c, config)) }
	}
	named := inventory.HTTP{CertName: "NAS\u0007box", CertOrg: strings.Repeat("é", 128)}
	full := named
	full.Status, full.Title = 200, "NAS"
	ok := func(c net.Conn) { // the first record of TLS 1.0 may hold one byte
		for b, got := make([]byte, 4096), ""; !strings.HasSuffix(got, "\r\n\r\n"); {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			got += string(b[:n])
		}
		c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n<title>NAS</title>"))
	}
	for _, c := range []struct {
		name  string
		serve func(net.Conn)
		want  inventory.HTTP
		trail string
	}{
		{"current", secured(&tls.Config{}, ok), full, "answered"},
		{"TLS 1.0", secured(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, ok), full, "answered"},
		{"wants a certificate", secured(&tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, ok), named, "error-status (TLS alert: handshake failure)"},
		{"silent inside", secured(&tls.Config{}, silent), named, "silent"},
		{"plain HTTP", says("HTTP/1.1 400 Bad Request\r\n\r\n"), inventory.HTTP{}, "malformed (not TLS)"},
		{"garbage record", says("\x16\x03\x03\x00\x04\x02\x00\x00\x00"), inventory.HTTP{}, "malformed (the TLS handshake failed)"},
		{"huge message", endless("\x16\x03\x03\x40\x00\x02\xff\xff\xff", strings.Repeat("\x00", 200)), inventory.HTTP{}, "malformed (the TLS handshake failed)"},
		{"alert", says("\x15\x03\x01\x00\x02\x02\x28"), inventory.HTTP{}, "error-status (TLS alert: handshake failure)"},
		{"hangs up", says(), inventory.HTTP{}, "closed-after-negotiate"},
		{"cut off", says("\x16\x03"), inventory.HTTP{}, "malformed (closed in the middle of an answer)"},
		{"silent", silent, inventory.HTTP{}, "silent"},
		{"drip", drip("\x16\x03\x03\x40\x00"), inventory.HTTP{}, "timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakes{tcp: map[uint16]func(net.Conn){443: c.serve}}
				clues, got := f.ask(t, func(o *Options) { o.HTTP = true })
				if want := "http@80 refused, http@443 " + c.trail; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				time.Sleep(time.Second) // the device notices the end when it sends again
				empty := c.want == inventory.HTTP{}
				c.want.Port, c.want.TLS = 443, true
				if empty != (clues == nil) || !empty && (len(clues.HTTP) != 1 || clues.HTTP[0] != c.want) {
					t.Errorf("got %+v, want %+v", clues, c.want)
				}
			})
		})
	}
}

// certificate returns one that a device might sign for itself, with texts that
// are meant badly.
func certificate(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "NAS\u0007box", Organization: []string{strings.Repeat("é", 200)}}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestRealm(t *testing.T) {
	for _, c := range []struct {
		challenges []string
		want       string
	}{
		{[]string{`Basic realm="a b"`}, "a b"},
		{[]string{`Digest qop="auth", Realm="a", nonce="n"`}, "a"},
		{[]string{"Negotiate", "Basic realm=a, charset=x"}, "a"},
		{[]string{`Basic realm="a`}, "a"},
		{[]string{`Basic realm="a\`}, `a\`},
		{[]string{"Basic", "", "realm="}, ""},
		{[]string{"\u212a realm=x"}, ""}, // the Kelvin sign is shorter in lower case
	} {
		if got := realm(c.challenges); got != c.want {
			t.Errorf("%q: got %q, want %q", c.challenges, got, c.want)
		}
	}
}
