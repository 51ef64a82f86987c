package cache

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

// write makes a call that may change something, and purges what it may have changed before its answer is handed on: whoever has
// the answer sees the change from then on.
func (l *layer) write(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	res, err := l.next.RoundTrip(req)
	w := changes.Write{Method: req.Method, URL: req.URL, Disguised: disguised(req.Header), Unsent: unsent(ctx, res, err)}
	if overridden(req.Header) {
		w.Method = changes.AnyMethod
	}
	if res != nil {
		w.Status, w.Header = res.StatusCode, res.Header
	}
	if !w.Unsent && l.knowledge.Reads() {
		w.Sent, w.Answer = sentBody(req), answerBody(res)
	}
	l.shared.Purges.Purge(ctx, purge.ByWrite, l.knowledge.Of(w).Tags...)
	return res, err
}

// unsent reports whether a write never reached the service. What became of one that failed or broke off, nobody knows.
func unsent(ctx context.Context, res *http.Response, err error) bool {
	switch attempt.Judge(ctx, res, err) {
	case attempt.Withheld, attempt.Unreachable:
		return true
	default:
		return false
	}
}

// sentBody is what a request has sent, nil where that cannot be read again, or is longer than is looked at.
func sentBody(req *http.Request) []byte {
	if req.GetBody == nil || req.ContentLength <= 0 || req.ContentLength > changes.MaxBody {
		return nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, changes.MaxBody+1))
	if err != nil || len(text) > changes.MaxBody {
		return nil
	}
	return text
}

// answerBody is a short JSON answer, nil for any other. It can be read again.
func answerBody(res *http.Response) []byte {
	switch {
	case res == nil, res.StatusCode >= http.StatusBadRequest, res.ContentLength > changes.MaxBody:
		return nil
	case !isJSON(res.Header), has(res.Header, "Content-Encoding"):
		return nil
	}
	attempt.Take(res)
	if attempt.Taken(res) {
		text, err := attempt.Read(res, changes.MaxBody)
		if err != nil || len(text) > changes.MaxBody {
			return nil
		}
		return text
	}
	a := &arrival{res: res}
	text, ok := takeIn(a, changes.MaxBody)
	if !ok {
		return nil
	}
	return text
}

func isJSON(header http.Header) bool {
	types := header["Content-Type"]
	if len(types) != 1 {
		return false
	}
	media, _, _ := strings.Cut(types[0], ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "application/json" || strings.HasSuffix(media, "+json")
}
