package attempt

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

func TestHowAttemptsEnd(t *testing.T) {
	ended := func(cause error) context.Context {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(cause)
		return ctx
	}
	plain := context.Background()
	reset := &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}
	for name, c := range map[string]struct {
		ctx             context.Context
		status          int
		err             error
		want            Outcome
		failure, counts bool
	}{
		"an answer":                   {plain, 200, nil, Answered, false, true},
		"a refusal":                   {plain, 404, nil, Answered, false, true},
		"too many calls":              {plain, 429, nil, Limited, false, true},
		"a failure":                   {plain, 500, nil, Failed, true, true},
		"an overload":                 {plain, 503, nil, Overloaded, true, true},
		"a gateway's time-out":        {plain, 504, nil, Failed, true, true},
		"no connection":               {plain, 0, &net.OpError{Op: "dial", Err: errors.New("refused")}, Unreachable, true, true},
		"not TLS":                     {plain, 0, fmt.Errorf("send: %w", tls.RecordHeaderError{}), Unreachable, true, true},
		"a strange certificate":       {plain, 0, &tls.CertificateVerificationError{}, Unreachable, true, true},
		"a reset":                     {plain, 0, reset, Broken, true, true},
		"half an answer":              {plain, 0, &BodyError{io.ErrUnexpectedEOF}, Broken, true, true},
		"too much of an answer":       {plain, 0, &BodyError{ErrTooLarge}, Oversized, false, true},
		"a time-out of the transport": {plain, 0, context.DeadlineExceeded, TimedOut, true, true},
		"the attempt's time is over":  {ended(ErrTimeout), 0, ErrTimeout, TimedOut, true, true},
		"a reset as its time is over": {ended(ErrTimeout), 0, reset, TimedOut, true, true},
		"two closed connections":      {ended(ErrReplayed), 0, ErrReplayed, Broken, true, true},
		"a caller who has gone":       {ended(nil), 0, context.Canceled, Cancelled, false, false},
		"outrun":                      {ended(ErrOutrun), 0, ErrOutrun, Cancelled, false, false},
		"never made":                  {plain, 0, &WithheldError{errors.New("no room")}, Withheld, false, false},
		"never made, and gone":        {ended(nil), 0, &WithheldError{errors.New("no room")}, Withheld, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			var res *http.Response
			if c.status != 0 {
				res = &http.Response{StatusCode: c.status}
			}
			got := Judge(c.ctx, res, c.err)
			if got != c.want || got.Failure() != c.failure || got.Counts() != c.counts {
				t.Errorf("%v, a failure: %t, counts: %t; want %v, %t, %t", got, got.Failure(), got.Counts(), c.want, c.failure, c.counts)
			}
		})
	}
}

func TestOutcomesHaveNamesOfTheirOwn(t *testing.T) {
	seen := make(map[string]bool)
	for _, outcome := range Outcomes() {
		if name := Code(outcome, nil); seen[name] || name == "" {
			t.Errorf("%d is called %q as well", outcome, name)
		} else {
			seen[name] = true
		}
	}
	if got := Code(Failed, &http.Response{StatusCode: 502}); got != "502" {
		t.Errorf("an answer is counted under %q, want its status", got)
	}
}

func TestACallKnowsWhereItWent(t *testing.T) {
	call := new(Call)
	ctx := context.WithValue(t.Context(), Key{}, &Try{Call: call})
	for range 3 {
		From(ctx).Call.Try("a:1")
	}
	if call.Tries("a:1") != 3 || call.Tries("b:1") != 0 || From(t.Context()).Call.Tries("a:1") != 0 {
		t.Error("the call went to a:1 three times, and nowhere else")
	}
}

// body counts how often it is closed.
type body struct {
	io.Reader
	closed int
}

func (b *body) Close() error { b.closed++; return nil }

func TestAWholeAnswerIsReadAndItsConnectionGivenBack(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		length int64
		body   io.Reader
		want   error
	}{
		"as announced":         {"0123456789", 10, nil, nil},
		"of unknown length":    {"0123456789", -1, nil, nil},
		"empty":                {"", 0, nil, nil},
		"announced too long":   {"", 11, nil, ErrTooLarge},
		"too long":             {"0123456789a", -1, nil, ErrTooLarge},
		"that breaks off":      {"", 10, io.MultiReader(strings.NewReader("01"), errorReader{}), io.ErrUnexpectedEOF},
		"shorter than it says": {"01", 10, nil, io.ErrUnexpectedEOF},
		"that never comes":     {"", 10, nil, io.ErrUnexpectedEOF},
		"reset in the middle":  {"", 10, iotest.ErrReader(errReset), errReset},
		"reset at the end":     {"", -1, io.MultiReader(strings.NewReader("01"), iotest.ErrReader(errReset)), errReset},
		"longer than it says":  {"0123456789a", 5, nil, ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			b := &body{Reader: strings.NewReader(c.text)}
			if c.body != nil {
				b.Reader = c.body
			}
			res := &http.Response{ContentLength: c.length, Body: b}
			text, err := Read(res, 10)
			var broken *BodyError
			if !errors.Is(err, c.want) || err != nil && !errors.As(err, &broken) {
				t.Fatalf("Read = %v, want %v", err, c.want)
			}
			if b.closed != 1 {
				t.Errorf("the connection was given back %d times, want once", b.closed)
			}
			if err != nil {
				return
			}
			again, err := Read(res, 1)
			if read, _ := io.ReadAll(res.Body); string(text) != c.text || !bytes.Equal(text, again) || !bytes.Equal(text, read) {
				t.Errorf("read %q, then %q (%v) and %q, want %q", text, again, err, read, c.text)
			}
		})
	}
}

var errReset = errors.New("connection reset by peer")

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// stream is a connection that changed its protocol.
type stream struct {
	body
	io.Writer
}

// here is a body of which all may have come.
type here struct {
	io.ReadCloser
	text []byte
}

func (h *here) AtHand() (*Whole, bool) { return NewWhole(h.text, true), h.text != nil }

func TestAnAnswerIsTakenInWhereAllOfItHasCome(t *testing.T) {
	for name, text := range map[string][]byte{"all of it": []byte("hello"), "not all yet": nil} {
		t.Run(name, func(t *testing.T) {
			res := &http.Response{Body: &here{ReadCloser: io.NopCloser(strings.NewReader("hello")), text: text}, ContentLength: 5}
			Take(res)
			if taken := text != nil; Taken(res) != taken {
				t.Errorf("taken: %t, want %t", Taken(res), taken)
			}
			closed := 0
			OnClose(res, func() { closed++ })
			if Taken(res) != (closed == 1) {
				t.Errorf("its end was told %d times before it was closed", closed)
			}
			if got, err := io.ReadAll(res.Body); string(got) != "hello" || err != nil {
				t.Errorf("it is %q, %v", got, err)
			}
		})
	}
	for _, body := range []io.ReadCloser{nil, http.NoBody} {
		res := &http.Response{Body: body}
		Take(res)
		if !Taken(res) || res.Body != body {
			t.Errorf("%v: taken: %t", body, Taken(res))
		}
	}
}

func TestClosingIsNoticedOnce(t *testing.T) {
	for name, b := range map[string]io.ReadCloser{
		"an answer": &body{Reader: strings.NewReader("x")},
		"a stream":  &stream{body: body{Reader: strings.NewReader("x")}, Writer: io.Discard},
	} {
		t.Run(name, func(t *testing.T) {
			res, closed := &http.Response{Body: b}, 0
			OnClose(res, func() { closed++ })
			_, wants := b.(io.Writer)
			if _, writes := res.Body.(io.Writer); writes != wants {
				t.Errorf("the body can be written to: %t, want %t", writes, wants)
			}
			if closed != 0 {
				t.Error("it was closed before its time")
			}
			_, _ = res.Body.Close(), res.Body.Close()
			if closed != 1 {
				t.Errorf("it was closed %d times, want once", closed)
			}
		})
	}
	res, closed := &http.Response{Body: NewWhole(nil, true)}, 0
	OnClose(res, func() { closed++ })
	if closed != 1 {
		t.Error("an answer that is read already is not closed")
	}
}

func TestAnAnswerOfJSONMustEndAsItBegins(t *testing.T) {
	for text, whole := range map[string]bool{
		`{"id":1}`: true, `[]`: true, " [1, 2]\r\n": true, `"text"`: true, `7`: true, `-1.5`: true, `true`: true, `null`: true,
		``: false, "  ": false, `{"id":1`: false, `[{"id":1}`: false, `[{"id":1},{"i`: false, `"`: false, `"text`: false,
		`<html></html>`: false, `]`: false, `}`: false,
	} {
		for contentType, isJSON := range map[string]bool{
			"application/json": true, "application/json; charset=utf-8": true, "application/problem+json": true,
			"text/html": false, "": false,
		} {
			for status, success := range map[int]bool{200: true, 201: true, 404: false, 503: false} {
				res := &http.Response{
					StatusCode: status, Header: http.Header{"Content-Type": {contentType}},
					ContentLength: int64(len(text)), Body: io.NopCloser(strings.NewReader(text)),
				}
				_, err := Read(res, 100)
				if refused, want := errors.Is(err, ErrIncomplete), success && isJSON && !whole; refused != want {
					t.Errorf("%d %q of the type %q: %v, want it refused: %t", status, text, contentType, err, want)
				}
			}
		}
	}
	head := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: 42, Body: http.NoBody}
	if text, err := Read(head, 100); err != nil || len(text) != 0 {
		t.Errorf("an answer to HEAD is read as %q, %v", text, err)
	}
}
