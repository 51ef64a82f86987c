package attempt

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/pressure"
	"github.com/concierge-gateway/concierge/problem"
)

// An answer that this process has no memory for is nobody's fault, and one to a write is taken all the same.
func TestAnAnswerThatHasNoRoomIsRefusedUnlessItIsToAWrite(t *testing.T) {
	memory := pressure.New(pressure.DefaultConfig(), 1000, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	for name, c := range map[string]struct {
		method string
		length int64 // announced
		text   string
		want   error
	}{
		"it has room":                {http.MethodGet, -1, "short", nil},
		"it has none":                {http.MethodGet, -1, strings.Repeat("x", 400), pressure.ErrFull},
		"it announces that it is so": {http.MethodGet, 400, strings.Repeat("x", 400), pressure.ErrFull},
		"it is to a write":           {http.MethodPost, 400, strings.Repeat("x", 400), nil},
	} {
		hold := memory.Hold()
		ctx := context.WithValue(t.Context(), pressure.Key{}, hold)
		res := &http.Response{
			StatusCode: http.StatusOK, Header: make(http.Header), ContentLength: c.length, Body: io.NopCloser(strings.NewReader(c.text)),
			Request: httptest.NewRequestWithContext(ctx, c.method, "/", nil),
		}
		_, err := Read(res, 1<<20)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err != nil && (Judge(ctx, nil, err) != Cancelled || problem.KindOf(BodyProblem(ctx, err)) != problem.Overloaded) {
			t.Errorf("%s: it is judged %v, and the caller hears %v", name, Judge(ctx, nil, err), BodyProblem(ctx, err))
		}
		hold.Close()
	}
}
