package token

import (
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The bounds of what is read for a caller that nobody knows yet.
const (
	maxBytes = 8 << 10
	maxDepth = 32
)

// compact is a token in the compact serialization of RFC 7515, section 7.1, taken apart. Nothing of it is verified.
type compact struct {
	header    header
	claims    claims
	signed    string // what the signature is of: the first two parts as they were sent
	signature []byte
}

// parse takes a token apart. It refuses whatever another reader could understand in another way.
func parse(text string) (*compact, error) {
	if len(text) > maxBytes {
		return nil, refusal("it is longer than 8 KiB")
	}
	head, payload, signature, ok := split(text)
	if !ok {
		return nil, refusal("it has not three parts")
	}
	c := &compact{signed: text[:len(head)+1+len(payload)]}
	if c.signature, ok = decode(signature); !ok {
		return nil, refusal("its signature is not base64url")
	}
	if err := object(head, &c.header); err != nil {
		return nil, err
	}
	if err := c.header.check(); err != nil {
		return nil, err
	}
	return c, object(payload, &c.claims)
}

// split is the three parts. A token of more parts is encrypted, or none.
func split(text string) (head, payload, signature string, ok bool) {
	head, rest, _ := strings.Cut(text, ".")
	payload, signature, ok = strings.Cut(rest, ".")
	return head, payload, signature, ok && !strings.Contains(signature, ".")
}

// decode reads base64url without padding. Bits that no byte needs must be zero, and line ends, which Go's decoder skips, are none
// of the alphabet: otherwise one token could be written in several ways, and whoever revokes one would not revoke the others.
func decode(part string) ([]byte, bool) {
	if strings.ContainsAny(part, "\r\n") {
		return nil, false
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(part)
	return data, err == nil
}

// object reads a part that must be a JSON object. The decoder refuses members that are there twice, at any depth, and what is not
// UTF-8: of two values, one reader takes the first and another the last.
func object(part string, into any) error {
	data, ok := decode(part)
	switch {
	case !ok:
		return refusal("a part of it is not base64url")
	case deeper(data, maxDepth):
		return refusal("a part of it is nested too deeply")
	}
	if err := json.Unmarshal(data, into); err != nil || jsontext.Value(data).Kind() != '{' { // null fits anything
		return refusal("a part of it is not a JSON object as it must be")
	}
	return nil
}

// deeper says whether objects and lists stand in each other more than limit deep. It takes any bytes.
func deeper(data []byte, limit int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++ // the next character ends no string
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth > limit {
			return true
		}
	}
	return false
}

// Looks tells a JSON Web Token from an opaque one: it has three parts of base64url, the first of which is a JSON object, and is
// no longer than 8 KiB. Every token that Verify takes looks like one, and not every one that does is good.
func Looks(text string) bool {
	head, payload, signature, ok := split(text)
	if !ok || len(text) > maxBytes {
		return false
	}
	_, payloadOK := decode(payload)
	_, signatureOK := decode(signature)
	return payloadOK && signatureOK && object(head, &claims{}) == nil
}
