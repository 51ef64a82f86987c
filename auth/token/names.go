package token

import (
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
