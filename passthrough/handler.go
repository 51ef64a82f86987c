package passthrough

import (
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/passthrough/proxy"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// handler answers the requests of one route.
type handler struct {
	*route

	ways      map[string]http.RoundTripper
	consumers *consumers
	tunnels   *tunnels
	metrics   *routeMetrics
	patience  patience
	maxBody   units.Bytes
	maxRecord int
	log       *slog.Logger
}

// open finds the ways to the services.
func (h *handler) open(way func(service string) (http.RoundTripper, bool)) error {
	h.ways = make(map[string]http.RoundTripper)
	for _, each := range append([]share{{target: h.usual}}, h.shares...) {
		found, ok := way(each.service)
		if !ok {
			return fmt.Errorf("open the route %s: there is no service %s", h.name, each.service)
		}
		h.ways[each.service] = found
	}
	return nil
}

// ServeHTTP answers a request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	principal := auth.FromContext(r.Context())
	c := &caller{request: r, params: Params(r.Context()), principal: principal}
	h.announced.announce(w.Header(), c.params)
	if h.Version != "" {
		h.consumers.count(h.Version, principal.ID)
	}
	if err := h.announced.over(time.Now); err != nil {
		h.metrics.gone.Inc()
		refuse(w, r, err)
		return
	}
	if err := h.allowed(w, principal); err != nil {
		refuse(w, r, err)
		return
	}
	if err := h.exchange(w, r, c); err != nil {
		refuse(w, r, err)
	}
}

// allowed reports whether the caller may use the route at all.
func (h *handler) allowed(w http.ResponseWriter, principal auth.Principal) error {
	if h.As == "" && len(h.Scopes) == 0 {
		return nil
	}
	return auth.Require(w, principal, h.Scopes...)
}

// exchange sends a request on, and its answer back. An error is a request of which nothing was answered yet.
func (h *handler) exchange(w http.ResponseWriter, r *http.Request, c *caller) error {
	var moves stream
	r = moves.upload(w, r, h.patience)
	defer moves.stop()
	to := h.target(c)
	out, err := h.outgoing(r, c, to)
	if err != nil {
		return err
	}
	res, err := proxy.Send(w, out, h.ways[to.service])
	if err != nil {
		return attempt.Problem(r.Context(), err)
	}
	defer res.Body.Close()
	moves.follow(res)
	return h.answer(w, r, c, res)
}

// target chooses where a request goes. The same caller always goes to the same place; nobody in particular goes to any.
func (h *handler) target(c *caller) *target {
	if len(h.shares) == 0 {
		return &h.usual
	}
	place := rand.IntN(100) //nolint:gosec // it keeps no secret
	if !c.principal.Anonymous() {
		place = int(fingerprint(c.principal.ID) % 100)
	}
	for i := range h.shares {
		if place < h.shares[i].below {
			return &h.shares[i].target
		}
	}
	return &h.usual
}

// fingerprint is a number that is always the same for a caller.
func fingerprint(id string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return h.Sum32()
}
