package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Headers of a webhook.
const (
	// SignatureHeader is "sha256=" and, in hex, the HMAC-SHA256 (RFC 2104) of the
	// body's bytes as they are sent, by the secret.
	SignatureHeader = "X-Smbready-Signature"
	// DeliveryHeader is a random text, the same when a message is sent again.
	DeliveryHeader = "X-Smbready-Delivery"
)

// Webhook posts the body of a message to a URL.
type Webhook struct {
	URL    string
	Secret Secret // signs the body; empty: no signature
	// Plain allows http, where everybody on the way can read what is sent.
	Plain bool
	// Roots are the authorities that the server's certificate is checked against;
	// nil for those of the system.
	Roots *x509.CertPool
}

// Limits of a webhook.
const (
	webhookTimeout = 15 * time.Second // of one attempt
	maxRedirects   = 3
	maxAnswer      = 64 << 10 // bytes that are read of an answer, and passed over
)

// Check returns what is wrong with the URL.
func (w *Webhook) Check() error {
	u, err := url.Parse(w.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("the webhook is not a URL such as https://hooks.example.com/smbready") // it may hold a key: it is not quoted
	case u.User != nil:
		return errors.New("the webhook has a password in its URL: use a secret, which is not sent")
	case u.Scheme == "http" && !w.Plain:
		return errors.New("the webhook is not https: everybody on the way could read what is sent")
	}
	return nil
}

// Notify posts the message. Answers 429 and 5xx and failed connections are tried
// again, up to three times with pauses of half a minute in all; any other answer but
// 2xx is final.
// A redirect is followed only if it stays at the same host and keeps the message.
func (w *Webhook) Notify(ctx context.Context, m Message) error {
	if err := w.Check(); err != nil {
		return err
	}
	body, err := m.json()
	if err != nil {
		return err
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{RootCAs: w.Roots, MinVersion: tls.VersionTLS12},
		MaxResponseHeaderBytes: maxAnswer,
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: webhookTimeout, CheckRedirect: sameHost}
	delivery := rand.Text()
	if err := attempts(ctx, func(ctx context.Context) error { return w.post(ctx, client, body, delivery) }); err != nil {
		return fmt.Errorf("webhook at %s: %w", hostOf(w.URL), err)
	}
	return nil
}

// hostOf is what of a URL can be shown: the rest may be a key.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	return u.Host
}

// redirectError is a redirect that is not followed.
type redirectError string

func (e redirectError) Error() string { return string(e) }

// sameHost lets a redirect pass that stays at the host and is a POST still, as
// 307 and 308 are (RFC 9110 section 15.4).
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case len(via) > maxRedirects:
		return redirectError("it redirects again and again")
	case req.URL.Scheme != first.URL.Scheme || req.URL.Host != first.URL.Host:
		return redirectError("it redirects to another host, which is not told")
	case req.Method != http.MethodPost:
		return redirectError("it redirects in a way that loses the message: give the URL that it leads to")
	}
	return nil
}

func (w *Webhook) post(ctx context.Context, client *http.Client, body []byte, delivery string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "smbready")
	req.Header.Set(DeliveryHeader, delivery)
	if len(w.Secret) > 0 {
		req.Header.Set(SignatureHeader, Sign(w.Secret, body))
	}
	answer, err := client.Do(req)
	var redirect redirectError
	var bad *tls.CertificateVerificationError
	switch {
	case errors.As(err, &redirect):
		return redirect
	case errors.As(err, &bad):
		return cut(fmt.Errorf("its certificate is not good: %w", bad))
	case err != nil:
		return again{cut(withoutURL(err))}
	}
	defer answer.Body.Close()
	io.CopyN(io.Discard, answer.Body, maxAnswer)
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests || code >= 500:
		return again{fmt.Errorf("it answers %d %s", code, http.StatusText(code))}
	default:
		return fmt.Errorf("it answers %d %s", code, http.StatusText(code))
	}
}

// withoutURL takes the URL out of an error of the client.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Sign returns the value of SignatureHeader.
func Sign(secret Secret, body []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write(body)
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}
