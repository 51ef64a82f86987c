package validate

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/concierge-gateway/concierge/problem"
)

// body is what the contract says of bodies.
type body struct {
	required bool
	types    []media // those with fewer asterisks first
	words    string
}

// media is a media type that bodies may have, or a range of them.
type media struct {
	name   string
	schema *schema
	read   reading
}

// reading is what is done with a body.
type reading int

const (
	unread reading = iota
	asJSON
	asForm
)

// body compiles a request body.
func (c *compiler) body(p place) *body {
	p, err := c.doc.followed(p)
	if err != nil {
		c.note(err)
	}
	if p.value == nil {
		return nil
	}
	b := &body{required: p.member("required").value == true}
	for _, name := range names(p.member("content")) {
		m := media{name: mediaType(name), schema: c.optional(p.member("content").member(name), "schema")}
		switch {
		case isJSON(m.name):
			m.read = asJSON
		case m.name == "application/x-www-form-urlencoded":
			m.read = asForm
		}
		b.types = append(b.types, m)
	}
	slices.SortStableFunc(b.types, func(a, b media) int { return strings.Count(a.name, "*") - strings.Count(b.name, "*") })
	var all []string
	for _, m := range b.types {
		all = append(all, m.name)
	}
	b.words = "the service takes bodies of " + strings.Join(slices.Compact(all), ", ")
	return b
}

// mediaType is a media type without its parameters, in small letters; empty where it is none.
func mediaType(field string) string {
	if field == "application/json" {
		return field // the most frequent one
	}
	name, _, err := mime.ParseMediaType(field)
	if err != nil {
		return ""
	}
	return name
}

// isJSON reports whether a media type is JSON (RFC 6839, section 3.1).
func isJSON(name string) bool { return name == "application/json" || strings.HasSuffix(name, "+json") }

// media finds what the contract says of a request's media type. A body that is coded, or of which one reader could think that it
// is of another type than the next, has none.
func (b *body) media(header http.Header) (*media, error) {
	fields := header["Content-Type"]
	if len(fields) == 1 && header.Get("Content-Encoding") == "" {
		name := mediaType(fields[0])
		for i := range b.types {
			if name != "" && b.types[i].takes(name) {
				return &b.types[i], nil
			}
		}
	}
	return nil, problem.New(problem.UnsupportedMediaType, b.words)
}

func (m *media) takes(name string) bool {
	if kind, ok := strings.CutSuffix(m.name, "*"); ok {
		return kind == "*/" || strings.HasPrefix(name, kind)
	}
	return m.name == name
}

// body compares a body, whose media type was found.
func (c *check) body(b *body, m *media, text []byte) {
	switch {
	case len(text) == 0:
		if b != nil && b.required {
			c.mistake(inBody, missing, "is missing")
		}
	case b == nil:
		c.mistake(inBody, invalid, "must not be there")
	case m.schema == nil && m.read != asJSON:
	case m.read == asJSON:
		c.json(inBody, m.schema, text)
	case m.read == asForm:
		c.form(m.schema, string(text))
	}
}

// json compares a text that is JSON.
func (c *check) json(base string, s *schema, text []byte) {
	if err := c.walk.tree.read(text); err != nil {
		c.mistake(base, invalid, "must be JSON in UTF-8, with each member once")
		return
	}
	c.walk.begin(base)
	c.walk.value(s, 0)
}

// field is a member of an object that is written as a text.
type field struct{ name, text string }

// form compares a form (URL Standard, section 5.1).
func (c *check) form(s *schema, text string) {
	var fields []field
	for text != "" {
		var pair string
		pair, text, _ = strings.Cut(text, "&")
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		value, failed := url.QueryUnescape(value)
		if err != nil || failed != nil || strings.IndexByte(pair, ';') >= 0 {
			c.mistake(inBody, invalid, "must be written so that it can be read in one way only")
			return
		}
		fields = append(fields, field{name, value})
	}
	c.fields(inBody, s, fields)
}

// fields makes an object of fields and compares it. Several of one name are an array where the schema says so, and otherwise a
// mistake.
func (c *check) fields(base string, s *schema, fields []field) {
	byName := make(map[string][]string)
	var order []string
	for _, each := range fields {
		if !utf8.ValidString(each.name) || !utf8.ValidString(each.text) {
			c.mistake(base, invalid, "must be UTF-8")
			return
		}
		if _, ok := byName[each.name]; !ok {
			order = append(order, each.name)
		}
		byName[each.name] = append(byName[each.name], each.text)
	}
	t := c.walk.tree
	t.makeNew()
	t.makeBegin(anObject)
	var twice []string
	for _, name := range order {
		t.makeName(name)
		of := s.member(name)
		switch kinds := of.allowed(); {
		case kinds&anArray != 0 && kinds != anything:
			c.elements(byName[name], texts(of.element().allowed()))
		default:
			t.makeText(byName[name][0], texts(kinds))
			if len(byName[name]) > 1 {
				twice = append(twice, name)
			}
		}
	}
	t.makeEnd()
	t.makeDone()
	c.walk.begin(base)
	c.walk.value(s, 0)
	for _, name := range twice {
		c.walk.refuse([]byte(name), invalid, "must be there only once")
	}
}

func (c *check) elements(texts []string, kinds kinds) {
	t := c.walk.tree
	t.makeBegin(anArray)
	for _, text := range texts {
		t.makeText(text, kinds)
	}
	t.makeEnd()
}
