package passthrough

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/passthrough/proxy"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/redact"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
)

// handler answers the requests of one route.
type handler struct {
	*route

	ways      map[string]*way
	consumers *consumers
	tunnels   *tunnels
	metrics   *routeMetrics
	patience  patience
	glanced   bool         // what is kept can be found without the request that the service would get
	same      bool         // everybody is given the same of an answer
	maker     *cache.Maker // of what everybody is given
	encoding  []string     // what services are asked for whose answers are read
	maxBody   units.Bytes
	maxRecord int

	policy      *redact.Policy
	anybody     *redact.View // what is seen where that does not depend on the caller
	records     func(context.Context) policy.Records
	fields      []*ratelimit.Field // that are read only so often, as shapes number them
	showed      func(ctx context.Context, typeName string, records int)
	told        map[string]identity.Config // by service
	decides     bool                       // something depends on who the caller is
	private     bool                       // answers are not for everybody
	credentials []string                   // header fields by which callers prove who they are
	log         *slog.Logger
}

// open finds the ways to the services.
func (h *handler) open(lead func(service string) (http.RoundTripper, bool)) error {
	h.ways = make(map[string]*way)
	for _, each := range append([]share{{target: h.usual}}, h.shares...) {
		found, ok := lead(each.service)
		if !ok {
			return fmt.Errorf("open the route %s: there is no service %s", h.name, each.service)
		}
		h.ways[each.service] = wayOf(found)
	}
	return nil
}

// ServeHTTP answers a request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	principal := auth.FromContext(r.Context())
	c := &caller{request: r, params: Params(r.Context()), principal: principal, sees: h.viewOf(principal)}
	h.announced.announce(w.Header(), c.params)
	if h.Version != "" {
		h.consumers.count(h.Version, principal.ID)
	}
	if err := h.announced.over(time.Now); err != nil {
		h.metrics.gone.Inc()
		refuse(w, r, err)
		return
	}
	if err := h.allowed(w, r, c); err != nil {
		refuse(w, r, err)
		return
	}
	if err := h.exchange(w, r, c); err != nil {
		refuse(w, r, err)
	}
}

// viewOf is what a caller sees. Where that is the same for everybody, nothing has to be found out.
func (h *handler) viewOf(principal auth.Principal) *redact.View {
	if !h.decides {
		return h.anybody
	}
	return h.policy.View(h.policy.Statement().View(principal))
}

// exchange sends a request on, and its answer back. An error is a request of which nothing was answered yet.
func (h *handler) exchange(w http.ResponseWriter, r *http.Request, c *caller) error {
	if err := h.prepare(w, c); err != nil {
		return err
	}
	to := h.target(c)
	way := h.ways[to.service]
	if kept, ok := h.glance(r, c, to, way); ok {
		return h.give(w, r, c, &kept)
	}
	var moves stream
	r = moves.upload(w, r, h.patience)
	defer moves.stop()
	out, err := h.outgoing(r, c, to)
	if err != nil {
		return err
	}
	if err := h.mayRepeat(r); err != nil {
		return err
	}
	c.query = out.URL.RawQuery
	res, err := proxy.Send(quiet(w, c), out, way)
	if err != nil {
		return h.unanswered(r.Context(), err)
	}
	defer res.Body.Close()
	moves.follow(res)
	return h.answer(w, r, c, res)
}

// unanswered is the problem where no answer came, or none that could be read.
func (h *handler) unanswered(ctx context.Context, err error) error {
	_, cameInPart := errors.AsType[*attempt.BodyError](err)
	switch {
	case !cameInPart:
		return attempt.Problem(ctx, err)
	case ctx.Err() != nil:
		return attempt.BodyProblem(ctx, err)
	case errors.Is(err, attempt.ErrIncomplete):
		return h.unusable(ctx, "invalid_json", attempt.BodyProblem(ctx, err))
	default:
		return h.unusable(ctx, "broke_off", attempt.BodyProblem(ctx, err))
	}
}

// prepare finds out all that a request says of its answer, and what is wrong with that: an error that came with some answers only
// would tell which there are.
func (h *handler) prepare(w http.ResponseWriter, c *caller) (err error) {
	if h.Version != "" {
		w.Header()[versionField] = h.versions
	}
	if h.decides {
		c.asks = h.asks(c)
	}
	if !h.outHeader.none() {
		if err := h.outHeader.header(make(http.Header), c); err != nil {
			return err
		}
	}
	c.added, err = membersFor(c, h.showsAdded)
	return err
}

// asks reports whether it depends on a record what the caller gets to know of it: what a read shows, or what a write does.
func (h *handler) asks(c *caller) bool {
	verdict := c.sees.Caller().Verdict
	if reads(c.request.Method) {
		return h.sight.asks(verdict)
	}
	return h.writing.asks(verdict)
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
