// Package remote answers how an issuer is called: at which URLs, and how much can be told of a call that failed.
package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Mistake says what is wrong with the URL of an issuer, or nothing. Unless insecure, http leads to this machine alone; the danger
// is what anybody on the way could do otherwise.
func Mistake(text string, insecure bool, danger string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return "must be a URL with https and a host"
	case u.User != nil:
		return "must not hold a user or a password"
	case u.Fragment != "":
		return "must not have a fragment"
	case u.Scheme == "http" && !insecure && !OnThisMachine(u.Hostname()):
		return "must be https: whoever is on the way could " + danger + " (insecure: true allows it)"
	default:
		return ""
	}
}

// Bare says whether a URL has no query, so that something can be put behind it.
func Bare(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.RawQuery == "" && !u.ForceQuery
}

// OnThisMachine says whether a host without its port is this machine. It takes no name but localhost, since RFC 6761, section
// 6.3, reserves that one alone.
func OnThisMachine(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.Unmap().IsLoopback()
}

// Cause is as much of an error of HTTP as can be shown: those of a malformed answer quote it, and all hold the URL. A deadline is
// the call's own, and not the caller's, so it is not the caller's error.
func Cause(err error) error {
	var (
		network     *net.OpError
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("there was no answer in time")
	case errors.As(err, &name):
		return name
	case errors.As(err, &network):
		return network
	case errors.As(err, &certificate):
		return certificate
	default:
		return errors.New("there was no whole answer")
	}
}
