package validate

import "github.com/go-json-experiment/json/jsontext"

// Values of parameters and forms are texts. They are written as JSON, so that schemas see nothing else. What is made is complete
// JSON: equal values are found by it.

// makeNew begins a value.
func (t *tree) makeNew() { t.nodes, t.open, t.made = t.nodes[:0], t.open[:0], t.made[:0] }

// makeDone makes what was written the tree's text.
func (t *tree) makeDone() { t.text = t.made }

func (t *tree) makeBegin(kind kinds) {
	t.makeComma()
	t.begin(kind, len(t.made))
	t.made = append(t.made, map[bool]byte{true: '{', false: '['}[kind == anObject])
}

func (t *tree) makeEnd() {
	kind := t.nodes[t.open[len(t.open)-1]].kind
	t.made = append(t.made, map[bool]byte{true: '}', false: ']'}[kind == anObject])
	t.finish(len(t.made))
}

// makeName writes the name of the next member.
func (t *tree) makeName(name string) {
	t.makeComma()
	t.makeString(name)
	t.made = append(t.made, ':')
}

// makeText writes a text as the first kind of value that it can be read as and that may stand there.
func (t *tree) makeText(text string, allowed kinds) {
	t.makeComma()
	start := len(t.made)
	switch {
	case allowed&(aNumber|anInteger) != 0 && isNumber(text):
		t.made = append(t.made, text...)
		t.add(kindOfNumber(t.made[start:]), start, len(t.made))
	case allowed&aBoolean != 0 && (text == "true" || text == "false"):
		t.made = append(t.made, text...)
		t.add(aBoolean, start, len(t.made))
	default:
		t.makeString(text)
	}
}

func (t *tree) makeString(text string) {
	start := len(t.made)
	t.made, _ = jsontext.AppendQuote(t.made, text) // callers have seen that it is UTF-8
	t.add(aString, start, len(t.made))
}

func (t *tree) makeComma() {
	if n := len(t.made); n > 0 && t.made[n-1] != '[' && t.made[n-1] != '{' && t.made[n-1] != ':' {
		t.made = append(t.made, ',')
	}
}

// isNumber reports whether a text is a number as JSON writes it (RFC 8259, section 6).
func isNumber(text string) bool {
	text, _ = cut(text, "-")
	whole, rest := digits(text)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if after, ok := cut(rest, "."); ok {
		var fraction string
		if fraction, rest = digits(after); fraction == "" {
			return false
		}
	}
	if after, ok := cut(rest, "eE"); ok {
		after, _ = cut(after, "+-")
		var exponent string
		if exponent, rest = digits(after); exponent == "" {
			return false
		}
	}
	return rest == ""
}

// cut takes one of some characters from a text's beginning.
func cut(text, chars string) (rest string, ok bool) {
	for i := range chars {
		if text != "" && text[0] == chars[i] {
			return text[1:], true
		}
	}
	return text, false
}

func digits(text string) (found, rest string) {
	n := 0
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return text[:n], text[n:]
}
