package framing

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

type refusedKey struct{}

// Refused is the problem to answer a request with that the guard put in the place of one which it refused. Nothing of the refused
// one is known but that; this one has the path / and no fields. ok is false for every other request.
func Refused(ctx context.Context) (err error, ok bool) { //nolint:revive // the error is the value, not a failure
	err, ok = ctx.Value(refusedKey{}).(error)
	return err, ok
}

// Middleware lets Refused know what the guard refused, and lets handlers that read content meet the guard's problem where that
// was refused. It belongs outside of everything else, and everything that should know of a refused request between it and whoever
// answers by Refused. The connection closes after either.
func (g *Guard) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refused := g.recognise(r.RequestURI); refused != none {
			g.serveRefused(next, w, r, refused)
			return
		}
		if r.ProtoMajor > 1 {
			g.serveStream(next, w, r)
			return
		}
		var c *conn
		if r.ContentLength < 0 { // only chunks can be refused once the header section is through
			c, _ = r.Context().Value(connKey{}).(*conn)
		}
		if c == nil {
			next.ServeHTTP(w, r)
			return
		}
		seen := r.WithContext(r.Context()) // net/http looks at the content of the request that is its own, and must find it as it was
		seen.Body = &content{r.Body, c}
		next.ServeHTTP(w, seen)
		if c.problem() != nil {
			closeGently(w)
			g.tell(r, reason(c.broken.Load())) //nolint:gosec // it was a reason when it was stored
		}
	})
}

// serveStream judges a request of HTTP/2 or HTTP/3. One that is refused takes nothing of its connection with it.
func (g *Guard) serveStream(next http.Handler, w http.ResponseWriter, r *http.Request) {
	if refused := judgeStream(r); refused != none {
		g.refused[refused].Inc()
		g.serveRefused(next, w, r, refused)
		return
	}
	next.ServeHTTP(w, r)
}

// recognise finds the reason in a stand-in's target.
func (g *Guard) recognise(target string) reason {
	const digits = 2
	if len(target) != len(g.secret)+digits {
		return none
	}
	if subtle.ConstantTimeCompare([]byte(target[:len(g.secret)]), []byte(g.secret)) == 0 {
		return none
	}
	n, err := strconv.ParseUint(target[len(g.secret):], 10, 8)
	if err != nil || n >= uint64(reasons) {
		return none
	}
	return reason(n)
}

func (g *Guard) serveRefused(next http.Handler, w http.ResponseWriter, r *http.Request, refused reason) {
	closeGently(w)
	// A client that sends no more than its bad request, and says so, must not pass for one that has left.
	ctx := context.WithValue(context.WithoutCancel(r.Context()), refusedKey{}, refused.problem())
	r = r.WithContext(ctx)
	r.URL, r.RequestURI, r.Host, r.Header = &url.URL{Path: "/"}, "/", "", make(http.Header)
	g.tell(r, refused)
	next.ServeHTTP(w, r)
}

func (g *Guard) tell(r *http.Request, refused reason) {
	g.log.DebugContext(r.Context(), "request refused: its framing is ambiguous",
		slog.String("reason", refused.words().label), slog.String("remote", r.RemoteAddr))
}

// closeGently has the connection closed after the answer, without a reset that may overtake it. net/http does so after content
// that is too large, and has no other way to ask for it. So it gets to see some.
func closeGently(w http.ResponseWriter) {
	one := io.NopCloser(strings.NewReader("x"))
	_, _ = http.MaxBytesReader(w, one, 0).Read(make([]byte, 1))
}

// content is the content of a request in chunks.
type content struct {
	io.ReadCloser
	conn *conn
}

// Read fails with the guard's problem where the guard broke the content off. net/http's own error says only that it is broken.
func (c *content) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		if broken := c.conn.problem(); broken != nil {
			return n, broken
		}
	}
	return n, err //nolint:wrapcheck // a reader's error is compared
}
