package reshape

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// tokenOf reads over a text, number or literal that begins with c. The result is as written, and holds until more is read.
func (s *source) tokenOf(c byte) (raw []byte, err error) {
	s.token = s.pos
	switch c {
	case '"':
		_, err = s.text()
	case 't':
		err = s.literal("true")
	case 'f':
		err = s.literal("false")
	case 'n':
		err = s.literal("null")
	default:
		err = s.number(c)
	}
	if err == nil && s.exceeds(s.pos) {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, err
	}
	raw = s.buf[s.token:s.pos]
	s.token = -1
	return raw, nil
}

func (s *source) literal(word string) error {
	if err := s.need(len(word)); err != nil {
		return err
	}
	if string(s.buf[s.pos:s.pos+len(word)]) != word {
		return s.invalid("a value is expected")
	}
	s.pos += len(word)
	return nil
}

// number reads over a number (RFC 8259, section 6).
func (s *source) number(c byte) (err error) {
	if c == '-' {
		s.pos++
		if c, err = s.here(); err != nil {
			return err
		}
	}
	if c == '0' {
		s.pos++
		c, err = s.here()
	} else {
		c, err = s.digits()
	}
	if err == nil && c == '.' {
		s.pos++
		c, err = s.digits()
	}
	if err == nil && c|0x20 == 'e' {
		return s.exponent()
	}
	return err
}

func (s *source) exponent() error {
	s.pos++
	c, err := s.here()
	if err == nil && (c == '+' || c == '-') {
		s.pos++
	}
	if err == nil {
		_, err = s.digits()
	}
	return err
}

// digits reads over one digit or more, and returns the byte after them, 0 where the text is over.
func (s *source) digits() (byte, error) {
	for some := false; ; some = true {
		c, err := s.here()
		switch {
		case err != nil:
			return 0, err
		case isDigit(c):
			s.pos++
		case !some:
			return 0, s.invalid("a value is expected")
		default:
			return c, nil
		}
	}
}

// text reads over a text, and reports whether it has escapes.
func (s *source) text() (escaped bool, err error) {
	s.pos++
	for {
		s.pos += plainLen(s.buf[s.pos:])
		if s.pos == len(s.buf) {
			if err := s.more(); err != nil {
				return false, s.cut(err)
			}
			continue
		}
		switch c := s.buf[s.pos]; {
		case c == '"':
			s.pos++
			return escaped, nil
		case c == '\\':
			escaped = true
			err = s.escape()
		case c < ' ':
			err = s.invalid("a text has a control character")
		default:
			err = s.rune()
		}
		if err != nil {
			return false, err
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plainLen is how many bytes stand before the first that ends a text, is escaped, or is not ASCII. It looks at eight at a time:
// a byte is zero where subtracting one sets its high bit and it had none (Warren, Hacker's Delight, section 6-1).
func plainLen(b []byte) int {
	n := 0
	for ; len(b)-n >= 8; n += 8 {
		w := binary.LittleEndian.Uint64(b[n:])
		quote, slash := w^'"'*ones, w^'\\'*ones
		special := ((quote-ones)&^quote | (slash-ones)&^slash | (w-' '*ones)&^w | w) & highs
		if special != 0 {
			return n + bits.TrailingZeros64(special)/8
		}
	}
	for ; n < len(b); n++ {
		if c := b[n]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
	}
	return n
}

func (s *source) rune() error {
	for !utf8.FullRune(s.buf[s.pos:]) {
		if err := s.more(); err != nil {
			return s.cut(err)
		}
	}
	r, size := utf8.DecodeRune(s.buf[s.pos:])
	if r == utf8.RuneError && size == 1 {
		return s.invalid("a text is not UTF-8")
	}
	s.pos += size
	return nil
}

// escape reads over an escape. Surrogates come in pairs: others have no meaning (RFC 8259, section 8.2).
func (s *source) escape() error {
	if err := s.need(2); err != nil {
		return err
	}
	switch s.buf[s.pos+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos += 2
		return nil
	}
	first, err := s.unit()
	if err != nil || !utf16.IsSurrogate(first) {
		return err
	}
	second, err := s.unit()
	if err != nil {
		return err
	}
	if utf16.DecodeRune(first, second) == utf8.RuneError {
		return s.invalid("a text has half a surrogate pair")
	}
	return nil
}

// unit reads over \u and four digits.
func (s *source) unit() (rune, error) {
	if err := s.need(6); err != nil {
		return 0, err
	}
	digits := s.buf[s.pos : s.pos+6]
	if digits[0] != '\\' || digits[1] != 'u' {
		return 0, s.invalid("a text has an unknown escape")
	}
	var r rune
	for _, c := range digits[2:] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, s.invalid("a text has an unknown escape")
		}
	}
	s.pos += 6
	return r, nil
}
