package changes

import (
	"encoding/base64"
	"strings"
)

// parser reads structured fields (RFC 9651, section 4.2). It has what is left to read.
type parser struct{ rest string }

func (p *parser) blanks(of string) { p.rest = strings.TrimLeft(p.rest, of) }

// skip reads a character if it is the next one.
func (p *parser) skip(c byte) (ok bool) {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// while reads characters of a set, and says how many.
func (p *parser) while(of string) (n int) {
	before := len(p.rest)
	p.blanks(of)
	return before - len(p.rest)
}

// text reads a string: printable ASCII, in which only quotes and backslashes are escaped.
func (p *parser) text() (value string, ok bool) {
	if !p.skip('"') {
		return "", false
	}
	var read strings.Builder
	for i := 0; i < len(p.rest); i++ {
		c := p.rest[i]
		switch {
		case c == '"':
			p.rest = p.rest[i+1:]
			return read.String(), true
		case c == '\\':
			i++
			if i == len(p.rest) || p.rest[i] != '"' && p.rest[i] != '\\' {
				return "", false
			}
			c = p.rest[i]
		case c < ' ' || c > '~':
			return "", false
		}
		read.WriteByte(c)
	}
	return "", false
}

const (
	digits  = "0123456789"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	letters = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// parameters reads what stands behind a member. None means anything here.
func (p *parser) parameters() (ok bool) {
	for p.skip(';') {
		p.blanks(" ")
		if p.rest == "" || !strings.ContainsRune(lower+"*", rune(p.rest[0])) {
			return false
		}
		p.while(lower + digits + "_-.*")
		if p.skip('=') && !p.item() {
			return false
		}
	}
	return true
}

// item reads a bare item of any type.
func (p *parser) item() (ok bool) {
	if p.rest == "" {
		return false
	}
	switch c := p.rest[0]; {
	case c == '"':
		_, ok = p.text()
		return ok
	case c == '-' || strings.IndexByte(digits, c) >= 0:
		return p.number(true)
	case c == '@':
		p.skip('@')
		return p.number(false)
	case c == '?':
		p.skip('?')
		return p.skip('0') || p.skip('1')
	case c == ':':
		return p.bytes()
	case c == '%':
		return p.display()
	case c == '*' || strings.IndexByte(letters, c) >= 0:
		p.while(letters + digits + "!#$%&'*+-.^_`|~:/")
		return true
	default:
		return false
	}
}

// number reads an integer of up to 15 digits, or a decimal of up to 12 and 3.
func (p *parser) number(decimal bool) (ok bool) {
	p.skip('-')
	whole := p.while(digits)
	if !decimal || !p.skip('.') {
		return 0 < whole && whole <= 15
	}
	part := p.while(digits)
	return 0 < whole && whole <= 12 && 0 < part && part <= 3
}

// bytes reads a byte sequence.
func (p *parser) bytes() (ok bool) {
	content, rest, ok := strings.Cut(p.rest[1:], ":")
	p.rest = rest
	_, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(content, "="))
	return ok && err == nil
}

// display reads a display string: percents stand for bytes that are no printable ASCII. What they spell is nobody's concern here.
func (p *parser) display() (ok bool) {
	content, found := strings.CutPrefix(p.rest, `%"`)
	content, rest, ended := strings.Cut(content, `"`)
	p.rest = rest
	if !found || !ended {
		return false
	}
	for i := 0; i < len(content); i++ {
		switch c := content[i]; {
		case c < ' ' || c > '~':
			return false
		case c != '%':
		case i+2 >= len(content) || !isHex(content[i+1]) || !isHex(content[i+2]):
			return false
		default:
			i += 2
		}
	}
	return true
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }
