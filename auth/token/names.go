package token

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// named reads the name of a plan or a client from the first of the named claims that is there. It is empty where that is none. No
// token is refused for it: both say how much its bearer may ask for, and not what.
func (c claims) named(names []string) string {
	for _, name := range names {
		if raw, ok := c.find(name); ok {
			return nameIn(raw)
		}
	}
	return ""
}

// tenant reads whom the bearer belongs to from the first of the named claims that is there. A number is taken by its digits where
// it is an integer, as that of a subject is. It is empty where nothing is said; what is said and cannot be a name is refused,
// since services would take the bearer for somebody who belongs to nobody.
func (c claims) tenant(names []string) (string, error) {
	for _, name := range names {
		if raw, ok := c.find(name); ok {
			return tenantIn(raw)
		}
	}
	return "", nil
}

func tenantIn(raw jsontext.Value) (string, error) {
	name := nameIn(raw)
	switch {
	case raw.Kind() == '0' && strings.Trim(string(raw), "0123456789") == "":
		name = credential.Name(string(raw))
	case raw.Kind() == 'n', string(raw) == `""`:
		return "", nil
	}
	if name == "" {
		return "", refusal("its tenant is neither a short name without spaces nor an integer")
	}
	return name, nil
}

func nameIn(raw jsontext.Value) string {
	if raw.Kind() != '"' {
		return ""
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return ""
	}
	return credential.Name(string(text))
}
