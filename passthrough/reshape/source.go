package reshape

import (
	"errors"
	"io"
)

const (
	firstWindow = 8 << 10
	emptyReads  = 100
)

// errEnd is the end of the text. It is never wrapped.
var errEnd = errors.New("the text is over")

// source is the text that comes in: a window of what was read and not yet used.
type source struct {
	src    io.Reader    // nil where the window is all
	before func() error // runs before each read
	buf    []byte
	pos    int   // what comes next in buf
	token  int   // where in buf the token begins that is being read, -1 between tokens
	back   int   // where in buf it will be read again from, -1 for nowhere
	base   int64 // the offset of buf in the text
	begun  int64 // the offset of the record that is being read, -1 between records
	limit  int   // of a token and of a record, in bytes
	err    error // what src said last
}

// from begins a text. Without src, buf is all of it; else it is room for the window.
func (s *source) from(src io.Reader, buf []byte, limit int) {
	*s = source{src: src, before: s.before, buf: buf, token: -1, back: -1, begun: -1, limit: limit}
}

func (s *source) offset() int64 { return s.base + int64(s.pos) }

func (s *source) invalid(reason string) error { return &Invalid{Offset: s.offset(), Reason: reason} }

// cut is err, or what the end of the text means where it may not be over.
func (s *source) cut(err error) error {
	if err == errEnd { //nolint:errorlint // it is never wrapped
		return &Invalid{Offset: s.base + int64(len(s.buf)), Reason: "the text ends too early"}
	}
	return err
}

// more gets further bytes into the window, or says errEnd. What was used goes; the token that is being read stays, and
// what will be read again.
func (s *source) more() error {
	if s.src == nil {
		return errEnd
	}
	if s.exceeds(len(s.buf)) {
		return ErrTooLarge
	}
	if err := s.before(); err != nil {
		return err
	}
	s.slide()
	for range emptyReads {
		if s.err != nil {
			return s.failure()
		}
		var n int
		n, s.err = s.src.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

func (s *source) failure() error {
	if s.err == io.EOF { //nolint:errorlint // a reader says its end by io.EOF itself
		return errEnd
	}
	return s.err
}

// slide makes room in the window, at a cost that is no more than a part of that of reading.
func (s *source) slide() {
	used := s.pos
	if s.token >= 0 {
		used = s.token
	}
	if s.back >= 0 {
		used = s.back
	}
	kept := s.buf[used:]
	switch {
	case cap(s.buf) < firstWindow, used < len(kept) && len(s.buf) == cap(s.buf):
		s.buf = append(make([]byte, 0, max(firstWindow, 2*cap(s.buf))), kept...)
	case used >= len(kept):
		s.buf = s.buf[:copy(s.buf, kept)]
	default:
		return
	}
	s.base += int64(used)
	s.pos -= used
	s.token = max(s.token-used, -1)
	s.back = min(s.back, 0)
}

// exceeds reports whether the token or record that is being read, if it goes on to pos at least, is larger than allowed.
func (s *source) exceeds(pos int) bool {
	return s.token >= 0 && pos-s.token > s.limit || s.begun >= 0 && s.base+int64(pos)-s.begun > int64(s.limit)
}

// next steps over white space and returns the byte after it, which it does not step over.
func (s *source) next() (byte, error) {
	if s.pos < len(s.buf) && s.buf[s.pos] > ' ' {
		return s.buf[s.pos], nil
	}
	return s.nextSlow()
}

func (s *source) nextSlow() (byte, error) {
	c, err := s.blank()
	return c, s.cut(err)
}

// end refuses anything but white space until the text is over.
func (s *source) end() error {
	_, err := s.blank()
	if err == nil {
		return s.invalid("something follows the text")
	}
	if err == errEnd { //nolint:errorlint // it is never wrapped
		return nil
	}
	return err
}

func (s *source) blank() (byte, error) {
	for {
		for s.pos < len(s.buf) {
			c := s.buf[s.pos]
			if c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
				return c, nil
			}
			s.pos++
		}
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

// here returns the byte that comes next, 0 where the text is over.
func (s *source) here() (byte, error) {
	if s.pos == len(s.buf) {
		if err := s.more(); err != nil {
			if err == errEnd { //nolint:errorlint // it is never wrapped
				err = nil
			}
			return 0, err
		}
	}
	return s.buf[s.pos], nil
}

// need gets the next n bytes into the window.
func (s *source) need(n int) error {
	for len(s.buf)-s.pos < n {
		if err := s.more(); err != nil {
			return s.cut(err)
		}
	}
	return nil
}
