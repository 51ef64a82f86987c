package stored

import (
	"sync/atomic"
	"time"
)

const (
	// mostWrites are put into one pipeline.
	mostWrites = 64
	// mostWritten is about what one pipeline takes of values, in bytes: those who read have the same connection, and wait behind it.
	mostWritten = 128 << 10
)

// write is a value that is to be written.
type write struct {
	name  string
	data  []byte
	until time.Time
}

// size is what it takes of memory while it waits.
func (w write) size() int64 { return int64(len(w.name)+len(w.data)) + bookkeeping }

// queue is what waits to be written, or is being written, bounded in number and in memory.
type queue struct {
	waiting chan write
	bytes   atomic.Int64
	most    int64
}

func newQueue(writes int, most int64) *queue {
	return &queue{waiting: make(chan write, writes), most: most}
}

// put is false where there is no room.
func (q *queue) put(w write) bool {
	if q.bytes.Add(w.size()) <= q.most {
		select {
		case q.waiting <- w:
			return true
		default:
		}
	}
	q.release(w)
	return false
}

// release is for what is not held any more.
func (q *queue) release(writes ...write) {
	for _, w := range writes {
		q.bytes.Add(-w.size())
	}
}

// more is a first write, and those that wait behind it, as far as one pipeline takes them.
func (q *queue) more(first write) []write {
	writes, size := []write{first}, len(first.data)
	for len(writes) < mostWrites && size < mostWritten {
		select {
		case w := <-q.waiting:
			writes, size = append(writes, w), size+len(w.data)
		default:
			return writes
		}
	}
	return writes
}

// empty drops what waits, and says how much that was.
func (q *queue) empty() (dropped int) {
	for {
		select {
		case w := <-q.waiting:
			q.release(w)
			dropped++
		default:
			return dropped
		}
	}
}
