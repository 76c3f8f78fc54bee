package identify

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"smbready/inventory"
)

const (
	portHTTP  = 80
	portHTTPS = 443
)

// Bounds on an answer, in bytes. The title stands at the front of a page.
const (
	maxHead    = 64 << 10
	maxBody    = 64 << 10
	maxPath    = 1024 // of a redirect that is followed
	maxInterim = 3    // answers with a status of 1xx before the real one
)

var errTooLong = errors.New("too long")

// webPorts are asked for their page. The ones that are optional are asked where
// they were found to take a connection.
var webPorts = []struct {
	port             uint16
	secure, optional bool
}{
	{port: portHTTP},
	{port: portHTTPS, secure: true},
	{port: 8080, optional: true},
	{port: 5000, optional: true},
	{port: 5001, secure: true, optional: true},
}

// http asks each web server for its page.
func (d *dialogue) http() error {
	for _, w := range webPorts {
		if w.optional && !d.isOpen(w.port) {
			continue
		}
		if err := d.web(inventory.HTTP{Port: w.port, TLS: w.secure}); err != nil {
			return err
		}
	}
	return nil
}

// web asks one web server, and once more where it redirects to another path of
// its own: devices keep their title behind that.
func (d *dialogue) web(page inventory.HTTP) error {
	empty := page
	a, err := d.get(&page, "/")
	page.Status, page.Server, page.Realm, page.Title = a.status, a.server, a.realm, a.title
	if path := redirect(a.location, d.addr, page); err == nil && path != "" {
		a, err = d.get(&page, path)
		if page.Realm == "" {
			page.Realm = a.realm
		}
		if a.title != "" { // what redirects is called "Moved", if anything
			page.Title = a.title
		}
	}
	if page != empty {
		d.clues.HTTP = append(d.clues.HTTP, page)
	}
	return err
}

// get asks for a path on a connection of its own. What a certificate tells goes
// into page, even where no answer follows.
func (d *dialogue) get(page *inventory.HTTP, path string) (webAnswer, error) {
	c, started, r, err := d.open("tcp", page.Port)
	if err != nil {
		return webAnswer{}, err
	}
	var a webAnswer
	if c != nil {
		defer c.Close()
		a, r = d.exchangeHTTP(c, page, path)
	}
	if d.ctx.Err() != nil {
		return a, d.ctx.Err()
	}
	d.observe(inventory.StepHTTP, page.Port, r, started)
	return a, nil
}

func (d *dialogue) exchangeHTTP(c *conn, page *inventory.HTTP, path string) (webAnswer, result) {
	var s net.Conn = c
	if page.TLS {
		c.allow(d.o.Timeout)
		t, err := secure(c, page)
		if err != nil {
			return webAnswer{}, d.handshakeFailure(err, c.got > 0)
		}
		s = t
	}
	c.allow(d.o.Timeout)
	if err := request(d.addr, page.Port, path).Write(s); err != nil {
		return webAnswer{}, d.failure(err, false)
	}
	in := &io.LimitedReader{R: s, N: maxHead + maxBody}
	a, err := readAnswer(in)
	if err != nil {
		return a, d.answerFailure(err, in.N < maxHead+maxBody)
	}
	return a, answered
}

// answerFailure names the way in which an HTTP answer failed.
func (d *dialogue) answerFailure(err error, begun bool) result {
	switch {
	case errors.Is(err, errTooLong):
		return result{outcome: inventory.OutcomeTooLong}
	case errors.Is(err, io.ErrUnexpectedEOF) && !begun: // as net/http says of an end before the first byte
		return d.failure(io.EOF, false)
	case isNetwork(err):
		return d.failure(err, begun)
	}
	return result{outcome: inventory.OutcomeMalformed, detail: "not HTTP"}
}

// isNetwork reports an error of the connection, and not of what was said on it.
func isNetwork(err error) bool {
	var op *net.OpError
	return isTimeout(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) || errors.As(err, &op)
}

// request is a plain question by a tool that gives its name: no cookie, no
// credential, nothing that a cache or a language would change.
func request(a netip.Addr, port uint16, path string) *http.Request {
	host := netip.AddrPortFrom(a.WithZone(""), port).String()
	if port == portHTTP || port == portHTTPS {
		host = strings.TrimSuffix(host, ":"+strconv.Itoa(int(port)))
	}
	return &http.Request{
		Method:     http.MethodGet,
		URL:        &url.URL{Opaque: path},
		Host:       host,
		Header:     http.Header{"User-Agent": {"smbready"}, "Accept": {"*/*"}},
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Close:      true,
	}
}

// webAnswer is what an answer says.
type webAnswer struct {
	status                         int
	server, realm, title, location string
}

// readAnswer reads an answer, [RFC 9112] 4. A body that breaks off, or that is longer
// than maxBody, is no failure: it is read for its title alone.
func readAnswer(r io.Reader) (webAnswer, error) {
	in := &io.LimitedReader{R: r, N: maxHead}
	buf := bufio.NewReader(in)
	for range maxInterim + 1 {
		resp, err := http.ReadResponse(buf, nil)
		switch {
		case err != nil && in.N <= 0:
			return webAnswer{}, errTooLong
		case err != nil:
			return webAnswer{}, err
		case resp.StatusCode < 200:
			continue
		}
		in.N = maxBody
		return webAnswer{
			status:   resp.StatusCode,
			server:   text(resp.Header.Get("Server")),
			realm:    text(realm(resp.Header.Values("WWW-Authenticate"))),
			title:    text(title(io.LimitReader(resp.Body, maxBody))),
			location: location(resp),
		}, nil
	}
	return webAnswer{}, errTooLong
}

func location(resp *http.Response) string {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location")
	}
	return ""
}

// redirect returns the path to ask next, or "" for none. Only another path of
// the very same server is followed: any other address is outside of the scope, and
// any other port might be one that prints what it receives. Names are not
// resolved: they lead anywhere.
func redirect(to string, a netip.Addr, page inventory.HTTP) string {
	scheme := "http"
	if page.TLS {
		scheme = "https"
	}
	base := &url.URL{Scheme: scheme, Host: netip.AddrPortFrom(a.WithZone(""), page.Port).String(), Path: "/"}
	u, err := url.Parse(to)
	if to == "" || len(to) > maxPath || err != nil {
		return ""
	}
	u = base.ResolveReference(u)
	host, err := netip.ParseAddr(u.Hostname())
	if err != nil || u.Scheme != scheme || u.User != nil || u.Opaque != "" || host.Unmap() != a.WithZone("").Unmap() {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	// A path that begins with two slashes would read as a host name.
	path := u.RequestURI()
	if port != strconv.Itoa(int(page.Port)) || path == "/" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return ""
	}
	return path
}

// realm returns the first realm of the challenges, [RFC 9110] 11.5.
func realm(challenges []string) string {
	for _, c := range challenges {
		i := strings.Index(strings.ToLower(c), "realm=")
		if i < 0 || len(c) != len(strings.ToLower(c)) { // a letter that changes its length would shift the place
			continue
		}
		v := c[i+len("realm="):]
		if !strings.HasPrefix(v, `"`) {
			v, _, _ = strings.Cut(v, ",")
			return v
		}
		return unquote(v[1:])
	}
	return ""
}

// unquote returns what stands before the closing quotation mark, [RFC 9110]
// 5.6.4.
func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// title returns the title of a page, in one line.
func title(page io.Reader) string {
	z := html.NewTokenizer(page)
	z.SetMaxBuf(maxBody)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken:
			if name, _ := z.TagName(); string(name) != "title" {
				continue
			}
			if z.Next() != html.TextToken {
				return ""
			}
			return strings.Join(strings.Fields(string(z.Text())), " ")
		}
	}
}
