// Package unpack answers what a text from outside holds that was packed as numbers and lengths. Nothing that it says is
// believed: of what is not there, or cannot be, nothing is read, and no memory is taken.
package unpack

import "encoding/binary"

// Reader takes things off a text. What is not there is 0, and the reader has failed: nothing more is there.
type Reader struct {
	rest   []byte
	failed bool
}

// New reads a text.
func New(text []byte) Reader { return Reader{rest: text} }

// Rest is what has not been taken.
func (r *Reader) Rest() []byte { return r.rest }

// Failed reports whether something was not there, or refused.
func (r *Reader) Failed() bool { return r.failed }

// Fail refuses what was read, and with it the rest.
func (r *Reader) Fail() { r.failed, r.rest = true, nil }

// Take takes so many bytes. They are the text's own, and nothing can be appended to them.
func (r *Reader) Take(n int) []byte {
	if n > len(r.rest) {
		r.Fail()
		return nil
	}
	taken := r.rest[:n:n]
	r.rest = r.rest[n:]
	return taken
}

// Byte takes one.
func (r *Reader) Byte() byte {
	if taken := r.Take(1); taken != nil {
		return taken[0]
	}
	return 0
}

// Uint64 takes a number of eight bytes, the lowest first.
func (r *Reader) Uint64() uint64 {
	if taken := r.Take(8); taken != nil {
		return binary.LittleEndian.Uint64(taken)
	}
	return 0
}

// Uvarint takes a number of variable length.
func (r *Reader) Uvarint() uint64 { return number(r, binary.Uvarint) }

// Varint takes a number of variable length that may be negative.
func (r *Reader) Varint() int64 { return number(r, binary.Varint) }

// Count takes how many things follow that take so many bytes each, at least: no more than most, and no more than there is room
// for.
func (r *Reader) Count(most, bytes int) int {
	n := r.Uvarint()
	if n > uint64(most) || n*uint64(bytes) > uint64(len(r.rest)) { //nolint:gosec // neither is negative
		r.Fail()
		return 0
	}
	return int(n) //nolint:gosec // it is small
}

func number[N int64 | uint64](r *Reader, read func([]byte) (N, int)) N {
	value, n := read(r.rest)
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.rest = r.rest[n:]
	return value
}
