package validate

import (
	"regexp"
	"strings"
)

// compiler makes schemas of what a document says.
type compiler struct {
	doc  *document
	made map[string]*schema // by pointer: what refers to itself is made once
	// failed is the first mistake. What is made after it is of no use.
	failed error
}

func newCompiler(doc *document) *compiler {
	return &compiler{doc: doc, made: make(map[string]*schema)}
}

func (c *compiler) fail(p place, message string) { c.note(c.doc.mistake(p, message)) }

func (c *compiler) note(err error) {
	if c.failed == nil {
		c.failed = err
	}
}

// notRead are keywords that say something which is not understood here.
func notRead() []string {
	return []string{"unevaluatedItems", "$dynamicRef", "$recursiveRef"}
}

// schema compiles the schema at a place.
func (c *compiler) schema(p place) *schema {
	if made, ok := c.made[p.pointer]; ok {
		return made
	}
	s := &schema{kinds: anything}
	c.made[p.pointer] = s
	switch value := p.value.(type) {
	case bool:
		s.never = !value
	case map[string]any:
		c.keywords(s, p)
	default:
		c.fail(p, "this is not a schema")
	}
	return s
}

func (c *compiler) keywords(s *schema, p place) {
	target, refers, err := c.doc.reference(p)
	if err != nil {
		c.note(err)
		return
	}
	if refers {
		s.all = append(s.all, c.schema(target))
		if c.doc.alone {
			return
		}
	}
	for _, name := range notRead() {
		if p.has(name) {
			c.fail(p.member(name), "requests cannot be held against this keyword")
		}
	}
	c.kinds(s, p)
	s.listed = c.listed(p)
	s.number = c.number(p, s.kinds)
	s.text = c.text(p)
	s.array = c.array(p)
	s.object = c.object(p)
	s.all = append(s.all, c.list(p.member("allOf"))...)
	s.any, s.one = c.list(p.member("anyOf")), c.list(p.member("oneOf"))
	s.not, s.when = c.optional(p, "not"), c.optional(p, "if")
	s.then, s.otherwise = c.optional(p, "then"), c.optional(p, "else")
}

func (c *compiler) optional(p place, name string) *schema {
	if !p.has(name) {
		return nil
	}
	return c.schema(p.member(name))
}

func (c *compiler) list(p place) []*schema {
	items := p.items()
	all := make([]*schema, len(items))
	for i, item := range items {
		all[i] = c.schema(item)
	}
	return all
}

// kinds compiles type, which is a name or a list of them, and nullable, which OpenAPI 3.0 says for null, and which many write in
// later documents too.
func (c *compiler) kinds(s *schema, p place) {
	var names []string
	if name := p.member("type").text(); name != "" {
		names = append(names, name)
	}
	for _, item := range p.member("type").items() {
		names = append(names, item.text())
	}
	if len(names) == 0 {
		return
	}
	if p.member("nullable").value == true {
		names = append(names, "null")
	}
	s.kinds = 0
	for i, name := range names {
		kind, article := kindNamed(name)
		if kind == 0 {
			c.fail(p.member("type"), "there is no such type")
		}
		s.kinds |= kind
		names[i] = article + name
	}
	s.kindWords = "must be " + strings.Join(names, " or ")
}

func kindNamed(name string) (kind kinds, article string) {
	switch name {
	case "null":
		return aNull, ""
	case "boolean":
		return aBoolean, "a "
	case "number":
		return aNumber | anInteger, "a "
	case "integer":
		return anInteger, "an "
	case "string":
		return aString, "a "
	case "array":
		return anArray, "an "
	case "object":
		return anObject, "an "
	default:
		return 0, ""
	}
}

// regexp compiles a pattern. Contracts write them for another engine (ECMA-262), of which RE2 understands what takes no more
// than linear time.
func (c *compiler) regexp(p place) *regexp.Regexp {
	compiled, err := regexp.Compile(p.text())
	if err != nil {
		c.fail(p, "the pattern is not one that RE2 understands")
	}
	return compiled
}

// count reads a keyword that is a whole number of something, missing where it is not there.
func (c *compiler) count(p place, name string, absent int) int {
	if !p.has(name) {
		return absent
	}
	value, ok := numberOf(p.member(name).value)
	if !ok || value < 0 || value != float64(int(value)) {
		c.fail(p.member(name), "this is not a whole number")
	}
	return int(value)
}

// numberOf is a number as the readers of YAML and JSON give it.
func numberOf(value any) (float64, bool) {
	switch value := value.(type) {
	case float64:
		return value, true
	case int64:
		return float64(value), true
	case uint64:
		return float64(value), true
	default:
		return 0, false
	}
}

// circular reports whether a schema is made of itself at one place, so that no value could ever be held against it.
func circular(s *schema, above, done map[*schema]bool) bool {
	if s == nil || done[s] {
		return false
	}
	if above[s] {
		return true
	}
	above[s] = true
	for _, each := range s.here() {
		if circular(each, above, done) {
			return true
		}
	}
	above[s] = false
	done[s] = true
	return false
}

// here are the schemas that look at the same value.
func (s *schema) here() []*schema {
	var all []*schema
	for _, list := range [][]*schema{s.all, s.any, s.one, {s.not, s.when, s.then, s.otherwise}} {
		all = append(all, list...)
	}
	if s.object != nil {
		for _, each := range s.object.where {
			all = append(all, each)
		}
	}
	return all
}
