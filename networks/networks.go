// Package networks answers from where a request may come.
package networks

import (
	"fmt"
	"net/netip"
)

// List knows who may send requests. It does not change, so it is safe for concurrent use.
type List struct{ allow, deny Ranges }

// New reads who may send requests. It fails on what Validate reports.
func New(c Config) (*List, error) {
	allow, err := NewRanges(c.Allow)
	if err != nil {
		return nil, fmt.Errorf("read who is allowed: %w", err)
	}
	deny, err := NewRanges(c.Deny)
	if err != nil {
		return nil, fmt.Errorf("read who is denied: %w", err)
	}
	return &List{allow: allow, deny: deny}, nil
}

// Permits says whether a request may come from address. Who is denied may not send any, and where some are allowed nobody else
// may. IPv4 within IPv6 is IPv4, and a zone says nothing. An address that is not valid may do so only where the list is empty.
// It allocates nothing.
func (l *List) Permits(address netip.Addr) bool {
	if l.Empty() {
		return true
	}
	if !address.IsValid() {
		return false
	}
	address = Plain(address)
	if l.deny.Contain(address) {
		return false
	}
	return l.allow.Empty() || l.allow.Contain(address)
}

// Empty says whether everybody may send requests.
func (l *List) Empty() bool { return l.allow.Empty() && l.deny.Empty() }
