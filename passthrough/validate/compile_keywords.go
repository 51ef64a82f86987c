package validate

import (
	"math/big"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// listed compiles enum and const. Where both are there, both must hold.
func (c *compiler) listed(p place) *listed {
	only := p.member("const").value
	values, isList := p.member("enum").value.([]any)
	words := "must be one of the listed values"
	switch {
	case p.has("enum") && !isList:
		c.fail(p.member("enum"), "this is not a list")
	case p.has("const"):
		words = "must be the one value that is allowed"
		if !isList || slices.ContainsFunc(values, func(v any) bool { return canonical(v) == canonical(only) }) {
			values = []any{only}
		} else {
			values = nil
		}
	case !isList:
		return nil
	}
	l := &listed{words: words, texts: make(map[string]bool), numbers: make(map[float64]bool), others: make(map[string]bool)}
	for _, value := range values {
		l.add(value)
	}
	return l
}

func (l *listed) add(value any) {
	if number, ok := numberOf(value); ok {
		l.kinds |= aNumber | anInteger
		l.numbers[number] = true
		return
	}
	switch value := value.(type) {
	case string:
		l.kinds |= aString
		l.texts[value] = true
		return
	case nil:
		l.kinds |= aNull
	case bool:
		l.kinds |= aBoolean
	case []any:
		l.kinds |= anArray
	case map[string]any:
		l.kinds |= anObject
	}
	l.others[canonical(value)] = true
}

// canonical is a value of the contract as JSON that equal values share.
func canonical(value any) string {
	text, err := json.Marshal(value)
	written := jsontext.Value(text)
	if err != nil || written.Canonicalize() != nil {
		return "" // it is no JSON, so no value of a request is equal
	}
	return string(written)
}

// number compiles what is said of numbers. Bounds that exclude themselves are numbers, or in OpenAPI 3.0 say so of the others.
func (c *compiler) number(p place, kinds kinds) *number {
	n := &number{}
	c.bound(n, p, "minimum", "exclusiveMinimum", bound{words: "must be at least "}, "must be more than ")
	c.bound(n, p, "maximum", "exclusiveMaximum", bound{upper: true, words: "must be at most "}, "must be less than ")
	if p.has("multipleOf") {
		value, ok := numberOf(p.member("multipleOf").value)
		if !ok || value <= 0 {
			c.fail(p.member("multipleOf"), "this is not a number above 0")
			return nil
		}
		text := strconv.FormatFloat(value, 'f', -1, 64)
		n.multiple, _ = new(big.Rat).SetString(text)
		n.words = "must be a multiple of " + text
	}
	if bits := map[string]int{"int32": 32, "int64": 64}[p.member("format").text()]; bits > 0 && kinds&anInteger != 0 {
		n.bits, n.bitsWords = bits, "must be an integer of "+strconv.Itoa(bits)+" bits"
	}
	if len(n.bounds) == 0 && n.multiple == nil && n.bits == 0 {
		return nil
	}
	return n
}

func (c *compiler) bound(n *number, p place, name, exclusive string, b bound, exclusiveWords string) {
	excluding := p.member(exclusive).value == true
	if p.has(name) {
		b := b
		var ok bool
		if b.limit, ok = numberOf(p.member(name).value); !ok {
			c.fail(p.member(name), "this is not a number")
		}
		if b.excluding = excluding; excluding {
			b.words = exclusiveWords
		}
		b.words += strconv.FormatFloat(b.limit, 'f', -1, 64)
		n.bounds = append(n.bounds, b)
	}
	if limit, ok := numberOf(p.member(exclusive).value); ok {
		b.limit, b.excluding = limit, true
		b.words = exclusiveWords + strconv.FormatFloat(limit, 'f', -1, 64)
		n.bounds = append(n.bounds, b)
	} else if _, isBool := p.member(exclusive).value.(bool); p.has(exclusive) && !isBool {
		c.fail(p.member(exclusive), "this is not a number")
	}
}

// text compiles what is said of texts.
func (c *compiler) text(p place) *text {
	t := &text{least: c.count(p, "minLength", 0), most: c.count(p, "maxLength", -1)}
	t.leastWords = "must have at least " + several(t.least, "character")
	t.mostWords = "must have at most " + several(t.most, "character")
	if p.has("pattern") {
		t.pattern = c.regexp(p.member("pattern"))
		t.patternWords = "must fit the pattern that the service names"
	}
	if name := p.member("format").text(); name != "" {
		t.format = formats()[name]
		t.formatWords = "must be of the format " + name
	}
	if t.least == 0 && t.most < 0 && t.pattern == nil && t.format == nil {
		return nil
	}
	return t
}

// array compiles what is said of arrays.
func (c *compiler) array(p place) *array {
	a := &array{
		first:    c.list(p.member("prefixItems")),
		items:    c.optional(p, "items"),
		least:    c.count(p, "minItems", 0),
		most:     c.count(p, "maxItems", -1),
		unique:   p.member("uniqueItems").value == true,
		contains: c.optional(p, "contains"),
		leastFit: c.count(p, "minContains", 1),
		mostFit:  c.count(p, "maxContains", -1),
	}
	a.leastWords = "must have at least " + several(a.least, "element")
	a.mostWords = "must have at most " + several(a.most, "element")
	a.containsWords = "must have another number of elements of the form that the service names"
	if len(a.first) == 0 && a.items == nil && a.least == 0 && a.most < 0 && !a.unique && a.contains == nil {
		return nil
	}
	return a
}

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
