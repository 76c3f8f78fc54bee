package identify

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"smbready/inventory"
)

// secure speaks TLS on c, and puts what the certificate says into page, even
// where the handshake fails later.
func secure(c net.Conn, page *inventory.HTTP) (*tls.Conn, error) {
	t := tls.Client(c, &tls.Config{
		// Nothing is trusted that comes through: the certificate is a clue among
		// others, and no secret is sent. Devices sign their own, and let it expire.
		InsecureSkipVerify: true,
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			keepCertificate(raw, page)
			return nil
		},
		// Devices that are ten years old speak nothing newer, or only with suites
		// that Go offers no more by itself. The curves are named to leave out the
		// post-quantum ones, whose keys make a greeting of more than one segment,
		// on which old stacks choke.
		MinVersion:             tls.VersionTLS10,
		CipherSuites:           allSuites(),
		CurvePreferences:       []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		SessionTicketsDisabled: true,
	})
	return t, t.Handshake()
}

func allSuites() (ids []uint16) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		ids = append(ids, s.ID)
	}
	return ids
}

func keepCertificate(raw [][]byte, page *inventory.HTTP) {
	if len(raw) == 0 {
		return
	}
	cert, err := x509.ParseCertificate(raw[0])
	if err != nil {
		return
	}
	page.CertName = text(cert.Subject.CommonName)
	if len(cert.Subject.Organization) > 0 {
		page.CertOrg = text(cert.Subject.Organization[0])
	}
}

// handshakeFailure names the way in which a handshake failed.
func (d *dialogue) handshakeFailure(err error, begun bool) result {
	var op *net.OpError
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &op) && op.Op == "remote error": // an alert: crypto/tls has words of its own for each
		return result{outcome: inventory.OutcomeErrorStatus, detail: "TLS alert: " + strings.TrimPrefix(op.Err.Error(), "tls: ")}
	case errors.As(err, &header):
		return result{outcome: inventory.OutcomeMalformed, detail: "not TLS"}
	case isNetwork(err) && !(errors.As(err, &op) && op.Op == "local error"):
		return d.failure(err, begun)
	}
	return result{outcome: inventory.OutcomeMalformed, detail: "the TLS handshake failed"}
}
