package trust

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
)

// errUnpinned is a service that everybody would believe, with a key that is not among those that are expected.
var errUnpinned = errors.New("no public key of the service's certificate chain is among the pins (tls.pins)")

// pinned asks for one of some keys in a chain that crypto/tls has verified. A certificate that the service sends along, and that
// no verified chain goes through, counts for nothing.
func pinned(wanted map[pin]bool) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		for _, chain := range state.VerifiedChains {
			for _, each := range chain {
				if wanted[sha256.Sum256(each.RawSubjectPublicKeyInfo)] {
					return nil
				}
			}
		}
		return errUnpinned
	}
}
