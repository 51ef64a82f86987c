package mcp

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/pressure"
	"github.com/concierge-gateway/concierge/problem"
)

// heldEach is what a byte of a message takes of memory: itself, what the SDK makes of it, and the values in it.
const heldEach = 8

// ServeHTTP answers one message.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	message, err := read(w, r)
	if err != nil {
		middleware.RecordFrom(r.Context()).Fail(problem.KindOf(err))
		problem.Write(w, err)
		return
	}
	r = facts.Add(r, exchangeKey{}, &exchange{r: r, header: w.Header()})
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(message)), int64(len(message))
	d.speaks.ServeHTTP(&telling{ResponseWriter: w, record: middleware.RecordFrom(r.Context())}, r)
}

// read takes in a message. Of what is wrong with it, the SDK would say less, or take it: a list of messages is one request by its
// limits and many by its work, and of two members of one name, readers differ in which they take.
func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, problem.New(problem.MethodNotAllowed, "messages are sent by POST: there are no sessions, and no streams of events")
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, problem.New(problem.UnsupportedMediaType, "a message is application/json")
	}
	message, err := io.ReadAll(pressure.Reader(r.Context(), r.Body, heldEach))
	if err != nil {
		return nil, middleware.BodyError(err)
	}
	switch value := jsontext.Value(message); {
	case value.Kind() == '[':
		return nil, problem.New(problem.BadInput, "a list of messages is not taken: send each by itself")
	case value.Kind() != '{' || !value.IsValid():
		return nil, problem.New(problem.BadInput, "a message is one JSON object in UTF-8, without two members of one name in an object")
	}
	return message, nil
}

// exchange is a message's request, and the header of what answers it.
type exchange struct {
	r      *http.Request
	header http.Header
}

type exchangeKey struct{}

// exchangeOf is that by which a message came. The context of its request ends when the client leaves, which that of the SDK's
// does not for older versions of the protocol. The SDK has not begun to answer while it asks for a result.
func exchangeOf(ctx context.Context) exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return *x
}
