package framing

import "sync"

// block is what a connection holds at first.
type block [4 << 10]byte

// held are bytes that were read and not handed on yet. A connection that holds none keeps no memory.
type held struct {
	pool  *sync.Pool
	block *block // that bytes lies in, or nil
	bytes []byte
	from  int
}

// all are the bytes that are held.
func (h *held) all() []byte { return h.bytes[h.from:] }

func (h *held) empty() bool { return len(h.bytes) == 0 }

// room is where more can be read into; added says how much was.
func (h *held) room() []byte {
	switch {
	case h.bytes == nil:
		h.block = h.pool.Get().(*block) //nolint:errcheck,forcetypeassert // nothing else is put there
		h.bytes = h.block[:0]
	case h.from > 0:
		h.bytes = h.bytes[:copy(h.bytes, h.all())]
		h.from = 0
	}
	if len(h.bytes) == cap(h.bytes) {
		more := append(make([]byte, 0, 2*cap(h.bytes)), h.bytes...)
		h.giveBack()
		h.bytes = more
	}
	return h.bytes[len(h.bytes):cap(h.bytes)]
}

func (h *held) added(n int) { h.bytes = h.bytes[:len(h.bytes)+n] }

// keep holds a copy of b.
func (h *held) keep(b []byte) {
	for len(b) > 0 {
		n := copy(h.room(), b)
		h.added(n)
		b = b[n:]
	}
}

// take copies what is held into p, at most limit bytes of it, and holds it no longer.
func (h *held) take(p []byte, limit int) int {
	n := copy(p, h.all()[:limit])
	h.skip(n)
	return n
}

// skip holds the first n bytes no longer.
func (h *held) skip(n int) {
	h.from += n
	if h.from == len(h.bytes) {
		h.drop()
	}
}

// drop holds nothing any more.
func (h *held) drop() {
	h.giveBack()
	h.bytes, h.from = nil, 0
}

func (h *held) giveBack() {
	if h.block != nil {
		h.pool.Put(h.block)
		h.block = nil
	}
}
