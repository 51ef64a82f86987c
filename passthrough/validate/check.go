package validate

import (
	"net/http"
	"strings"
	"unicode/utf8"
)

// check is the memory of one check, used again by the next.
type check struct {
	walk  walk
	given []given
	texts []string // of the parameter that is looked at
}

func newCheck() *check { return &check{walk: walk{tree: newTree()}} }

// end lets go of everything that the request brought.
func (c *check) end() {
	c.walk.tree.forget()
	clear(c.walk.found)
	clear(c.walk.path[:cap(c.walk.path)])
	clear(c.given)
	clear(c.texts)
	c.walk.found, c.given, c.texts = c.walk.found[:0], c.given[:0], c.texts[:0]
}

// mistake is one of a parameter, or of the body, as such.
func (c *check) mistake(base, code, what string) {
	c.walk.begin(base)
	c.walk.write(code, what)
}

func (c *check) path(p *parameter, param func(name string) (string, bool)) {
	c.texts = c.texts[:0]
	text, ok := p.value.before, true
	if p.value.name != "" {
		text, ok = param(p.value.name)
	}
	if ok {
		c.texts = append(c.texts, text)
	}
	c.parameter(p)
}

func (c *check) header(p *parameter, r *http.Request) {
	c.texts = c.texts[:0]
	values := r.Header[p.name]
	switch {
	case p.name == "Host":
		c.texts = append(c.texts, r.Host) // it is not among the fields
	case p.shape == joined && len(values) > 1:
		c.texts = append(c.texts, strings.Join(values, ",")) // RFC 9110, section 5.2
	default:
		c.texts = append(c.texts, values...)
	}
	c.parameter(p)
}

func (c *check) cookie(p *parameter, r *http.Request) {
	c.texts = c.texts[:0]
	for _, each := range r.CookiesNamed(p.name) {
		c.texts = append(c.texts, each.Value)
	}
	c.parameter(p)
}

// parameter compares the texts that were found for a parameter.
func (c *check) parameter(p *parameter) {
	switch {
	case len(c.texts) == 0:
		if p.required {
			c.mistake(p.base, missing, "is missing")
		}
	case len(c.texts) > 1 && p.shape != repeated:
		c.mistake(p.base, invalid, "must be there only once")
	case len(c.texts) == 1 && c.texts[0] == "" && p.empty:
	case !valid(c.texts):
		c.mistake(p.base, invalid, "must be UTF-8")
	case p.shape == written:
		c.json(p.base, p.schema, []byte(c.texts[0]))
	case p.shape == single:
		c.single(p)
	default:
		c.array(p)
	}
}

func valid(texts []string) bool {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return false
		}
	}
	return true
}

// single compares a text with a schema. A text that can be read as something else is that, unless it only fits as a text.
func (c *check) single(p *parameter) {
	c.make(p.base, p.kinds, c.texts[0])
	if p.kinds&aString != 0 && c.walk.tree.nodes[0].kind != aString && !c.walk.fits(p.schema, 0) {
		c.make(p.base, aString, c.texts[0])
	}
	c.walk.value(p.schema, 0)
}

func (c *check) make(base string, kinds kinds, text string) {
	t := c.walk.tree
	t.makeNew()
	t.makeText(text, kinds)
	t.makeDone()
	c.walk.begin(base)
}

func (c *check) array(p *parameter) {
	t := c.walk.tree
	t.makeNew()
	t.makeBegin(anArray)
	for _, text := range c.texts {
		if p.shape == repeated {
			t.makeText(text, p.kinds)
			continue
		}
		for element := range strings.SplitSeq(text, p.separator) {
			if p.in == inHeader {
				element = strings.Trim(element, " \t")
			}
			t.makeText(element, p.kinds)
		}
	}
	t.makeEnd()
	t.makeDone()
	c.walk.begin(p.base)
	c.walk.value(p.schema, 0)
}

// deep compares an object whose members stand in a query one by one.
func (c *check) deep(p *parameter, number int) {
	var members []field
	for _, each := range c.given {
		switch {
		case each.parameter != number:
		case each.member == "":
			c.mistake(p.base, invalid, "must be given by its members")
			return
		default:
			members = append(members, field{each.member, each.text})
		}
	}
	if len(members) > 0 {
		c.fields(p.base, p.schema, members)
	} else if p.required {
		c.mistake(p.base, missing, "is missing")
	}
}
