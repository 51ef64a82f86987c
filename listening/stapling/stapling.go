// Package stapling answers what an issuer says of a certificate: that it is good still (OCSP, RFC 6960).
package stapling

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Staple is what an issuer has said. It is sent along in handshakes.
type Staple struct {
	// DER is the answer, signed by the issuer.
	DER []byte
	// Until is when it counts no more.
	Until time.Time
	// Renew is when there should be a newer one.
	Renew time.Time
}

// ErrRevoked is the answer that a certificate has been taken back.
var ErrRevoked = errors.New("the issuer has revoked the certificate")

// unboundedLife is how long an answer counts that does not say it.
const unboundedLife = 24 * time.Hour

// Read checks an answer: that it is of the certificate's issuer, of this certificate, and counts now. ErrRevoked where the
// certificate does not.
func Read(der []byte, of *tls.Certificate, now time.Time) (Staple, error) {
	issuer, err := issuerOf(of)
	if err != nil {
		return Staple{}, err
	}
	answer, err := ocsp.ParseResponseForCert(der, of.Leaf, issuer)
	if err != nil {
		return Staple{}, fmt.Errorf("read an OCSP answer: %w", err)
	}
	until := answer.NextUpdate
	if until.IsZero() {
		until = answer.ThisUpdate.Add(unboundedLife)
	}
	switch {
	case answer.Status == ocsp.Revoked:
		return Staple{}, ErrRevoked
	case answer.Status != ocsp.Good:
		return Staple{}, errors.New("read an OCSP answer: the issuer does not know the certificate")
	case now.Before(answer.ThisUpdate) || !now.Before(until):
		return Staple{}, errors.New("read an OCSP answer: it does not count now")
	}
	return Staple{DER: der, Until: until, Renew: answer.ThisUpdate.Add(until.Sub(answer.ThisUpdate) / 2)}, nil
}

// largest is far above what issuers answer.
const largest = 64 << 10

// Ask asks the issuer of a certificate, at the address that stands in it.
func Ask(ctx context.Context, client *http.Client, of *tls.Certificate) (Staple, error) {
	issuer, err := issuerOf(of)
	if err != nil {
		return Staple{}, err
	}
	question, err := ocsp.CreateRequest(of.Leaf, issuer, nil)
	if err != nil {
		return Staple{}, fmt.Errorf("write an OCSP request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, of.Leaf.OCSPServer[0], bytes.NewReader(question))
	if err != nil {
		return Staple{}, fmt.Errorf("write an OCSP request: %w", err)
	}
	req.Header.Set("Content-Type", "application/ocsp-request")
	res, err := client.Do(req)
	if err != nil {
		return Staple{}, fmt.Errorf("ask the issuer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return Staple{}, fmt.Errorf("ask the issuer: it answers with status %d", res.StatusCode)
	}
	der, err := io.ReadAll(io.LimitReader(res.Body, largest))
	if err != nil {
		return Staple{}, fmt.Errorf("ask the issuer: %w", err)
	}
	return Read(der, of, time.Now())
}

// Asked tells whether an issuer can be asked about a certificate.
func Asked(of *tls.Certificate) bool { return len(of.Leaf.OCSPServer) > 0 && len(of.Certificate) > 1 }

// Must tells whether clients may refuse a certificate that comes without an answer (TLS feature status_request, RFC 7633).
func Must(leaf *x509.Certificate) bool {
	const statusRequest = 5
	for _, each := range leaf.Extensions {
		var features []int
		if !each.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}) {
			continue
		}
		if _, err := asn1.Unmarshal(each.Value, &features); err != nil {
			return false
		}
		return slices.Contains(features, statusRequest)
	}
	return false
}

// issuerOf is the certificate that follows in the file.
func issuerOf(of *tls.Certificate) (*x509.Certificate, error) {
	if len(of.Certificate) < 2 { //nolint:mnd // the certificate, and its issuer's
		return nil, errors.New("the file must hold the issuer's certificate after the first")
	}
	issuer, err := x509.ParseCertificate(of.Certificate[1])
	if err != nil {
		return nil, fmt.Errorf("read the issuer's certificate: %w", err)
	}
	return issuer, nil
}
