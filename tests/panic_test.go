package tests

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// brittle is a log that panics at some lines. It stands for any mistake in the program: logs are written to from everywhere.
type brittle struct {
	slog.Handler
	at []string
}

func (b brittle) Handle(ctx context.Context, r slog.Record) error {
	if slices.Contains(b.at, r.Message) {
		panic(canary)
	}
	return b.Handler.Handle(ctx, r)
}

func (b brittle) WithAttrs(attrs []slog.Attr) slog.Handler {
	return brittle{b.Handler.WithAttrs(attrs), b.at}
}

func TestAPanicEndsNoMoreThanItsRequest(t *testing.T) {
	for name, c := range map[string]struct {
		at   []string // the lines of the log at which it panics
		want refusal
		said string // the line that tells of it
	}{
		"while a service is called, in a goroutine of a loader": {
			at:   []string{"upstream call failed"},
			want: refusal{200, plainJSON, "INTERNAL", "something went wrong inside the gateway", `{"user":null}`},
			said: "field failed",
		},
		"while a failure is told, where nobody but the edge can recover": {
			at:   []string{"upstream call failed", "field failed"},
			want: refusal{500, problemJSON, "INTERNAL", "something went wrong inside the gateway", ""},
			said: "panic",
		},
	} {
		t.Run(name, func(t *testing.T) {
			services, err := demo.Start(demo.Options{Record: true})
			if err != nil {
				t.Fatal(err)
			}
			defer services.Close()
			log := new(lines)
			p := launch(t, services, standard, brittle{slog.NewJSONHandler(log, nil), c.at})
			services.SetFault(demo.User, demo.Fault{Path: "/users", Query: "ids=8", Status: 500})
			r := p.run(t, operation{query: `{ user(id: 8) { id } }`})
			c.want.check(t, r)
			saysNothingOf(t, string(r.body), append(p.inside(), canary)...)
			p.answers(t)
			told := log.await(t, func(log string) bool { return strings.Contains(log, `"msg":"`+c.said+`"`) })
			if !strings.Contains(told, canary) || !strings.Contains(told, "goroutine ") {
				t.Errorf("the log tells neither what nor where:\n%s", told)
			}
			p.stop()
			if err := <-p.ended; err != nil {
				t.Error(err)
			}
		})
	}
}
