package cache_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
)

// endless is a body that comes a byte at a time, until its call ends.
type endless struct{ ctx context.Context }

func (e *endless) Read(p []byte) (int, error) {
	select {
	case <-e.ctx.Done():
		return 0, context.Cause(e.ctx)
	case <-time.After(time.Second):
		return copy(p, "x"), nil
	}
}

func (*endless) Close() error { return nil }

// streaming answers without end.
func streaming(header ...string) *service {
	return &service{answer: func(req *http.Request) (*http.Response, error) {
		res := says(200, "", header...)
		res.Body, res.ContentLength, res.TransferEncoding = &endless{req.Context()}, -1, []string{"chunked"}
		return res, nil
	}}
}

func TestAStreamIsHandedOnAsItComes(t *testing.T) {
	for name, header := range map[string][]string{
		"of events":             {"Content-Type", "text/event-stream", "Cache-Control", "max-age=60"},
		"of which nothing said": nil,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := open(t, streaming(header...))
				together(3, func(int) {
					ctx, cancel := context.WithCancel(t.Context())
					began := time.Now()
					res, err := o.RoundTrip(asking(ctx, "GET", "/events"))
					if err != nil || time.Since(began) != 0 || cache.Served(res) {
						t.Errorf("after %v: %v", time.Since(began), err)
						cancel()
						return
					}
					text := make([]byte, 1)
					for range 5 {
						if _, err := res.Body.Read(text); err != nil {
							t.Error(err)
						}
					}
					cancel()
					if _, err := res.Body.Read(text); err == nil {
						t.Error("it goes on though nobody wants it any more")
					}
					_ = res.Body.Close()
				})
			})
		})
	}
}

func TestAnAnswerThatIsTooLongGoesOnStreaming(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for name, length := range map[string]int64{"announced": 5000, "not announced": -1} {
		t.Run(name, func(t *testing.T) {
			s := &service{answer: func(*http.Request) (*http.Response, error) {
				res := says(200, long, "Cache-Control", "max-age=60")
				res.ContentLength = length
				if length < 0 {
					res.TransferEncoding = []string{"chunked"}
				}
				return res, nil
			}}
			o := open(t, s, func(s *setting) { s.parts.MaxEntry = 1000 })
			for range 2 {
				if got := o.get(t, "/file"); got.body != long || got.served {
					t.Errorf("got %d bytes, served: %t", len(got.body), got.served)
				}
			}
		})
	}
}

func TestAnAnswerOfUnknownLengthIsKeptWhereItSaysHowLong(t *testing.T) {
	s := &service{answer: func(*http.Request) (*http.Response, error) {
		res := says(200, "x", "Cache-Control", "max-age=60")
		res.ContentLength, res.TransferEncoding = -1, []string{"chunked"}
		return res, nil
	}}
	o := open(t, s)
	o.get(t, "/file")
	if got := o.get(t, "/file"); !got.served || got.body != "x" {
		t.Errorf("got %+v", got)
	}
}

// torn breaks off.
type torn struct {
	io.Reader
	err error
}

func (b *torn) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = b.err
	}
	return n, err
}

func (*torn) Close() error { return nil }

func TestHalfAnAnswerIsNotKept(t *testing.T) {
	reset := errors.New("connection reset")
	for name, answer := range map[string]func() *http.Response{
		"that broke off": func() *http.Response {
			res := says(200, "", "Cache-Control", "max-age=60")
			res.Body, res.ContentLength = &torn{strings.NewReader("half"), reset}, 100
			return res
		},
		"of unknown length": func() *http.Response {
			res := says(200, "", "Cache-Control", "max-age=60")
			res.Body, res.ContentLength, res.TransferEncoding = &torn{strings.NewReader("half"), reset}, -1, []string{"chunked"}
			return res
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{answer: func(*http.Request) (*http.Response, error) { return answer(), nil }}
			o := open(t, s)
			for range 2 {
				got, err := o.do(asking(t.Context(), "GET", "/file"))
				if !errors.Is(err, reset) || got.body != "half" || got.status != 200 {
					t.Errorf("got %+v, %v, want what came and the error", got, err)
				}
			}
		})
	}
	t.Run("of JSON", func(t *testing.T) {
		o := open(t, always(200, `{"id":`, "Cache-Control", "max-age=60", "Content-Type", "application/json"))
		o.get(t, "/file")
		if got := o.get(t, "/file"); got.served {
			t.Errorf("got %+v", got)
		}
	})
}

func TestOnTheWholeWayNothingLongerThanItsLimitIsGiven(t *testing.T) {
	s := always(200, strings.Repeat("x", 100), "Cache-Control", "max-age=60")
	o := open(t, s)
	short := &opened{Cache: o.Cache, RoundTripper: o.Layer(s, 10, true)}
	o.get(t, "/file")
	if got, err := short.do(asking(t.Context(), "GET", "/file")); !errors.Is(err, attempt.ErrTooLarge) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWhatIsKeptIsHandedOutWithoutACopy(t *testing.T) {
	s := always(200, "Ada", "Cache-Control", "max-age=60")
	o := open(t, s, func(s *setting) { s.whole = 1 << 20 })
	o.get(t, "/users/7")
	text := func() []byte {
		res, err := o.RoundTrip(asking(t.Context(), "GET", "/users/7"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := attempt.Read(res, 1<<20)
		if err != nil || !cache.Served(res) {
			t.Fatal(err)
		}
		return text
	}
	if one, other := text(), text(); &one[0] != &other[0] {
		t.Error("it was copied")
	}
}

func TestUpgradesAndBodiesPassAsTheyAre(t *testing.T) {
	for name, req := range map[string]*http.Request{
		"an upgrade":      asking(t.Context(), "GET", "/socket", "Connection", "Upgrade", "Upgrade", "websocket"),
		"a precondition":  asking(t.Context(), "GET", "/socket", "If-Match", `"1"`),
		"another method":  asking(t.Context(), "OPTIONS", "/socket"),
		"a confusing one": asking(t.Context(), "GET", "/a/../socket"),
		"an escaped one":  asking(t.Context(), "GET", "/a%2f..%2Fsocket"),
	} {
		t.Run(name, func(t *testing.T) {
			s := always(200, "x", "Cache-Control", "max-age=60")
			o := open(t, s)
			for range 2 {
				if got, err := o.do(req); err != nil || got.did() != "" {
					t.Errorf("got %+v, %v", got, err)
				}
			}
			if s.calls.Load() != 2 {
				t.Errorf("%d calls", s.calls.Load())
			}
		})
	}
	s := always(200, "x", "Cache-Control", "max-age=60")
	o := open(t, s)
	for range 2 {
		req := asking(t.Context(), "GET", "/search")
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader("what")), 4
		if _, err := o.do(req); err != nil {
			t.Error(err)
		}
	}
	if s.calls.Load() != 2 {
		t.Errorf("%d calls with a body", s.calls.Load())
	}
}
