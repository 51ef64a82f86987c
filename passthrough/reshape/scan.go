package reshape

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// enter steps into an array or object.
func (r *run) enter() error {
	r.depth++
	if r.depth > MaxDepth {
		return r.invalid("the text is nested too deep")
	}
	r.pos++
	return nil
}

// another returns the byte with which the next element or member begins, or 0 where end came instead, which it steps over.
func (s *source) another(first bool, end byte) (byte, error) {
	c, err := s.next()
	if err != nil {
		return 0, err
	}
	if c == end {
		s.pos++
		return 0, nil
	}
	if !first {
		if c != ',' {
			return 0, s.invalid("a comma is expected")
		}
		s.pos++
		if c, err = s.next(); err != nil {
			return 0, err
		}
	}
	if c == end || c == 0 || end == '}' && c != '"' {
		return 0, s.invalid("a value or a name is expected")
	}
	return c, nil
}

// name reads over the name of a member. Both results hold until more is read: it as written, and with its escapes undone.
func (r *run) name() (raw, name []byte, err error) {
	r.token = r.pos
	escaped, err := r.text()
	if err == nil && r.exceeds(r.pos) {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, nil, err
	}
	raw = r.buf[r.token:r.pos]
	r.token = -1
	if escaped {
		name, err = r.unquote(raw)
		return raw, name, err
	}
	return raw, raw[1 : len(raw)-1], nil
}

// unquote undoes the escapes of a text. The result holds until the next.
func (r *run) unquote(raw []byte) (text []byte, err error) {
	r.undone, err = jsontext.AppendUnquote(r.undone[:0], raw)
	return r.undone, err
}

// colon steps over the colon after a name, and returns the byte with which the value begins.
func (s *source) colon() (byte, error) {
	c, err := s.next()
	if err != nil {
		return 0, err
	}
	if c != ':' {
		return 0, s.invalid("a colon is expected")
	}
	s.pos++
	return s.next()
}

// once notes a name of the innermost object, whose names begin at first, and refuses one that was there before.
func (r *run) once(first int, name []byte) error {
	if r.names.add(first, name) {
		return r.invalid("an object has a name twice")
	}
	if len(r.names.text) > r.limit {
		return ErrTooLarge
	}
	return nil
}

// leaveOut reads over a value of a kind that is not taken.
func (r *run) leaveOut(c byte) error {
	if r.plan.strict && strings.IndexByte(`{["-0123456789tfn`, c) >= 0 {
		return &UnknownMember{Pointer: string(r.path), Misplaced: true}
	}
	return r.skip(c)
}

// skip reads over a value.
func (r *run) skip(c byte) error {
	switch c {
	case '{':
		return r.skipMembers()
	case '[':
		return r.skipElements()
	default:
		_, err := r.tokenOf(c)
		return err
	}
}

func (r *run) skipElements() error {
	if err := r.enter(); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := r.another(first, ']')
		if err != nil {
			return err
		}
		if c == 0 {
			r.depth--
			return nil
		}
		if err := r.skip(c); err != nil {
			return err
		}
	}
}

func (r *run) skipMembers() error {
	if err := r.enter(); err != nil {
		return err
	}
	names := len(r.names.known)
	for first := true; ; first = false {
		c, err := r.another(first, '}')
		if err != nil {
			return err
		}
		if c == 0 {
			r.names.forget(names)
			r.depth--
			return nil
		}
		if err := r.skipMember(names); err != nil {
			return err
		}
	}
}

func (r *run) skipMember(names int) error {
	_, name, err := r.name()
	if err != nil {
		return err
	}
	if err := r.once(names, name); err != nil {
		return err
	}
	return r.drop()
}

// drop reads over the value of a member whose name was read.
func (r *run) drop() error {
	c, err := r.colon()
	if err != nil {
		return err
	}
	return r.skip(c)
}
