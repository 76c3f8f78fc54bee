package notify

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// hurry has attempts follow each other without a pause.
func hurry(t *testing.T) {
	before := waits
	waits = []time.Duration{0, 0, 0}
	t.Cleanup(func() { waits = before })
}

func roots(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

var news = Message{Subject: "HQ scanned", Text: "2 devices got worse", Body: map[string]any{"site": "HQ", "worse": 2}}

func TestWebhook(t *testing.T) {
	hurry(t)
	var mu sync.Mutex
	var deliveries []string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		deliveries = append(deliveries, r.Header.Get(DeliveryHeader))
		if len(deliveries) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var got map[string]any
		if json.Unmarshal(body, &got) != nil || got["site"] != "HQ" || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v: %s", r.Method, r.Header, body)
		}
		if want := Sign(Secret("secret"), body); r.Header.Get(SignatureHeader) != want {
			t.Errorf("signature %s, want %s", r.Header.Get(SignatureHeader), want)
		}
	}))
	defer s.Close()
	w := Webhook{URL: s.URL + "/hook", Secret: Secret("secret"), Roots: roots(s)}
	if err := w.Notify(t.Context(), news); err != nil {
		t.Fatal(err)
	}
	if len(deliveries) != 3 || deliveries[0] == "" || deliveries[0] != deliveries[2] {
		t.Errorf("deliveries %q", deliveries)
	}
}

// TestSign has test case 2 of RFC 4231.
func TestSign(t *testing.T) {
	const want = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
	if got := Sign(Secret("Jefe"), []byte("what do ya want for nothing?")); got != want {
		t.Errorf("got %s", got)
	}
}

func TestWebhookFailures(t *testing.T) {
	hurry(t)
	var other atomic.Int32
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { other.Add(1) }))
	defer elsewhere.Close()
	var calls atomic.Int32
	mux := http.NewServeMux()
	answer := func(path string, code int, header ...string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			calls.Add(1)
			if len(header) > 0 {
				w.Header().Set("Location", header[0])
			}
			w.WriteHeader(code)
			io.WriteString(w, strings.Repeat("hostile ", 100000))
		})
	}
	answer("/gone", 410)
	answer("/busy", 500)
	answer("/away", 307, elsewhere.URL+"/x")
	answer("/plain", 308, "http://127.0.0.1:1/x")
	answer("/see", 303, "/ok")
	answer("/loop", 307, "/loop")
	answer("/there", 307, "/ok")
	answer("/ok", 200)
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		c, _, _ := w.(http.Hijacker).Hijack()
		c.Close()
	})
	s := httptest.NewTLSServer(mux)
	defer s.Close()
	host := strings.TrimPrefix(s.URL, "https://")
	for _, tt := range []struct {
		path, want string
		calls      int32
	}{
		{"/gone", "it answers 410 Gone", 1},
		{"/busy", "it answers 500 Internal Server Error (tried 4 times)", 4},
		{"/away", "it redirects to another host, which is not told", 1},
		{"/plain", "it redirects to another host, which is not told", 1},
		{"/see", "it redirects in a way that loses the message: give the URL that it leads to", 1},
		{"/loop", "it redirects again and again", 4},
		{"/cut", "EOF (tried 4 times)", 4},
		{"/there", "", 2},
	} {
		calls.Store(0)
		w := Webhook{URL: s.URL + tt.path + "?key=hidden", Roots: roots(s)}
		if strings.Contains(tt.path, "there") || tt.path == "/loop" {
			w.URL = s.URL + tt.path
		}
		err := w.Notify(t.Context(), news)
		want := fmt.Sprintf("webhook at %s: %s", host, tt.want)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || err.Error() != want) || calls.Load() != tt.calls {
			t.Errorf("%s: %v after %d calls", tt.path, err, calls.Load())
		}
	}
	if other.Load() != 0 {
		t.Error("the other host was told")
	}

	err := (&Webhook{URL: s.URL + "/ok"}).Notify(t.Context(), news)
	if err == nil || !strings.Contains(err.Error(), "its certificate is not good") {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&Webhook{URL: s.URL + "/busy", Roots: roots(s)}).Notify(ctx, news); err == nil {
		t.Error("interrupted, and no error")
	}
	if err := (&Webhook{URL: s.URL + "/ok", Roots: roots(s)}).Notify(t.Context(), Message{Body: func() {}}); err == nil {
		t.Error("a body that is no JSON was sent")
	}
}

func TestWebhookCheck(t *testing.T) {
	for address, want := range map[string]string{
		"https://hooks.example.com/a": "", "http://hooks.example.com/a": "is not https", "hooks.example.com": "is not a URL", "ftp://a/b": "is not a URL",
		"https://user:word@hooks.example.com/a": "has a password", "https:///a": "is not a URL", "": "is not a URL", "https://a b/": "is not a URL",
	} {
		err := (&Webhook{URL: address}).Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "word@")) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := (&Webhook{URL: "http://hooks.example.com/a", Plain: true}).Check(); err != nil {
		t.Error(err)
	}
}

func TestSecret(t *testing.T) {
	s := Secret("hunter2")
	b, err := json.Marshal(struct{ S Secret }{s})
	if text := fmt.Sprintf("%s %v %q %x %#v %+v %d %s", s, s, s, s, s, []Secret{s}, s, b); err != nil || strings.Contains(text, "hunter2") || strings.Contains(text, "68756e") || strings.Contains(text, "104") {
		t.Errorf("it is printed: %s, %v", text, err)
	}
	for text, want := range map[string]string{"key\n": "key", "key\r\n": "key", "\ufeffkey": "key", " a b ": " a b ", "": "", "\n": "", "a\nb": "", strings.Repeat("x", maxSecret+1): ""} {
		got, err := ReadSecret(strings.NewReader(text))
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%.10q: %d bytes, %v", text, len(got), err)
		}
	}
	t.Setenv("SMBREADY_TEST_KEY", "key")
	if got, err := SecretFrom("SMBREADY_TEST_KEY"); err != nil || string(got) != "key" {
		t.Errorf("%v", err)
	}
	if _, err := SecretFrom("SMBREADY_TEST_NONE"); err == nil {
		t.Error("a variable that is not set")
	}
}
