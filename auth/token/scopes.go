package token

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxScopes bounds what a token may grant.
const maxScopes = 256

// scopes reads the first of the named claims that is there. A string holds several with spaces between them (RFC 8693, section
// 4.2); in a list, each is one.
func (c claims) scopes(names []string) ([]string, error) {
	for _, name := range names {
		raw, ok := c.find(name)
		if !ok {
			continue
		}
		values, one, err := list(raw)
		if err != nil {
			return nil, err
		}
		if one {
			values = strings.Split(values[0], " ")
		}
		values = slices.DeleteFunc(values, func(scope string) bool { return scope == "" })
		if len(values) > maxScopes {
			return nil, refusal("it grants more than 256 scopes")
		}
		return values, nil
	}
	return nil, nil
}

// find looks for a claim by its whole name, and then, where that has dots, for what stands under the rest of it in an object.
func (c claims) find(name string) (raw jsontext.Value, ok bool) {
	if raw, ok = c[name]; ok {
		return raw, true
	}
	for i, char := range name {
		if char != '.' || c[name[:i]].Kind() != '{' {
			continue
		}
		var inner claims
		if err := json.Unmarshal(c[name[:i]], &inner); err != nil {
			continue
		}
		if raw, ok = inner.find(name[i+1:]); ok {
			return raw, true
		}
	}
	return nil, false
}

// translate says what the scopes of an issuer mean here. What is not named is dropped. Without a map, they mean what they say.
func translate(scopes []string, meanings map[string][]string) []string {
	if len(meanings) == 0 {
		return scopes
	}
	var here []string
	for _, scope := range scopes {
		here = append(here, meanings[scope]...)
	}
	slices.Sort(here)
	return slices.Compact(here)
}
