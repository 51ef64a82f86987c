package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/http/httpguts"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/subscriptions"
	"github.com/concierge-gateway/concierge/subscriptions/eventstream"
	"github.com/concierge-gateway/concierge/subscriptions/transportws"
)

// graphqlPath is where GraphQL is served.
const graphqlPath = "/graphql"

// streams lets answers come one by one: over WebSockets, and as server-sent events. It stands before all that a request meets at
// the GraphQL door, because a connection that only waits must not have a place there.
type streams struct {
	*crowd

	edition *edition
	config  subscriptions.Config
	shown   []string // the header fields that the first message of a WebSocket may bring
	log     *slog.Logger
	lines   bool // whether subscriptions get a line in the log
	longest int  // how long each of them may be, in bytes

	next    http.Handler // the door
	operate http.Handler // the door, with what stands before it
	enter   http.Handler // finds out who has connected, and charges for it
	recheck http.Handler // finds out whether the credential is still good
}

// crowd is all connections that stay open. They outlive the edition that let them in: what they ask for is answered by the one
// that is then in force.
type crowd struct {
	book *subscriptions.Book
	life context.Context //nolint:containedctx // of all connections: it ends when no more time is left for them to end
	cut  context.CancelFunc
}

// streamed lets the clients of a door take answers one by one, where that is allowed.
func (p *routes) streamed(next http.Handler) http.Handler {
	s := p.streams
	if s == nil {
		return next
	}
	c := p.config
	known := chi.Middlewares{
		middleware.RequestID, p.tracer.Messages, middleware.Observe(p.sinks()...), middleware.Recover(p.log, p.metrics), routed,
	}
	s.next, s.operate = next, known.Handler(next)
	s.enter = append(slices.Clone(known),
		middleware.EnterDoor(middleware.DoorGraphQL, p.metrics),
		p.audited(middleware.DoorGraphQL, "connection_init"),
		p.named(ratelimit.Request{Door: ratelimit.DoorGraphQL}),
	).HandlerFunc(s.entered)
	s.recheck = chi.Chain(
		middleware.RequestID, p.audited(middleware.DoorGraphQL, "recheck"), p.authenticator.Middleware,
	).HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	sockets := chi.Chain(
		middleware.AtDoor(middleware.DoorGraphQL), // one that only waits is not being answered
		p.audited(middleware.DoorGraphQL, "connect"),
		p.from(c.GraphQL.Networks),
		p.upgrades,
	).HandlerFunc(s.socket)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case upgradesToSocket(r):
			sockets.ServeHTTP(w, r)
		case graphqlhttp.WantsEvents(r.Header):
			s.stream(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// routed says which route the requests take that come over connections.
func routed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		middleware.RecordFrom(r.Context()).SetRoute(r.URL.Path)
		next.ServeHTTP(w, r)
	})
}

func upgradesToSocket(r *http.Request) bool {
	return r.Method == http.MethodGet && slices.ContainsFunc(r.Header["Upgrade"], func(value string) bool {
		return strings.EqualFold(strings.TrimSpace(value), "websocket")
	})
}

// stream answers a request by events. The door answers it, or lets a subscription in; then its place is free again, and it is
// told here.
func (s *streams) stream(w http.ResponseWriter, r *http.Request) {
	start := &starting{teller: newTeller(s, r), own: true}
	start.connect = func(ctx context.Context) (*subscriptions.Connection, error) {
		connection, err := s.connect(subscriptions.EventStream, r)
		if err != nil {
			return nil, err
		}
		if err := connection.Named(auth.FromContext(ctx).ID); err != nil {
			connection.Close(subscriptions.Refused)
			return nil, err
		}
		return connection, nil
	}
	r = facts.Add(r, startingKey{}, start)
	ending := subscriptions.Ending{Reason: subscriptions.Left} // also where something panics
	defer func() {
		if start.telling != nil {
			start.telling.Drop(ending.Reason)
			start.connection.Close(ending.Reason)
		}
	}()
	s.next.ServeHTTP(w, r)
	if start.telling != nil {
		s.edition.wait()
		defer s.edition.rejoin()
		ending = s.tellByEvents(w, r, start)
		middleware.RecordFrom(r.Context()).Lasted(string(ending.Reason), start.telling.Told())
	}
}

func (s *streams) connect(by subscriptions.Transport, r *http.Request) (*subscriptions.Connection, error) {
	client, _ := forwarded.From(r.Context())
	return s.book.Connect(by, client.Addr)
}

// tellByEvents tells of a subscription until it ends.
func (s *streams) tellByEvents(w http.ResponseWriter, r *http.Request, start *starting) (ending subscriptions.Ending) {
	events, err := graphqlhttp.NewEventStream(w, s.config.WriteTimeout)
	if err != nil {
		return subscriptions.Ending{Reason: subscriptions.Left}
	}
	stream := eventstream.New(events)
	start.telling.Lifetime = s.lifetime()
	ctx, end := s.within(r.Context())
	defer end()
	stream.Keep(ctx, s.config.KeepAlive, func(ctx context.Context) {
		ending = start.telling.Run(ctx, start.connection, stream.Next)
	})
	if ending.Err != nil {
		middleware.RecordFrom(r.Context()).AddError(problem.KindOf(ending.Err))
		stream.End(answerOf(errorsOf(ending.Err)))
	}
	return ending
}

// lifetime is how long a connection lasts, at random a little less than it may: those that came together, as they do when an
// instance has drained, need not all come again together.
func (s *streams) lifetime() time.Duration {
	most := s.config.MaxLifetime
	return most - rand.N(most/10) //nolint:gosec // nobody gains by knowing it
}

// socket makes a connection a WebSocket, and serves it until it ends.
func (s *streams) socket(w http.ResponseWriter, r *http.Request) {
	connection, err := s.connect(subscriptions.WebSocket, r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	reason := subscriptions.Refused
	defer func() { connection.Close(reason) }()
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{transportws.Subprotocol},
		InsecureSkipVerify: true, // upgrades has looked at the origin, by the rules that hold for all requests
		CompressionMode:    websocket.CompressionDisabled,
		OnPingReceived:     transportws.Pings(s.config.MaxMessageRate),
	})
	if err != nil { // it has been answered
		return
	}
	c := s.config
	s.edition.wait()
	defer s.edition.rejoin()
	ctx, end := s.within(r.Context())
	defer end()
	reason = transportws.Serve(ctx, socket, &socketHandler{teller: newTeller(s, r), connection: connection},
		transportws.Settings{
			InitTimeout: c.InitTimeout, KeepAlive: c.KeepAlive, WriteTimeout: c.WriteTimeout, Lifetime: s.lifetime(),
			MaxMessage: int64(c.MaxMessage), MessageRate: c.MaxMessageRate,
			Operations: 2 * c.MaxOperations, // those that run, and as many that end
		}, s.book.Draining())
	middleware.RecordFrom(r.Context()).Lasted(string(reason), connection.Told())
}

// entering is a WebSocket's client who is being asked for a name.
type entering struct{ caller auth.Principal }

type enteringKey struct{}

// entered notes who has connected.
func (s *streams) entered(_ http.ResponseWriter, r *http.Request) {
	if e, ok := r.Context().Value(enteringKey{}).(*entering); ok {
		e.caller = auth.FromContext(r.Context())
	}
}

// socketHandler runs what one WebSocket asks for.
type socketHandler struct {
	*teller

	connection *subscriptions.Connection
}

var _ transportws.Handler = (*socketHandler)(nil)

// Init implements transportws.Handler. Browsers cannot send header fields with a WebSocket, so the first message may bring those
// that say who calls. They take the place of the connection's own.
func (h *socketHandler) Init(ctx context.Context, payload json.RawMessage) (until time.Time, err error) {
	fields, ok := headerIn(payload, h.shown, h.longest)
	if !ok {
		return time.Time{}, problem.New(problem.BadInput, "what is sent in place of a header is none")
	}
	maps.Copy(h.header, fields)
	e := new(entering)
	a := h.ask(entered, h.request(context.WithValue(ctx, enteringKey{}, e), nil))
	if err := a.refusal(); err != nil {
		return time.Time{}, err
	}
	if err := h.connection.Named(e.caller.ID); err != nil {
		return time.Time{}, err
	}
	return e.caller.Until, nil
}

// Operate implements transportws.Handler.
func (h *socketHandler) Operate(
	ctx context.Context, payload json.RawMessage, next func(result []byte) error,
) transportws.Ending {
	end, err := h.connection.Operate()
	if err != nil {
		return transportws.Ending{Errors: errorsOf(err)}
	}
	defer end()
	start := &starting{teller: h.teller, connect: func(context.Context) (*subscriptions.Connection, error) {
		return h.connection, nil
	}}
	a := h.ask(operated, h.request(context.WithValue(ctx, startingKey{}, start), payload))
	if start.telling != nil {
		began := time.Now()
		ending := start.telling.Run(ctx, h.connection, next)
		h.ended(ctx, start, ending, time.Since(began))
		return endingOf(ending)
	}
	switch refused := a.refusal(); {
	case refused != nil && refused.Kind == problem.Unauthenticated:
		return transportws.Ending{Expired: true} // it was good when the client connected
	case !a.whole():
		return transportws.Ending{Errors: a.errors()}
	}
	return transportws.Ending{Silent: next(a.body.Bytes()) != nil}
}

// endingOf is how a subscription's end is told over a WebSocket.
func endingOf(ending subscriptions.Ending) transportws.Ending {
	switch {
	case ending.Reason == subscriptions.Expired:
		return transportws.Ending{Expired: true}
	case ending.Err != nil:
		return transportws.Ending{Errors: errorsOf(ending.Err)}
	default:
		return transportws.Ending{Silent: true}
	}
}

// headerIn are the header fields that a first message brings, of those that it may: members of its payload, or of headers in it,
// which the former precede. What is no text brings nothing. It is not ok where a field could not stand in a header, is there
// twice, or is longer than one may be: whoever sent it must not be taken for somebody else.
func headerIn(payload json.RawMessage, allowed []string, longest int) (fields http.Header, ok bool) {
	var sent, within map[string]json.RawMessage
	if json.Unmarshal(payload, &sent) != nil {
		return nil, true
	}
	_ = json.Unmarshal(sent["headers"], &within) // what is none brings nothing
	fields, first := fieldsIn(within, allowed, longest)
	preceding, second := fieldsIn(sent, allowed, longest)
	maps.Copy(fields, preceding)
	return fields, first && second
}

func fieldsIn(members map[string]json.RawMessage, allowed []string, longest int) (fields http.Header, ok bool) {
	fields = make(http.Header)
	for name, text := range members {
		var value *string
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !slices.Contains(allowed, canonical) || json.Unmarshal(text, &value) != nil || value == nil:
		case fields[canonical] != nil || len(*value) > longest || !httpguts.ValidHeaderFieldValue(*value):
			return fields, false
		default:
			fields.Set(canonical, *value)
		}
	}
	return fields, true
}

// What a connection asks of the edition in force.
func entered(s *streams) http.Handler   { return s.enter }
func operated(s *streams) http.Handler  { return s.operate }
func rechecked(s *streams) http.Handler { return s.recheck }

// openStreams makes ready to let answers come one by one. Connections that are open stay so.
func (e *edition) openStreams(o *opening) error {
	c := e.config.Subscriptions
	if !c.Enabled {
		return nil
	}
	all, _, err := take(o, "subscriptions", nil, nil, func(metrics prometheus.Registerer) (*crowd, life, error) {
		made := &crowd{book: subscriptions.NewBook(c, subscriptions.NewMetrics(metrics))}
		made.life, made.cut = context.WithCancel(context.Background())
		return made, life{close: made.dismiss}, nil
	})
	fields := slices.Concat([]string{"Authorization"}, e.config.Auth.Fields(), e.config.GraphQL.Usage.Fields())
	for i, name := range fields {
		fields[i] = http.CanonicalHeaderKey(name)
	}
	e.streams = &streams{
		crowd: all, edition: e, config: c,
		shown: fields, log: e.log, lines: e.config.Log.AccessLog, longest: int(e.config.Server.MaxHeader),
	}
	e.inForce = append(e.inForce, func() { all.book.Configure(c) })
	return err
}

// drain ends what is told, once it can end without loss, or when ctx ends.
func (s *streams) drain(ctx context.Context) {
	if s != nil {
		s.book.Drain(ctx)
		s.cut()
	}
}

// dismissal is how long connections have to end by themselves where there are to be none any more.
const dismissal = 10 * time.Second

// dismiss ends what is told where nobody is to be told any more.
func (c *crowd) dismiss() {
	ctx, end := context.WithTimeout(context.Background(), dismissal)
	defer end()
	c.book.Drain(ctx)
	c.cut()
}

// within is a context that ends with the one that is given, and when connections have to end.
func (c *crowd) within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(ctx)
	stop := context.AfterFunc(c.life, end)
	return ctx, func() {
		stop()
		end()
	}
}
