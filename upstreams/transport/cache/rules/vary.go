package rules

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// maxVaried is of how many fields an answer may say that it depends on them. One that names more is not kept.
const maxVaried = 32

// VariedBy is what of a request an answer was chosen by (RFC 9111, 4.1). It is not ok where that cannot be known: Vary: *, a
// name that is none, or more names than any service has a use for.
func VariedBy(req *http.Request, header http.Header) (v []Varied, ok bool) {
	ok = true
	elements(header["Vary"], func(name string) bool {
		if ok = name != "*" && isToken(name) && len(v) < maxVaried; !ok {
			return false
		}
		name = http.CanonicalHeaderKey(name)
		if !slices.ContainsFunc(v, func(is Varied) bool { return is.Name == name }) {
			v = append(v, Varied{Name: name, Values: normalized(name, sent(req, name))})
		}
		return true
	})
	if !ok {
		return nil, false
	}
	return v, true
}

// Selects reports whether a request would be answered the same, as far as Vary tells.
func Selects(v []Varied, req *http.Request) bool {
	return SelectsBy(v, func(name string) []string { return sent(req, name) })
}

// SelectsBy is Selects for a request of which only its fields are known.
func SelectsBy(v []Varied, sent func(name string) []string) bool {
	for i := range v {
		lines := sent(v[i].Name)
		if isOpen(v[i].Name) && len(lines) == 1 && len(v[i].Values) == 1 && lines[0] == v[i].Values[0] {
			continue // as it mostly is
		}
		if !slices.Equal(normalized(v[i].Name, lines), v[i].Values) {
			return false
		}
	}
	return true
}

// sent is what a request has in a field. That of Host is kept elsewhere.
func sent(req *http.Request, name string) []string {
	if name != "Host" {
		return req.Header[name]
	}
	if req.Host == "" && req.URL != nil {
		return []string{req.URL.Host}
	}
	return []string{req.Host}
}

// normalized is a field in the one form that all forms with the same meaning have. Lines are joined to one, as any recipient
// may do, and blanks count for nothing where the field is known. Case and order do count: there are services to which they mean
// something, and what those answer to an odd spelling must not reach who sends the usual one. Of fields that could be a secret
// there is only a digest: it lies beside the answer, also in stores outside.
func normalized(name string, lines []string) []string {
	if len(lines) == 0 {
		return nil
	}
	trimmed := make([]string, len(lines))
	for i, line := range lines {
		trimmed[i] = strings.Trim(line, " \t")
	}
	joined := strings.Join(trimmed, ", ")
	if name == "Accept-Encoding" || name == "Accept-Language" {
		joined = withoutBlanks(withoutBlanks(joined, ","), ";")
	}
	if !isOpen(name) {
		sum := sha256.Sum256([]byte(joined))
		joined = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return []string{joined}
}

// isOpen reports whether a field is none by which anybody proves anything.
func isOpen(name string) bool {
	switch name {
	case "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Host", "Origin", "User-Agent":
		return true
	default:
		return false
	}
}

// withoutBlanks takes the blanks out that are around separators.
func withoutBlanks(text, separator string) string {
	if !strings.ContainsAny(text, " \t") {
		return text
	}
	parts := strings.Split(text, separator)
	for i, part := range parts {
		parts[i] = strings.Trim(part, " \t")
	}
	return strings.Join(parts, separator)
}
