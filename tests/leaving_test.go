package tests

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// Work that nobody waits for any more ends everywhere: in the gateway, and in every service that it called.
func TestACallerWhoLeavesEndsTheCallsMadeForIt(t *testing.T) {
	section, roots := certificate(t)
	for name, c := range map[string]struct {
		yaml   string
		client *http.Client
	}{
		"by HTTP/1": {standard, &http.Client{Transport: new(http.Transport)}},
		"by HTTP/2": {with(standard, "server", section), clientOf(t, roots, 2)},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, patient(c.yaml))
			p.services.SetFault(demo.User, demo.Fault{Path: "/users", Query: "ids=8", Hang: true})
			p.services.SetFault(demo.Product, demo.Fault{Stall: true})
			ctx, leave := context.WithCancel(t.Context())
			req := p.request(t, operation{as: "support", query: `{ user(id: 8) { id } product(id: 1) { id } order(id: 1) { id } }`}).WithContext(ctx)
			answered := make(chan error, 1)
			go func() {
				res, err := c.client.Do(req)
				if err == nil {
					err = res.Body.Close()
				}
				answered <- err
			}()
			await := func(n int) {
				t.Helper()
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				for _, service := range []string{demo.User, demo.Product} {
					if err := p.services.AwaitInFlight(ctx, service, n); err != nil {
						t.Fatal(err)
					}
				}
			}
			await(1)
			leave()
			if err := <-answered; !errors.Is(err, context.Canceled) {
				t.Errorf("the caller got: %v", err)
			}
			await(0)
			p.log.await(t, func(log string) bool { return strings.Contains(log, `"status":499`) })
			p.services.ClearFaults()
			r := sendBy(t, c.client, p.request(t, operation{query: `{ me { id } }`}))
			if got, want := string(r.body), `{"data":{"me":{"id":"7"}}}`; got != want {
				t.Errorf("the next answer is %s, want %s", got, want)
			}
		})
	}
}
