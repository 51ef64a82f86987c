package attempt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/concierge-gateway/concierge/lent"
	"github.com/concierge-gateway/concierge/pressure"
)

// Whole is the body of an answer that has been read to its end.
type Whole struct {
	bytes.Reader
	text   []byte
	called bool
	owner  lent.Memory // of the text, nil where that is nobody else's
}

// NewWhole is a body that is here already. called says that a call was made for it. The text is not copied, and nobody may
// change it any more.
func NewWhole(text []byte, called bool) *Whole {
	w := new(Whole)
	w.Hold(text, called)
	return w
}

// Hold makes it what NewWhole returns, in memory that there is already.
func (w *Whole) Hold(text []byte, called bool) {
	w.text, w.called = text, called
	w.Reset(text)
}

// Lend is Hold for an answer to a call whose text lies in memory that its owner would have back. The owner gets it only where
// Borrow was called; otherwise the memory is the garbage collector's.
func (w *Whole) Lend(text []byte, owner lent.Memory) {
	w.Hold(text, true)
	w.owner = owner
}

// Borrow makes the text last until the lease that ctx belongs to ends, where it lies in memory that is lent, and for ever where
// there is no lease: then it is copied. It is for whoever has got the answer in the end, and nobody else has read from it.
func (w *Whole) Borrow(ctx context.Context) {
	if w.owner == nil || lent.Of(ctx).Take(w) {
		return
	}
	text := bytes.Clone(w.text) // which clears no memory before, as make would
	w.GiveBack()
	w.Hold(text, w.called)
}

// GiveBack implements lent.Memory. Memory that was given back already is somebody else's by now.
func (w *Whole) GiveBack() {
	owner := w.owner
	if owner == nil {
		return
	}
	lent.Spoil(w.text)
	w.owner = nil
	w.Hold(nil, w.called)
	owner.GiveBack()
}

// Text is all of it. Nobody may change it.
func (w *Whole) Text() []byte { return w.text }

// Called reports whether a call was made for the answer, and it was neither kept nor somebody else's.
func (w *Whole) Called() bool { return w.called }

// Close does nothing: the connection has been given back.
func (*Whole) Close() error { return nil }

// ErrIncomplete says that an answer does not end as it begins.
var ErrIncomplete = errors.New("the answer is not a whole JSON value")

// ErrTooLarge says that an answer is longer than is read of it.
var ErrTooLarge = errors.New("the answer is larger than max_response")

// BodyError is an answer whose header came and whose body did not, or not as announced.
type BodyError struct{ Err error }

// Error says what happened to the body.
func (e *BodyError) Error() string { return "read answer: " + e.Err.Error() }

// Unwrap is what happened to the body.
func (e *BodyError) Unwrap() error { return e.Err }

// Read takes in the whole body of an answer, at most limit bytes, and leaves it there to be read again. One that has been taken
// in before is returned as it is. Any error is a *BodyError.
func Read(res *http.Response, limit int64) ([]byte, error) {
	if whole, ok := res.Body.(*Whole); ok {
		return whole.text, nil
	}
	body := res.Body
	defer body.Close()
	whole, err := readAll(res, limit)
	if err != nil {
		return nil, &BodyError{err}
	}
	res.Body = whole
	return whole.text, nil
}

// Take takes in the body of an answer where all of it is here already, as its AtHand says: nobody has to watch over it then, and
// its connection can be used again at once. Any other body is left as it is.
func Take(res *http.Response) {
	if whole, ok := atHand(res.Body); ok {
		res.Body = whole
	}
}

// atHand is all of a body, if it says that it has that already.
func atHand(body io.Reader) (whole *Whole, ok bool) {
	if body, is := body.(interface{ AtHand() (*Whole, bool) }); is {
		return body.AtHand()
	}
	return nil, false
}

// Taken reports whether the body of an answer has been read to its end.
func Taken(res *http.Response) bool {
	_, ok := res.Body.(*Whole)
	return ok || res.Body == nil || res.Body == http.NoBody
}

func readAll(res *http.Response, limit int64) (*Whole, error) {
	whole, err := readWhole(res, limit)
	if err == nil && !Intact(res, whole.text) {
		return nil, ErrIncomplete
	}
	return whole, err
}

// Intact reports whether a body may be all that there is of an answer: JSON must end as it begins.
func Intact(res *http.Response, text []byte) bool { return !bringsJSON(res) || looksWhole(text) }

// bringsJSON reports whether what was asked for comes as JSON. Of a failure, the status says enough.
func bringsJSON(res *http.Response) bool {
	media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	success := res.StatusCode >= 200 && res.StatusCode <= 299
	return success && res.Body != http.NoBody && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// looksWhole reports whether text ends as JSON that begins so. An answer that announces less than it has, or a page that says
// that something is broken, is found at the cost of two bytes; what else is wrong with it is for its reader to find.
func looksWhole(text []byte) bool {
	text = bytes.Trim(text, " \t\r\n")
	if len(text) == 0 {
		return false
	}
	last := text[len(text)-1]
	switch first := text[0]; first {
	case '{':
		return last == '}'
	case '[':
		return last == ']'
	case '"':
		return last == '"' && len(text) > 1
	default: // a number, true, false or null
		return strings.IndexByte("-0123456789tfn", first) >= 0
	}
}

// heldEach is what a byte of an answer takes of memory: itself, the records that are cut out of it, and what is written of them.
const heldEach = 3

// askedBy is the context of the request that is answered, where what it holds may be refused. The answer to a write is taken in
// any case: it has happened, and whoever heard that there was no room would ask for it again.
func askedBy(res *http.Response) context.Context {
	if res.Request == nil || res.Request.Method != http.MethodGet && res.Request.Method != http.MethodHead {
		return context.Background()
	}
	return res.Request.Context()
}

func readWhole(res *http.Response, limit int64) (*Whole, error) {
	if res.ContentLength >= 0 && res.ContentLength <= limit {
		if whole, ok := atHand(res.Body); ok {
			return whole, nil
		}
	}
	text, err := readText(res, limit)
	if err != nil {
		return nil, err
	}
	return NewWhole(text, true), nil
}

func readText(res *http.Response, limit int64) ([]byte, error) {
	switch {
	case res.Body == http.NoBody: // to HEAD, whatever length it announces
		return nil, nil
	case res.ContentLength > limit:
		return nil, ErrTooLarge
	case res.ContentLength >= 0:
		if err := pressure.From(askedBy(res)).Take(res.ContentLength * heldEach); err != nil {
			return nil, err //nolint:wrapcheck // it is said to the caller as it is
		}
		return readExactly(res.Body, int(res.ContentLength))
	}
	text, err := io.ReadAll(io.LimitReader(pressure.Reader(askedBy(res), res.Body, heldEach), limit+1))
	if int64(len(text)) > limit {
		return nil, ErrTooLarge
	}
	return text, err
}

// readExactly reads a body whose length was announced, and its end: only then can its connection be used again.
func readExactly(body io.Reader, length int) ([]byte, error) {
	text := make([]byte, length+1)
	switch n, err := io.ReadFull(body, text); {
	case n > length:
		return nil, ErrTooLarge
	case n < length && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return nil, io.ErrUnexpectedEOF
	case n < length:
		return nil, err
	}
	return text[:length:length], nil
}

// OnClose calls f once the answer's body is closed: at once where it has been read already.
func OnClose(res *http.Response, f func()) {
	if Taken(res) {
		f()
		return
	}
	switch body := res.Body.(type) {
	case io.ReadWriteCloser: // a connection that changed its protocol
		res.Body = &watchedStream{watchedBody: watchedBody{ReadCloser: body, closed: f}, Writer: body}
	default:
		res.Body = &watchedBody{ReadCloser: body, closed: f}
	}
}

type watchedBody struct {
	io.ReadCloser
	closed func()
	done   atomic.Bool
}

func (b *watchedBody) Close() error {
	if b.done.CompareAndSwap(false, true) {
		defer b.closed()
	}
	return b.ReadCloser.Close()
}

type watchedStream struct {
	watchedBody
	io.Writer
}

// CloseWrite ends one direction, where the connection can.
func (s *watchedStream) CloseWrite() error { return CloseWrite(s.Writer) }

// CloseWrite ends the writing to a stream whose other direction goes on.
func CloseWrite(stream any) error {
	if half, ok := stream.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
