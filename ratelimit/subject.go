package ratelimit

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
)

// subjects are the names under which a caller is counted. A name that is empty is not counted, but for all together.
type subjects struct {
	ip, principal, key, client, plan string
}

func subjectsOf(who Who, plan string) subjects {
	var room [64]byte
	named := string(appendNetwork(append(room[:0], nameless...), who.Addr)) // both names are one piece of memory
	s := subjects{ip: named[len(nameless):], key: who.Key, client: who.Client, plan: plan}
	switch {
	case who.Principal != "":
		s.principal = bounded(who.Principal)
	case s.ip != "":
		s.principal = named
	}
	return s
}

// nameless begins the name of a caller without one. No caller's name begins with a space.
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

// of is the name by which a rule counts the caller. ok is false where it does not count this caller.
func (s *subjects) of(by By) (name string, ok bool) {
	switch by {
	case ByAll:
		return "", true
	case ByIP:
		return s.ip, s.ip != ""
	case ByPrincipal:
		return s.principal, s.principal != ""
	case ByKey:
		return s.key, s.key != ""
	case ByClient:
		return s.client, s.client != ""
	default:
		return s.plan, s.plan != ""
	}
}
