package listening

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
)

// ending is how a handshake ended. It is a closed set, fit for a metric's label.
type ending string

const (
	done           ending = "ok"
	noTLS          ending = "not_tls"           // something else was spoken
	tooSlow        ending = "timeout"           // the client took too long
	gone           ending = "closed"            // the client left in the middle of it
	declined       ending = "declined"          // the client did not like what it was shown
	unknownName    ending = "unknown_name"      // there is no certificate for the host
	nothingShared  ending = "nothing_in_common" // no version, cipher suite, kind of key or protocol that both know
	noClient       ending = "no_client"         // a client certificate is required, and none was shown
	badClient      ending = "bad_client"        // the client's certificate is not believed
	otherHandshake ending = "other"
)

func endings() []ending {
	return []ending{done, noTLS, tooSlow, gone, declined, unknownName, nothingShared, noClient, badClient, otherHandshake}
}

// endingOf sorts what a handshake ended in.
func endingOf(err error) ending {
	if err == nil {
		return done
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return noTLS
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return badClient
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return badClient
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return tooSlow
	}
	for _, each := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, context.Canceled, net.ErrClosed} {
		if errors.Is(err, each) {
			return gone
		}
	}
	return endingByWords(err.Error())
}

// endingByWords goes by the standard library's words, where its errors have nothing else. A test holds them.
func endingByWords(text string) ending {
	for _, each := range []struct {
		words string
		is    ending
	}{
		{"remote error: ", declined},
		{"tls: no certificates configured", unknownName},
		{"tls: client didn't provide a certificate", noClient},
		{"tls: failed to parse client certificate", badClient},
		{"tls: client offered only unsupported versions", nothingShared},
		{"tls: no cipher suite supported by both", nothingShared},
		{"tls: client requested unsupported application protocols", nothingShared},
		{"tls: peer doesn't support any of the certificate's signature algorithms", nothingShared},
		{"tls: no ECDHE curve supported by both", nothingShared},
	} {
		if strings.Contains(text, each.words) {
			return each.is
		}
	}
	return otherHandshake
}

// Greeted counts a handshake that ended, nil where it went well.
func (t *TLS) Greeted(err error) { t.metrics.handshakes[endingOf(err)].Inc() }
