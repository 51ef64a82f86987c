package graphqlhttp

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// plain reads JSON as nearly all clients write it, in a tenth of the time that encoding/json takes: that was an eighth of all
// that a request costs whose answer is known. Whatever is wrong, or means something only by a rule of encoding/json, it leaves to
// that: it says not ok, and never why. What it does read, encoding/json reads as the same.
type plain struct {
	text  []byte
	at    int
	depth int
}

// maxPlainDepth bounds how deep values lie within each other, since each takes of the stack.
const maxPlainDepth = 32

// members reads the one object that a text holds, and hands on the name of each member. take reads the value, and says whether it
// could. Two members of one name are not ok.
func (p *plain) members(take func(name string) bool) bool {
	var room [8]string
	seen := room[:0]
	ok := p.object(func(name string) bool {
		if slices.Contains(seen, name) {
			return false
		}
		seen = append(seen, name)
		return take(name)
	})
	p.blanks()
	return ok && p.at == len(p.text)
}

// object reads an object, and hands on the name of each member.
func (p *plain) object(take func(name string) bool) bool {
	if !p.next('{') {
		return false
	}
	if p.next('}') {
		return true
	}
	for {
		name, ok := p.string()
		if !ok || !p.next(':') || !take(name) {
			return false
		}
		if !p.next(',') {
			return p.next('}')
		}
	}
}

// value reads any value, with the digits of numbers as they came.
func (p *plain) value() (value any, ok bool) {
	p.blanks()
	if p.at == len(p.text) {
		return nil, false
	}
	switch p.text[p.at] {
	case '"':
		return p.string()
	case '{':
		return p.values()
	case '[':
		return p.list()
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	default:
		return p.number()
	}
}

// all reads the object that a text is.
func (p *plain) all() (values map[string]any, ok bool) {
	values, ok = p.values()
	p.blanks()
	return values, ok && p.at == len(p.text)
}

// values reads an object of any values. Of two members of one name the last counts.
func (p *plain) values() (all map[string]any, ok bool) {
	p.depth++
	if p.depth > maxPlainDepth {
		return nil, false
	}
	all = make(map[string]any)
	ok = p.object(func(name string) (ok bool) {
		all[name], ok = p.value()
		return ok
	})
	p.depth--
	return all, ok
}

// null reads the word that stands for nothing, where it comes next.
func (p *plain) null() bool {
	p.blanks()
	return p.word("null")
}

func (p *plain) list() (all []any, ok bool) {
	p.depth++
	if p.depth > maxPlainDepth || !p.next('[') {
		return nil, false
	}
	all = []any{}
	for first := true; !p.next(']'); first = false {
		if !first && !p.next(',') {
			return nil, false
		}
		each, ok := p.value()
		if !ok {
			return nil, false
		}
		all = append(all, each)
	}
	p.depth--
	return all, true
}

// number reads what encoding/json takes for a number, and only that: a comma or a bracket follows, or a blank.
func (p *plain) number() (number json.Number, ok bool) {
	rest := p.text[p.at:]
	length := bytes.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune("+-.0123456789Ee", r) })
	if length < 0 {
		length = len(rest)
	}
	if !json.Valid(rest[:length]) {
		return "", false
	}
	p.at += length
	return json.Number(rest[:length]), true
}

// string reads a text.
func (p *plain) string() (text string, ok bool) {
	if !p.next('"') {
		return "", false
	}
	from, escapes, high := p.at, false, false
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			raw := p.text[from:p.at]
			p.at++
			if high && !utf8.Valid(raw) {
				return "", false // encoding/json puts another character there
			}
			if !escapes {
				return string(raw), true
			}
			return unescape(raw)
		case c == '\\':
			escapes = true
			p.at++
		case c < ' ':
			return "", false
		case c >= utf8.RuneSelf:
			high = true
		}
	}
	return "", false
}

// unescape is the text that a string with escapes stands for.
func unescape(raw []byte) (text string, ok bool) {
	var to strings.Builder
	to.Grow(len(raw))
	for {
		before, after, more := bytes.Cut(raw, []byte{'\\'})
		to.Write(before)
		if !more {
			return to.String(), true
		}
		r, length := escaped(after)
		if length == 0 {
			return "", false
		}
		to.WriteRune(r)
		raw = after[length:]
	}
}

// escaped is the character that an escape stands for, and the length of that without its backslash: 0 where it is none, or half
// of a character.
func escaped(text []byte) (r rune, length int) {
	if len(text) == 0 {
		return 0, 0
	}
	switch text[0] {
	case '"', '\\', '/':
		return rune(text[0]), 1
	case 'b':
		return '\b', 1
	case 'f':
		return '\f', 1
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 't':
		return '\t', 1
	case 'u':
		return escapedCode(text)
	default:
		return 0, 0
	}
}

func escapedCode(text []byte) (r rune, length int) {
	const all = len("u0000")
	if len(text) < all {
		return 0, 0
	}
	code, err := strconv.ParseUint(string(text[1:all]), 16, 16)
	if err != nil || !utf8.ValidRune(rune(code)) {
		return 0, 0
	}
	return rune(code), all
}

// word reads a word of the language.
func (p *plain) word(word string) bool {
	if !bytes.HasPrefix(p.text[p.at:], []byte(word)) {
		return false
	}
	p.at += len(word)
	return true
}

// next reads a character where it comes next.
func (p *plain) next(c byte) bool {
	p.blanks()
	if p.at == len(p.text) || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *plain) blanks() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}
