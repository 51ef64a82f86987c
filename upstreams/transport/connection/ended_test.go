package connection

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

var errLeft = errors.New("the caller left")

// The caller leaves at every point of an exchange. The error says so, the connection is closed at once, and nothing is left.
func TestACallerMayLeaveAtEveryPoint(t *testing.T) {
	const chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	for name, c := range map[string]struct {
		kept   bool // on a connection that was used before
		handle func(*peer)
	}{
		"while it is written":    {false, func(p *peer) { _, _ = p.requests.ReadByte(); p.gone() }},
		"before the answer":      {false, func(p *peer) { p.next(); p.gone() }},
		"before a later answer":  {true, func(p *peer) { p.next(); p.gone() }},
		"in the status":          {false, func(p *peer) { p.next(); p.says("HTTP/1.1 2"); p.gone() }},
		"in the header":          {false, func(p *peer) { p.next(); p.says("HTTP/1.1 200 OK\r\nContent-"); p.gone() }},
		"after a hint":           {false, func(p *peer) { p.next(); p.says("HTTP/1.1 103 Early Hints\r\n\r\n"); p.gone() }},
		"after the header":       {false, func(p *peer) { p.next(); p.says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"); p.gone() }},
		"in the body":            {false, func(p *peer) { p.next(); p.says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"); p.gone() }},
		"before the first chunk": {true, func(p *peer) { p.next(); p.says(chunks); p.gone() }},
		"in a chunk":             {false, func(p *peer) { p.next(); p.says(chunks + "5\r\nhel"); p.gone() }},
		"in the trailers":        {false, func(p *peer) { p.next(); p.says(chunks + "5\r\nhello\r\n0\r\nA: "); p.gone() }},
		"in a body without end":  {false, func(p *peer) { p.next(); p.says("HTTP/1.1 200 OK\r\n\r\nhello"); p.gone() }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &piped{handle: func(p *peer) {
					if c.kept {
						p.next()
						p.says(hello)
					}
					c.handle(p)
				}}
				way := p.way(t, nil)
				if c.kept {
					if _, err := get(t, way, inMemory); err != nil {
						t.Fatal(err)
					}
				}
				ctx, leave := context.WithCancelCause(t.Context())
				ended := make(chan error, 1)
				go func() {
					_, err := send(way, request(ctx, t, http.MethodPost, inMemory, "order"))
					ended <- err
				}()
				synctest.Wait()
				leave(errLeft)
				synctest.Wait()
				if err := <-ended; !errors.Is(err, errLeft) {
					t.Errorf("it ended with %v", err)
				}
				if p.open() != 0 || p.connections() != 1 {
					t.Errorf("%d of %d connections are open, want none of one", p.open(), p.connections())
				}
			})
		})
	}
}

// Whoever forgets to close a body, or is late, does not hold the connection once the context has ended.
func TestAConnectionIsClosedWithTheContextThoughNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &piped{handle: func(p *peer) {
			p.next()
			p.says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
			p.gone()
		}}
		way := p.way(t, nil)
		ctx, leave := context.WithCancelCause(t.Context())
		res, err := way.RoundTrip(request(ctx, t, http.MethodGet, inMemory, ""))
		if err != nil {
			t.Fatal(err)
		}
		leave(errLeft)
		synctest.Wait()
		if p.open() != 0 {
			t.Error("the connection is open")
		}
		for range 2 {
			if _, err := io.ReadAll(res.Body); !errors.Is(err, errLeft) {
				t.Errorf("reading on ends with %v", err)
			}
		}
		res.Body.Close()
	})
}

func TestAContextThatEndsAfterItsAnswerLeavesTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &piped{handle: answers(hello)}
		way := p.way(t, nil)
		for range 10 {
			ctx, leave := context.WithCancelCause(t.Context())
			if _, err := send(way, request(ctx, t, http.MethodGet, inMemory, "")); err != nil {
				t.Fatal(err)
			}
			leave(errLeft)
			synctest.Wait()
		}
		if p.connections() != 1 {
			t.Errorf("ten requests took %d connections, want one", p.connections())
		}
	})
}

func TestACallerWhoHasLeftSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &piped{handle: answers(hello)}
		way := p.way(t, nil)
		if _, err := get(t, way, inMemory); err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancelCause(t.Context())
		leave(errLeft)
		closed := false
		req := request(ctx, t, http.MethodPost, inMemory, "order")
		req.Body = &closing{req.Body, &closed}
		if _, err := way.RoundTrip(req); !errors.Is(err, errLeft) || !closed || p.open() != 1 {
			t.Errorf("got %v, the body was closed: %t, %d connections, want one that is kept", err, closed, p.open())
		}
	})
}

// closing notes that a body was closed.
type closing struct {
	io.ReadCloser
	closed *bool
}

func (c *closing) Close() error {
	*c.closed = true
	return c.ReadCloser.Close()
}

func TestDiallingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := settings()
		other.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
		}
		way := New(inMemory, other)
		ctx, leave := context.WithCancelCause(t.Context())
		closed := false
		req := request(ctx, t, http.MethodPost, inMemory, "order")
		req.Body = &closing{req.Body, &closed}
		ended := make(chan error, 1)
		go func() {
			_, err := send(way, req)
			ended <- err
		}()
		synctest.Wait()
		leave(errLeft)
		if err := <-ended; !errors.Is(err, errLeft) || !closed {
			t.Errorf("got %v, and the body was closed: %t", err, closed)
		}
	})
}

func TestAReaderWhoClosesEarlyIsNotKeptWaiting(t *testing.T) {
	for name, c := range map[string]struct {
		read int
		kept int
	}{
		"before anything":   {0, 0},
		"in the middle":     {3, 0},
		"after the last":    {5, 1},
		"after the end":     {6, 1},
		"while it is read":  {-1, 0},
		"and twice, at all": {-2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &piped{handle: func(p *peer) {
					p.next()
					p.says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
					if c.read >= 0 {
						p.says("hello")
					}
					p.gone()
				}}
				way := p.way(t, nil)
				res, err := way.RoundTrip(request(t.Context(), t, http.MethodGet, inMemory, ""))
				if err != nil {
					t.Fatal(err)
				}
				if c.read < 0 {
					go func() {
						if _, err := res.Body.Read(make([]byte, 5)); !errors.Is(err, http.ErrBodyReadAfterClose) {
							t.Errorf("the reader got %v", err)
						}
					}()
					synctest.Wait()
				}
				_, _ = io.ReadFull(res.Body, make([]byte, max(0, c.read)))
				for range 2 {
					if err := res.Body.Close(); err != nil {
						t.Error(err)
					}
				}
				synctest.Wait()
				if n, err := res.Body.Read(make([]byte, 5)); n > 0 || !errors.Is(err, http.ErrBodyReadAfterClose) {
					t.Errorf("after that, it reads %d bytes, %v", n, err)
				}
				if p.open() != c.kept {
					t.Errorf("%d connections are kept, want %d", p.open(), c.kept)
				}
			})
		})
	}
}

func TestHintsAreHandedOn(t *testing.T) {
	text := "HTTP/1.1 100 Continue\r\n\r\n" + strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 3) + hello
	s := serve(t, answers(text))
	way := to(t, s)
	req, hints := hinted(request(t.Context(), t, http.MethodGet, s.base, ""), nil)
	if got, err := send(way, req); got != "hello" || err != nil || strings.Join(*hints, " ") != "100 103</a> 103</a> 103</a>" {
		t.Errorf("got %q, %v after the hints %v", got, err, *hints)
	}
	refused := errors.New("enough")
	req, _ = hinted(request(t.Context(), t, http.MethodGet, s.base, ""), refused)
	if _, err := send(way, req); !errors.Is(err, refused) {
		t.Errorf("got %v, want what the caller said of a hint", err)
	}
	if _, err := get(t, way, s.base); err != nil || s.connections() != 2 {
		t.Errorf("got %v after %d connections, want the answer on a second", err, s.connections())
	}
}

func TestHintsWithoutEndAreNotHandedOnForEver(t *testing.T) {
	s := serve(t, func(p *peer) {
		p.next()
		for {
			if _, err := io.WriteString(p, "HTTP/1.1 103 Early Hints\r\n\r\n"); err != nil {
				return
			}
		}
	})
	req, hints := hinted(request(t.Context(), t, http.MethodGet, s.base, ""), nil)
	if _, err := send(to(t, s), req); !errors.Is(err, errLongHeader) || len(*hints) > 3000 {
		t.Errorf("got %v after %d hints, want an end after 64 KiB", err, len(*hints))
	}
}
