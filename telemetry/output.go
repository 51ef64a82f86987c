package telemetry

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Output writes lines to where they go without letting anybody wait for that: a reader who stalls would otherwise stall each
// request that has something to say. It is safe for concurrent use.
type Output struct {
	to      io.Writer
	room    int
	dropped atomic.Int64

	mu      sync.Mutex
	waiting []byte
	more    chan struct{} // has room for one, who is told that something waits
	end     chan struct{}
	ended   chan struct{}
	closing sync.Once
}

// NewOutput starts to write to a writer what it is given, of which room bytes may wait. Close ends it.
func NewOutput(to io.Writer, room int) *Output {
	o := &Output{
		to: to, room: room, more: make(chan struct{}, 1), end: make(chan struct{}), ended: make(chan struct{}),
	}
	go o.run()
	return o
}

// Write takes a line to be written, or drops it where there is no room. It does not wait.
func (o *Output) Write(line []byte) (int, error) {
	o.mu.Lock()
	fits := len(o.waiting)+len(line) <= o.room
	if fits {
		o.waiting = append(o.waiting, line...)
	}
	o.mu.Unlock()
	if !fits {
		o.dropped.Add(1)
		return len(line), nil
	}
	select {
	case o.more <- struct{}{}:
	default:
	}
	return len(line), nil
}

// Dropped is how many lines found no room, or could not be written.
func (o *Output) Dropped() int64 { return o.dropped.Load() }

// Close writes what waits, but for no longer than the given time. What is written to it afterwards is lost.
func (o *Output) Close(within time.Duration) {
	o.closing.Do(func() { close(o.end) })
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-o.ended:
	case <-timer.C:
	}
}

func (o *Output) run() {
	defer close(o.ended)
	var written []byte
	for {
		select {
		case <-o.more:
			written = o.flush(written)
		case <-o.end:
			o.flush(written)
			return
		}
	}
}

// flush writes all that waits. It takes memory to be used for what will wait meanwhile, and gives back some for the next time.
func (o *Output) flush(spare []byte) []byte {
	o.mu.Lock()
	text := o.waiting
	o.waiting = spare[:0]
	o.mu.Unlock()
	if len(text) > 0 {
		n, err := o.to.Write(text)
		if err != nil { // there is nowhere to say why
			o.dropped.Add(int64(bytes.Count(text[n:], []byte("\n"))))
		}
	}
	if cap(text) > usualLines { // what a burst took is not kept for ever
		return nil
	}
	return text
}

// usualLines is how many bytes wait in most cases.
const usualLines = 64 << 10
