package rules

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// item reads a bare item (RFC 9651, 4.2.3.1), as the argument of a directive that it stands for. Types that no directive takes
// are told as broken.
func (p *parser) item() (text string, s shape, ok bool) {
	switch c := p.next(); {
	case c == '-' || isDigit(c):
		return p.number()
	case c == '"':
		return p.quotedText()
	case c == '*' || isLower(c|0x20):
		return p.while(1, func(c byte) bool { return isTokenChar(c) || c == ':' || c == '/' }), token, true
	case c == ':':
		return "", broken, p.bytes()
	case c == '?':
		return p.boolean()
	case c == '@':
		p.skip('@')
		_, s, ok = p.number()
		return "", broken, ok && s == token
	case c == '%':
		return "", broken, p.display()
	default:
		return "", broken, false
	}
}

// number reads an integer of up to 15 digits, or a decimal of up to 12 and 3, which is broken because no directive takes one.
func (p *parser) number() (text string, s shape, ok bool) {
	sign := ""
	if p.skip('-') {
		sign = "-"
	}
	whole := p.while(0, isDigit)
	if !p.skip('.') {
		return sign + whole, token, 0 < len(whole) && len(whole) <= 15
	}
	part := p.while(0, isDigit)
	return "", broken, 0 < len(whole) && len(whole) <= 12 && 0 < len(part) && len(part) <= 3
}

// quotedText reads a string: printable ASCII, in which only quotes and backslashes are escaped.
func (p *parser) quotedText() (text string, s shape, ok bool) {
	length := quotedLength(p.rest)
	if length == 0 {
		return "", broken, false
	}
	text, p.rest = p.rest[1:length-1], p.rest[length:]
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
			if text[i] != '"' && text[i] != '\\' {
				return "", broken, false
			}
		case c < ' ' || c > '~':
			return "", broken, false
		}
	}
	return unescaped(text), quoted, true
}

// boolean reads ?1, which means the same as no argument, or ?0, which no directive takes.
func (p *parser) boolean() (text string, s shape, ok bool) {
	p.skip('?')
	switch {
	case p.skip('1'):
		return "", bare, true
	default:
		return "", broken, p.skip('0')
	}
}

// bytes reads a byte sequence. A lenient parser takes it without its padding.
func (p *parser) bytes() bool {
	content, rest, ok := strings.Cut(p.rest[1:], ":")
	p.rest = rest
	_, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(content, "="))
	return ok && err == nil
}

// display reads a display string: UTF-8 of which what is not ASCII is written in percents, by lower case.
func (p *parser) display() bool {
	if !p.skip('%') || !p.skip('"') {
		return false
	}
	content, rest, ok := strings.Cut(p.rest, `"`)
	if p.rest = rest; !ok || strings.ContainsFunc(content, func(r rune) bool { return r < ' ' || r > '~' }) {
		return false
	}
	pieces := strings.Split(content, "%")
	decoded := []byte(pieces[0])
	for _, piece := range pieces[1:] {
		if len(piece) < 2 || strings.ToLower(piece[:2]) != piece[:2] {
			return false
		}
		octet, err := hex.DecodeString(piece[:2])
		if err != nil {
			return false
		}
		decoded = append(append(decoded, octet...), piece[2:]...)
	}
	return utf8.Valid(decoded)
}
