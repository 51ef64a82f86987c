package passthrough

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/passthrough/routing"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/redact"
)

// caller is what a request brings that values are made of.
type caller struct {
	request   *http.Request
	params    routing.Params
	principal auth.Principal
	sees      *redact.View
	asks      bool     // it depends on a record whether the caller gets to know of it
	list      bool     // the answer is a list of records, of which some may be left out
	query     string   // of the request that the service got
	counted   *tally   // what the answer shows of fields that are read only so often
	mark      mark     // of what the caller sees, empty until it is needed
	added     [][]byte // to what is shown
	shown     []int    // how many records were shown, by their places
}

// param is what a path at a service is made of, by its name in the template.
func (c *caller) param(name string) (text string, ok bool) {
	if name == ownID[1:len(ownID)-1] {
		return c.principal.ID, !c.principal.Anonymous()
	}
	return c.params.Get(name)
}

// value is a text that is made for each request: constant parts, and what the request brings.
type value struct{ parts []part }

// part is a piece of a value.
type part struct {
	text   string // where it is constant
	from   source
	name   string
	number bool // it is written as a JSON number
}

// source is what of a request a part is taken from.
type source string

// The sources. The empty one is a constant.
const (
	fromPath     source = "path"
	fromQuery    source = "query"
	fromHeader   source = "header"
	fromIdentity source = "identity"
)

// parseValue reads a text with {source.name} in it. Braces that hold no dot, such as those of JSON, are text.
func parseValue(text string, params []string) (value, error) {
	var v value
	for text != "" {
		before, inside, rest, found := cutBraces(text)
		if before != "" {
			v.parts = append(v.parts, part{text: before})
		}
		if !found {
			break
		}
		p, err := parsePart(inside, params)
		if err != nil {
			return value{}, err
		}
		v.parts = append(v.parts, p)
		text = rest
	}
	return v, nil
}

// cutBraces splits a text at the first {source.name}.
func cutBraces(text string) (before, inside, rest string, found bool) {
	for from := 0; ; {
		open := strings.IndexByte(text[from:], '{')
		if open < 0 {
			return text, "", "", false
		}
		open += from
		end := strings.IndexByte(text[open:], '}')
		if end < 0 {
			return text, "", "", false
		}
		inside = text[open+1 : open+end]
		if isReference(inside) {
			return text[:open], inside, text[open+end+1:], true
		}
		from = open + 1
	}
}

// isReference tells {path.id} from braces that mean themselves.
func isReference(inside string) bool {
	from, name, dotted := strings.Cut(inside, ".")
	return dotted && name != "" && !strings.ContainsAny(inside, "\"{ \t") && from != ""
}

func parsePart(inside string, params []string) (part, error) {
	from, name, _ := strings.Cut(inside, ".")
	name, number := strings.CutSuffix(name, ":number")
	p := part{from: source(from), name: name, number: number}
	switch p.from {
	case fromPath:
		if !slices.Contains(params, name) {
			return part{}, fmt.Errorf("match has no parameter {%s}", name)
		}
	case fromIdentity:
		if name != "id" && name != "scopes" {
			return part{}, errors.New("of the identity there are {identity.id} and {identity.scopes}")
		}
	case fromQuery, fromHeader:
	default:
		return part{}, fmt.Errorf("knows path, query, header and identity, and not %s", from)
	}
	return p, nil
}

// constant reports whether a value needs nothing of a request.
func (v value) constant() bool {
	return !slices.ContainsFunc(v.parts, func(p part) bool { return p.from != "" })
}

// namesCaller reports whether a value is made of who the caller is.
func (v value) namesCaller() bool {
	return slices.ContainsFunc(v.parts, func(p part) bool { return p.from == fromIdentity })
}

// text is the value for a caller. There is none where something that it is made of is not there.
func (v value) text(c *caller) (text string, ok bool) {
	if len(v.parts) == 1 {
		return v.parts[0].of(c)
	}
	var all strings.Builder
	for _, p := range v.parts {
		each, ok := p.of(c)
		if !ok {
			return "", false
		}
		all.WriteString(each)
	}
	return all.String(), true
}

func (p part) of(c *caller) (text string, ok bool) {
	switch p.from {
	case fromPath:
		return c.params.Get(p.name)
	case fromQuery:
		query := c.request.URL.Query()
		return query.Get(p.name), query.Has(p.name)
	case fromHeader:
		values := c.request.Header.Values(p.name)
		return strings.Join(values, ", "), len(values) > 0
	case fromIdentity:
		if p.name == "scopes" {
			return strings.Join(c.principal.Scopes, " "), !c.principal.Anonymous()
		}
		return c.principal.ID, !c.principal.Anonymous()
	default:
		return p.text, true
	}
}

// member is a value that a JSON member is given.
type member struct {
	constant jsontext.Value // where it needs nothing of a request
	value    value
}

// parseMember reads a JSON value, or else a text.
func parseMember(text string, params []string) (member, error) {
	v, err := parseValue(text, params)
	if err != nil {
		return member{}, err
	}
	constant := jsontext.Value(text)
	switch {
	case !constant.IsValid():
		return member{value: v}, nil
	case v.constant():
		return member{constant: constant}, nil
	default:
		return member{}, errors.New("is JSON, in which a reference would stay as it is: a value is either, or a text with references")
	}
}

// json is the member's value for a caller, nil where there is none. A number that is none is the caller's mistake.
func (m member) json(c *caller) (jsontext.Value, error) {
	if m.constant != nil {
		return m.constant, nil
	}
	text, ok := m.value.text(c)
	if !ok {
		return nil, nil
	}
	if len(m.value.parts) == 1 && m.value.parts[0].number {
		if number := jsontext.Value(text); number.IsValid() && number.Kind() == '0' {
			return number, nil
		}
		return nil, problem.New(problem.BadInput, "the "+string(m.value.parts[0].from)+" must hold a number at "+m.value.parts[0].name)
	}
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return nil, problem.Wrap(problem.BadInput, err, "the request holds text that is not UTF-8")
	}
	return quoted, nil
}

// membersFor are the values of several members.
func membersFor(c *caller, members []member) ([][]byte, error) {
	if len(members) == 0 {
		return nil, nil
	}
	values := make([][]byte, len(members))
	for i, m := range members {
		text, err := m.json(c)
		if err != nil {
			return nil, err
		}
		values[i] = text
	}
	return values, nil
}
