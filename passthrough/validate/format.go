package validate

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"net/url"
	"time"

	"github.com/google/uuid"
)

// formats are those that texts are held against. Others say how a text is meant, such as password, and allow every text.
func formats() map[string]func(text []byte) bool {
	return map[string]func(text []byte) bool{
		"date-time":     isTime(time.RFC3339),
		"date":          isTime(time.DateOnly),
		"email":         isEmail,
		"uuid":          isUUID,
		"ipv4":          isAddress(netip.Addr.Is4),
		"ipv6":          isAddress(netip.Addr.Is6),
		"hostname":      isHostname,
		"uri":           isURI,
		"uri-reference": isReference,
		"byte":          isBase64,
	}
}

// isTime reads RFC 3339 (sections 5.6). Its letters may be small, which the layout does not know. A leap second is none to Go.
func isTime(layout string) func(text []byte) bool {
	return func(text []byte) bool {
		if len(text) > len("2006-01-02T15:04:05.000000000+00:00")+20 || bytes.IndexByte(text, ',') >= 0 {
			return false // Go reads a comma before the fraction, which RFC 3339 does not know
		}
		_, err := time.Parse(layout, string(bytes.ToUpper(text)))
		return err == nil
	}
}

// isEmail looks for what every address has (RFC 5321, section 4.1.2): a part before the last @ and a host behind it, without
// spaces. Whether it exists is known by writing to it.
func isEmail(text []byte) bool {
	at := bytes.LastIndexByte(text, '@')
	if at < 1 || at > 64 || len(text) > 254 {
		return false
	}
	local, host := text[:at], text[at+1:]
	if bytes.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '@' }) {
		return false
	}
	if inner, ok := bytes.CutPrefix(host, []byte("[")); ok {
		address, closed := bytes.CutSuffix(inner, []byte("]"))
		return closed && len(address) > 0
	}
	return isHostname(host)
}

func isUUID(text []byte) bool {
	const length = 36 // the package reads other spellings too, which RFC 9562 does not know
	return len(text) == length && uuid.Validate(string(text)) == nil
}

func isAddress(of func(netip.Addr) bool) func(text []byte) bool {
	return func(text []byte) bool {
		address, err := netip.ParseAddr(string(text))
		return err == nil && of(address) && address.Zone() == ""
	}
}

// isHostname reads labels of letters, digits and hyphens (RFC 1123, section 2.1), and letters beyond ASCII, which are written
// otherwise on the wire (RFC 5890).
func isHostname(text []byte) bool {
	text = bytes.TrimSuffix(text, []byte("."))
	if len(text) == 0 || len(text) > 253 {
		return false
	}
	for label := range bytes.SplitSeq(text, []byte(".")) {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if bytes.ContainsFunc(label, func(r rune) bool { return r < 0x80 && !isLabel(r) }) {
			return false
		}
	}
	return true
}

func isLabel(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-'
}

func isURI(text []byte) bool {
	u, err := url.Parse(string(text))
	return err == nil && u.IsAbs() && !hasSpace(text)
}

func isReference(text []byte) bool {
	_, err := url.Parse(string(text))
	return err == nil && !hasSpace(text)
}

func hasSpace(text []byte) bool {
	return bytes.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '\\' })
}

func isBase64(text []byte) bool {
	_, err := base64.StdEncoding.Decode(make([]byte, base64.StdEncoding.DecodedLen(len(text))), text)
	return err == nil
}
