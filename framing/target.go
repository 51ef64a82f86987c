package framing

import (
	"bytes"
	"net/netip"
)

// judgeTarget judges the form of a request target (RFC 9112, section 3.2). What a path means is decided further in.
func (h *head) judgeTarget(target []byte, at int) reason {
	if !isPlain(target) {
		return requestTarget
	}
	switch {
	case h.method == methodConnect:
		if !isAuthority(target) {
			return requestTarget
		}
		h.name(at, target)
	case target[0] == '/':
	case h.method == methodOptions && string(target) == "*":
	default:
		from, authority := cutAuthority(target)
		if len(authority) == 0 || !isHost(authority) {
			return requestTarget
		}
		h.name(at+from, authority)
	}
	return none
}

func (h *head) name(at int, authority []byte) {
	h.named = true
	h.authority = span{at, at + len(authority)}
}

// isPlain tells visible ASCII without a fragment, and with whole escapes in its path: programs differ in what they make of the
// others. net/http refuses bad escapes in a path too, and lets them be in a query.
func isPlain(target []byte) bool {
	inPath := true
	for i, c := range target {
		switch {
		case c <= ' ' || c >= 0x7f || c == '#':
			return false
		case c == '?':
			inPath = false
		case c == '%' && inPath && !isEscape(target[i:]):
			return false
		}
	}
	return true
}

func isEscape(b []byte) bool {
	if len(b) < 3 {
		return false
	}
	_, first := hexDigit(b[1])
	_, second := hexDigit(b[2])
	return first && second
}

// cutAuthority finds the authority of a URL, and where it begins. It is empty where there is none.
func cutAuthority(url []byte) (from int, authority []byte) {
	for _, scheme := range []string{"http://", "https://"} {
		if len(url) > len(scheme) && isFolded(url[:len(scheme)], scheme) {
			from, authority = len(scheme), url[len(scheme):]
			break
		}
	}
	if end := bytes.IndexAny(authority, "/?"); end >= 0 {
		authority = authority[:end]
	}
	return from, authority
}

// isAuthority tells a host with a port, as CONNECT needs it.
func isAuthority(b []byte) bool {
	colon := bytes.LastIndexByte(b, ':')
	return colon > 0 && colon < len(b)-1 && isHost(b) && b[len(b)-1] != ']'
}

// isHost tells what Host may be (RFC 9110, section 7.2): a name or an address with an optional port. It may be empty: monitors
// send it so, and it has one reading. Escapes are refused, because some undo them.
func isHost(b []byte) bool {
	if len(b) > 0 && b[0] == '[' {
		end := bytes.IndexByte(b, ']')
		return end > 0 && isIPv6(b[1:end]) && isPort(b[end+1:])
	}
	for i, c := range b {
		if c == ':' {
			return i > 0 && isPort(b[i:])
		}
		if tokenLen(b[i:i+1]) == 0 && !isHostMark(c) || isTokenAlone(c) {
			return false
		}
	}
	return true
}

// isHostMark tells the characters of a host's name that no token has (RFC 3986, section 3.2.2), but for the comma of a list.
func isHostMark(c byte) bool { return c == '(' || c == ')' || c == ';' || c == '=' }

// isTokenAlone tells the characters of a token that no host's name has.
func isTokenAlone(c byte) bool { return c == '#' || c == '%' || c == '^' || c == '`' || c == '|' }

// isPort tells nothing, or a colon and digits. They may be missing (RFC 3986, section 3.2.3).
func isPort(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	for _, c := range b[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return b[0] == ':'
}

func isIPv6(b []byte) bool {
	address, err := netip.ParseAddr(string(b))
	return err == nil && !address.Is4() && address.Zone() == ""
}

// equalHosts compares as RFC 3986, section 6.2.2.1 does.
func equalHosts(a, b []byte) bool {
	return len(a) == len(b) && bytes.EqualFold(a, b) // ASCII, both of them
}
