package attempt

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestOnlyShortJSONIsReadBeforeItIsHandedOn(t *testing.T) {
	reads := context.WithValue(t.Context(), ReadsKey{}, true)
	for name, c := range map[string]struct {
		ctx    context.Context
		change func(res *http.Response)
		want   bool
	}{
		"JSON":              {reads, func(*http.Response) {}, true},
		"nobody reads it":   {t.Context(), func(*http.Response) {}, false},
		"of unknown length": {reads, func(res *http.Response) { res.ContentLength = -1 }, false},
		"long":              {reads, func(res *http.Response) { res.ContentLength = LongestBrief + 1 }, false},
		"text":              {reads, func(res *http.Response) { res.Header.Set("Content-Type", "text/plain") }, false},
		"a failure":         {reads, func(res *http.Response) { res.StatusCode = http.StatusNotFound }, false},
		"a part":            {reads, func(res *http.Response) { res.StatusCode = http.StatusPartialContent }, false},
		"compressed":        {reads, func(res *http.Response) { res.Header.Set("Content-Encoding", "gzip") }, false},
		"with a trailer":    {reads, func(res *http.Response) { res.Trailer = http.Header{"Grade": nil} }, false},
		"without a body":    {reads, func(res *http.Response) { res.Body = http.NoBody }, false},
	} {
		res := &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: 2,
			Body: io.NopCloser(strings.NewReader("{}")),
		}
		c.change(res)
		if got := Brief(c.ctx, res); got != c.want {
			t.Errorf("%s: it is %v, want %v", name, got, c.want)
		}
	}
}
