package ratelimit

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
)

// nameless begins the name of a caller without one. What follows is what the address is counted by. No caller's name begins with
// a space.
const nameless = " "

// bounded is a name, or what stands for one that is so long that many of them would take much memory.
func bounded(name string) string {
	if len(name) <= longestName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

const longestName = 128

// appendNetwork writes what an address is counted by: IPv6 by the 64 bits that a site is given, since it can take any address in
// it.
func appendNetwork(to []byte, addr netip.Addr) []byte {
	switch {
	case !addr.IsValid():
		return to
	case addr.Is6() && !addr.Is4In6():
		prefix, err := addr.WithZone("").Prefix(64)
		if err != nil {
			return to
		}
		return prefix.AppendTo(to)
	default:
		return addr.Unmap().AppendTo(to)
	}
}

// subject is the name by which a rule counts the caller. ok is false where it does not count this caller: a name that is empty is
// not counted, but for all together.
func (a *Account) subject(by By) (name string, ok bool) {
	switch by {
	case ByAll:
		return "", true
	case ByIP:
		name = a.addressed[len(nameless):]
	case ByPrincipal:
		name = a.principal()
	case ByKey:
		name = a.who.Key
	case ByClient:
		name = a.who.Client
	default:
		name = a.plan.name
	}
	return name, name != ""
}

// principal is the caller's name, or the address of one without a name, or empty.
func (a *Account) principal() string {
	switch {
	case a.who.Principal != "":
		return bounded(a.who.Principal)
	case a.addressed == nameless:
		return ""
	default:
		return a.addressed
	}
}
