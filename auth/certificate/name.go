package certificate

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// kind is where a name stands in a certificate, as the settings call it.
type kind string

const (
	uri     kind = "uri"
	dns     kind = "dns"
	email   kind = "email"
	subject kind = "subject"
)

// name is one configured name.
type name struct {
	kind kind
	text string
}

func (i Identity) names() []name {
	var given []name
	for _, n := range []name{{uri, i.URI}, {dns, i.DNS}, {email, i.Email}, {subject, i.Subject}} {
		if n.text != "" {
			given = append(given, n)
		}
	}
	return given
}

// folded is the name as it is compared.
func (n name) folded() name {
	if n.kind == dns {
		n.text = strings.ToLower(n.text)
	}
	return n
}

// mistake says why no certificate can have such a name.
func (n name) mistake() string {
	if n.kind == subject {
		return subjectMistake(n.text)
	}
	if strings.ContainsFunc(n.text, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "must be written in ASCII without spaces, as certificates do"
	}
	switch n.kind {
	case uri:
		return uriMistake(n.text)
	case dns:
		return dnsMistake(n.text)
	default:
		return emailMistake(n.text)
	}
}

func uriMistake(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "":
		return "is not a URI with a scheme"
	case u.User != nil:
		return "must not carry a user name or password"
	}
	return ""
}

func dnsMistake(text string) string {
	if strings.Contains(text, "*") {
		return "must be one name: it is compared as it is, so a wildcard would fit wildcard certificates alone"
	}
	return ""
}

func emailMistake(text string) string {
	if at := strings.LastIndexByte(text, '@'); at < 1 || at == len(text)-1 {
		return "is not an e-mail address"
	}
	return ""
}

// subjectMistake refuses U+FFFD too: bytes of a certificate that are no UTF-8 would be compared as that.
func subjectMistake(text string) string {
	switch {
	case !strings.Contains(text, "="):
		return "must be written as CN=name,O=organization"
	case strings.ContainsRune(text, utf8.RuneError):
		return "must be UTF-8, without the sign for what is not"
	case hasBareSpace(text):
		return `must have no spaces around commas and plus signs; one that begins or ends a value is written as "\ "`
	}
	return ""
}

// hasBareSpace finds a space at the start or end of a part, where RFC 2253 has none that is not escaped.
func hasBareSpace(text string) bool {
	edge := true // the start of a part
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
			edge = false
		case c == ' ' && (edge || i+1 == len(text) || text[i+1] == ',' || text[i+1] == '+'):
			return true
		default:
			edge = c == ',' || c == '+' || c == '='
		}
	}
	return false
}
