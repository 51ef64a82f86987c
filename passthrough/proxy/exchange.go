package proxy

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// exchange is what the way there and the way back have to know of each other. It is the outgoing request's context, which ends
// with the client's and when the body breaks off, and so is found whatever the caller and the layers below make of the request.
type exchange struct {
	context.Context //nolint:containedctx // it is one

	url    url.URL
	upload upload
	modern bool // the client knows answers before the answer
	asks   bool // the client waits for 100 before it sends the body
	reads  bool // the answer is read as JSON

	mu sync.Mutex
	w  http.ResponseWriter // the client's, nil where nobody may write to it
}

type exchangeKey struct{}

// Value answers for the exchange itself too, lets it see answers before the answer where its client knows them, and says that
// the answer is read.
func (x *exchange) Value(key any) any {
	switch {
	case key == (exchangeKey{}), key == (attempt.EarlyKey{}) && x.modern, key == (attempt.ReadsKey{}) && x.reads:
		return x
	default:
		return x.Context.Value(key)
	}
}

func newExchange(r *http.Request, opts Options) *exchange {
	x := &exchange{
		Context: r.Context(),
		url:     *r.URL,
		modern:  r.ProtoAtLeast(1, 1),
		reads:   opts.Reads,
		asks:    hasBody(r) && r.ProtoAtLeast(1, 1) && r.Header.Get("Expect") != "",
	}
	if hasBody(r) {
		x.upload = upload{exchange: x, source: r.Body, from: r, most: int64(opts.MaxBody)}
		x.Context, x.upload.cancel = context.WithCancelCause(r.Context())
	}
	return x
}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}
