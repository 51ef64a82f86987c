package passthrough

import (
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/problem"
)

// edits are changes of a list of named values: header fields or query parameters.
type edits struct {
	drop     []string
	rename   []pair
	defaults []named
	set      []named
}

// pair is an old and a new name.
type pair struct{ old, to string }

// named is a value under a name.
type named struct {
	name  string
	value value
}

// compileEdits reads edits, and reports what is wrong with each by its path.
func compileEdits(c Fields, params []string, read naming, fail Fail) edits {
	var e edits
	name := func(path, text string) string {
		canonical, mistake := read(text)
		if mistake != "" {
			fail(path, mistake)
		}
		return canonical
	}
	for i, each := range c.Drop {
		e.drop = append(e.drop, name(fmt.Sprintf("drop[%d]", i), each))
	}
	for _, old := range slices.Sorted(maps.Keys(c.Rename)) {
		e.rename = append(e.rename, pair{name("rename."+old, old), name("rename."+old, c.Rename[old])})
	}
	values := func(path string, all map[string]string) []named {
		var found []named
		for _, each := range slices.Sorted(maps.Keys(all)) {
			v, err := parseValue(all[each], params)
			if err != nil {
				fail(path+each, err.Error())
				continue
			}
			found = append(found, named{name(path+each, each), v})
		}
		return found
	}
	e.defaults = values("default.", c.Default)
	e.set = values("set.", c.Set)
	return e
}

// naming reads a name as it is written in a configuration.
type naming func(name string) (canonical, mistake string)

// parameter is the name of a query parameter.
func parameter(name string) (canonical, mistake string) { return name, "" }

// field is the name of a header field. Those by which a message is framed and sent are nobody's to change.
func field(name string) (canonical, mistake string) {
	canonical = textproto.CanonicalMIMEHeaderKey(name)
	if name == "" || strings.ContainsFunc(name, notInField) {
		return canonical, "must be the name of a header field"
	}
	switch canonical {
	case "Connection", "Content-Length", "Host", "Trailer", "Transfer-Encoding", "Upgrade":
		return canonical, "is the gateway's own to say"
	default:
		return canonical, ""
	}
}

// notInField reports whether a character is none of those in a field's name (RFC 9110, section 5.6.2).
func notInField(c rune) bool {
	letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}

func (e *edits) none() bool {
	return len(e.drop) == 0 && len(e.rename) == 0 && len(e.defaults) == 0 && len(e.set) == 0
}

// apply changes values. A header and a query are the same to it: names with their values.
func (e *edits) apply(values map[string][]string, c *caller) {
	for _, name := range e.drop {
		delete(values, name)
	}
	for _, each := range e.rename {
		if held, ok := values[each.old]; ok {
			delete(values, each.old)
			values[each.to] = held
		}
	}
	for _, each := range e.defaults {
		if _, ok := values[each.name]; !ok {
			each.into(values, c)
		}
	}
	for _, each := range e.set {
		delete(values, each.name)
		each.into(values, c)
	}
}

func (n named) into(values map[string][]string, c *caller) {
	if text, ok := n.value.text(c); ok {
		values[n.name] = []string{text}
	}
}

// header changes a header. What a caller wrote must not end a line of it.
func (e *edits) header(h http.Header, c *caller) error {
	if e.none() {
		return nil
	}
	e.apply(h, c)
	for _, each := range slices.Concat(e.defaults, e.set) {
		if strings.ContainsFunc(h.Get(each.name), isControl) {
			return problem.New(problem.BadInput, "the request holds a control character where a header field is made of it")
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// query changes a raw query. One that nothing is changed of stays as it was written.
func (e *edits) query(raw string, c *caller) string {
	if e.none() {
		return raw
	}
	values, _ := url.ParseQuery(raw) // what cannot be read is left out: the service would read it in its own way
	e.apply(values, c)
	return values.Encode()
}
