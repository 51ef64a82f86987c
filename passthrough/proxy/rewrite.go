package proxy

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// forgetBody removes what the service said about a body that will be another. A tag that stood for its very bytes stands for what
// it means (RFC 9110, section 8.8.1).
func (a *answer) forgetBody() {
	header := a.res.Header
	for _, name := range [...]string{
		"Content-Length", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest", "Accept-Ranges",
	} {
		delete(header, name)
		delete(a.res.Trailer, name)
	}
	if tags := header["Etag"]; len(tags) > 0 && strings.HasPrefix(tags[0], `"`) {
		header["Etag"] = []string{"W/" + tags[0]}
	}
}

// rewrite sends what body makes of the answer's.
func (a *answer) rewrite(body func(dst io.Writer, src io.Reader) error) error {
	length := a.res.ContentLength
	a.res.ContentLength = -1
	if a.bodiless() {
		a.begin()
		return nil
	}
	dst := &held{answer: a}
	defer dst.release()
	src := &source{held: dst, body: a.res.Body, patient: length >= 0}
	if whole, ok := a.res.Body.(*attempt.Whole); ok && src.patient {
		src.rest, src.err = whole.Text(), io.EOF // nothing has to be copied to be read
	}
	defer src.release()
	if err := body(dst, src); err != nil {
		return dst.failure(src, err)
	}
	return dst.end()
}

// held is a body that is held back while it is short, so that it can have a length, and another answer can still take its place.
type held struct {
	answer *answer
	buffer *[bufferBytes]byte
	n      int
	err    error // of the client's side
}

// failure tells whose fault it was that body failed.
func (h *held) failure(src *source, err error) error {
	known := new(problem.Error)
	switch {
	case h.err != nil:
		return h.err
	case src.err != nil && !errors.Is(src.err, io.EOF):
		return h.answer.brokeOff(src.err)
	case errors.As(err, &known):
		return err
	default:
		return problem.Wrap(problem.UpstreamError, err, "")
	}
}

// Write holds back what fits.
func (h *held) Write(p []byte) (int, error) {
	if h.buffer == nil {
		h.buffer, _ = buffers.Get().(*[bufferBytes]byte)
	}
	if h.n+len(p) > len(h.buffer) {
		if err := h.spill(); err != nil {
			return 0, err
		}
	}
	if len(p) > len(h.buffer) {
		return h.send(p)
	}
	h.n += copy(h.buffer[h.n:], p)
	return len(p), nil
}

// spill writes what was held back.
func (h *held) spill() error {
	if !h.answer.begun {
		h.answer.begin()
	}
	if h.n == 0 {
		return h.err
	}
	_, err := h.send(h.buffer[:h.n])
	h.n = 0
	return err
}

func (h *held) send(p []byte) (int, error) {
	n, err := h.answer.w.Write(p)
	if err != nil {
		h.err = left(err)
	}
	return n, h.err
}

// flush sends what was held back.
func (h *held) flush() error {
	if h.n == 0 {
		return h.err
	}
	if err := h.spill(); err != nil {
		return err
	}
	h.err = h.answer.flush()
	return h.err
}

// end sends the rest. Where that is all, and no trailers follow it, its length goes first.
func (h *held) end() error {
	a := h.answer
	a.late.settle(a)
	if !a.begun && !a.hasTrailers() {
		a.res.ContentLength = int64(h.n)
	}
	if err := h.spill(); err != nil {
		return err
	}
	return a.sendTrailers()
}

func (h *held) release() {
	if h.buffer != nil && h.err == nil { // after a Write that failed it may still be sent from, as in pass
		buffers.Put(h.buffer)
	}
	h.buffer = nil
}

// source is the service's body. It reads as much as there is, so that it knows when it would have to wait.
type source struct {
	held    *held
	body    io.Reader
	patient bool // the length is known, so the end is near enough to wait for
	buffer  *[bufferBytes]byte
	rest    []byte
	err     error
}

// Read sends what was held back before it waits, unless all of the body is announced and nothing was sent yet.
func (s *source) Read(p []byte) (int, error) {
	if len(s.rest) == 0 && s.err == nil {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	if len(s.rest) == 0 {
		return n, s.err
	}
	return n, nil
}

func (s *source) fill() error {
	if s.buffer == nil {
		s.buffer, _ = buffers.Get().(*[bufferBytes]byte)
	}
	if !s.patient || s.held.answer.begun {
		if err := s.held.flush(); err != nil {
			return err
		}
	}
	n, err := s.body.Read(s.buffer[:])
	s.rest, s.err = s.buffer[:n], err
	return nil
}

func (s *source) release() {
	if s.buffer != nil {
		buffers.Put(s.buffer)
	}
	s.buffer, s.rest = nil, nil
	if s.err == nil {
		s.err = http.ErrBodyReadAfterClose
	}
}
