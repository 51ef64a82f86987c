package demo

import (
	"bytes"
	"crypto/sha256"
	"io"
	"maps"
	"net/http"
	"sync"
)

// idempotencyKey is the field by which a client names a write, so that it may repeat it
// (draft-ietf-httpapi-idempotency-key-header-07).
const idempotencyKey = "Idempotency-Key"

// The bounds of what is remembered of writes.
const (
	maxKeptWrites = 10_000
	maxKeyLength  = 255
)

// writes are the last writes with a key that a service was asked for.
type writes struct {
	mu    sync.Mutex
	byKey map[string]*write
	ring  []string // the keys, from the oldest on; the newest replaces the oldest
	seen  int
}

// write is what became of one: also a refusal is its answer.
type write struct {
	request [sha256.Size]byte
	done    bool
	answer  answer
	err     error
}

// once are a resource's operations, of which those that write do their work once for each key.
func (w *writes) once(operations resource) resource {
	operations = maps.Clone(operations)
	for method, operate := range operations {
		if method != http.MethodGet {
			operations[method] = func(r *http.Request) (answer, error) { return w.operate(r, operate) }
		}
	}
	return operations
}

func (w *writes) operate(r *http.Request, operate operation) (answer, error) {
	keys := r.Header.Values(idempotencyKey)
	if len(keys) == 0 {
		return operate(r)
	}
	if len(keys) > 1 || keys[0] == "" || len(keys[0]) > maxKeyLength {
		return answer{}, badRequest("the Idempotency-Key must be one text of 1 to 255 characters")
	}
	request, err := digest(r)
	if err != nil {
		return answer{}, err
	}
	mine, first := w.begin(keys[0], request)
	if !first {
		return w.again(mine, request)
	}
	done, err := operate(r)
	w.end(mine, done, err)
	return done, err
}

// begin finds the write that has a key, or makes the key stand for a new one.
func (w *writes) begin(key string, request [sha256.Size]byte) (known *write, first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, ok := w.byKey[key]; ok {
		return known, false
	}
	if w.byKey == nil {
		w.byKey = make(map[string]*write)
	}
	if len(w.ring) < maxKeptWrites {
		w.ring = append(w.ring, key)
	} else {
		delete(w.byKey, w.ring[w.seen%maxKeptWrites])
		w.ring[w.seen%maxKeptWrites] = key
	}
	w.seen++
	w.byKey[key] = &write{request: request}
	return w.byKey[key], true
}

func (w *writes) end(mine *write, done answer, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	mine.done, mine.answer, mine.err = true, done, err
}

// again answers a request whose key is known, as section 2.6 of the draft has it.
func (w *writes) again(known *write, request [sha256.Size]byte) (answer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case known.request != request:
		return answer{}, keyReused()
	case !known.done:
		return answer{}, underWay()
	default:
		return known.answer, known.err
	}
}

// digest tells requests apart. An encoded URI has no line break, so that nothing of it can be taken for the body.
func digest(r *http.Request) (sum [sha256.Size]byte, err error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return sum, badRequest("the body ended early")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	text := append([]byte(r.Method+" "+r.URL.RequestURI()+"\n"), body...)
	return sha256.Sum256(text), nil
}
