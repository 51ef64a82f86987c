// Package config answers what the gateway was told to do: it reads the file, gathers every part's settings, and reports all
// mistakes at once, each by its path and line.
package config

import (
	"time"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/fieldusage"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/incremental"
	"github.com/concierge-gateway/concierge/listening"
	"github.com/concierge-gateway/concierge/mcp"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/networks"
	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/persisted"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/pressure"
	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/subscriptions"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/waterfall"
)

// Config is everything that can be set. It is not changed once a gateway was built from it.
type Config struct {
	Server  Server             `yaml:"server"`
	Admin   Admin              `yaml:"admin"`
	GraphQL GraphQL            `yaml:"graphql"`
	REST    passthrough.Config `yaml:"rest"`
	// MCP says whether model agents may call operations as tools.
	MCP    mcp.Config    `yaml:"mcp"`
	Auth   auth.Config   `yaml:"auth"`
	Policy policy.Config `yaml:"policy"`
	Limits Limits        `yaml:"limits"`
	Cache  Cache         `yaml:"cache"`
	Events Events        `yaml:"events"`
	Redis  redis.Config  `yaml:"redis"`
	// Subscriptions says who may be told of how much, and for how long.
	Subscriptions subscriptions.Config `yaml:"subscriptions"`
	Log           telemetry.Config     `yaml:"log"`
	// Tracing says which requests are recorded, and where that is sent.
	Tracing   Tracing          `yaml:"tracing"`
	Upstreams upstreams.Config `yaml:"upstreams"`
	// Reload says how a change of all that comes about.
	Reload Reload `yaml:"reload"`
}

// Server is the public listener.
type Server struct {
	// Listen is the address of the public listener.
	Listen string `yaml:"listen"`
	// TLS is spoken where there is a certificate.
	TLS listening.Config `yaml:"tls"`
	// Protocols are what is spoken beside HTTP/1.1 and TLS.
	Protocols listening.Protocols `yaml:",inline"`
	// Connections bounds how many there are at the same time.
	Connections listening.Connections `yaml:"connections"`
	// Timeouts end clients that are too slow.
	Timeouts ServerTimeouts `yaml:"timeouts"`
	// ReadyWithin bounds how long a start waits for what the gateway needs before it says that it is ready.
	ReadyWithin time.Duration `yaml:"ready_within"`
	// MaxHeader bounds a request's header fields together.
	MaxHeader units.Bytes `yaml:"max_header"`
	// MaxBody bounds a request's body.
	MaxBody units.Bytes `yaml:"max_body"`
	// Admission turns requests away where there are too many.
	Admission admission.Config `yaml:",inline"`
	// Memory turns requests away where memory is short.
	Memory pressure.Config `yaml:"memory"`
	// Compression lets answers go out as zstd or gzip to clients that accept them.
	Compression bool `yaml:"compression"`
	// Forwarded says which proxies in front are believed.
	Forwarded forwarded.Config `yaml:",inline"`
	// CORS says which other origins may call from a browser.
	CORS middleware.CORS `yaml:"cors"`
}

// ServerTimeouts bound how long one client may hold a connection.
type ServerTimeouts struct {
	// Header bounds reading a request's header.
	Header time.Duration `yaml:"header"`
	// Body bounds reading a whole request.
	Body time.Duration `yaml:"body"`
	// Write bounds the time from a request's header to the end of its answer.
	Write time.Duration `yaml:"write"`
	// Idle closes a connection without requests.
	Idle time.Duration `yaml:"idle"`
	// DrainDelay is how long the gateway goes on accepting after SIGTERM, so that balancers notice. It is longer than a balancer
	// takes for that.
	DrainDelay time.Duration `yaml:"drain_delay"`
	// Drain bounds the wait for requests in flight after that.
	Drain time.Duration `yaml:"drain"`
}

// Admin is the listener for operators.
type Admin struct {
	// Listen is the address of the admin listener. It has no authentication: keep it off the internet.
	Listen string `yaml:"listen"`
	// Hosts are names by which the admin listener may be asked, besides addresses, localhost and names without a dot.
	Hosts []string `yaml:"hosts"`
}

// GraphQL is what the endpoint offers and how large an operation may be.
type GraphQL struct {
	// GraphiQL serves the GraphiQL page at /.
	GraphiQL bool `yaml:"graphiql"`
	// Introspection lets clients ask for the schema. GraphiQL needs it.
	Introspection bool `yaml:"introspection"`
	// IntrospectionScopes are those of callers who may ask for the schema where others may not. One of them is enough.
	IntrospectionScopes []string `yaml:"introspection_scopes"`
	// SDL serves the schema as a text at /schema.graphql, to those who may ask for it.
	SDL bool `yaml:"sdl"`
	// IntrospectionByCaller shows each caller no more of the schema than that caller may use.
	IntrospectionByCaller bool `yaml:"introspection_by_caller"`
	// Batching says whether one request may ask for several operations.
	Batching graphqlhttp.Batching `yaml:"batching"`
	// Networks says from where the endpoint may be asked.
	Networks networks.Config `yaml:"networks"`
	// Timeout bounds one operation, all its upstream calls included.
	Timeout time.Duration `yaml:"timeout"`
	// Priorities say which operations go first where there is not room for all.
	Priorities admission.Operations `yaml:",inline"`
	// Limits bound a document before it is validated.
	Limits document.Limits `yaml:"limits"`
	// Documents bounds the parsed documents that are remembered.
	Documents document.CacheConfig `yaml:"documents"`
	// Persisted says which documents are known by an id, and which are run.
	Persisted persisted.Config `yaml:"persisted"`
	// Plans say how operations are answered by plans.
	Plans plan.Config `yaml:"plans"`
	// Trace says who may see which calls an operation makes.
	Trace waterfall.Config `yaml:"trace"`
	// Demand bounds what an operation may cost and ask services for.
	Demand demand.Config `yaml:"demand"`
	// Defer says whether answers may come in parts.
	Defer incremental.Config `yaml:"defer"`
	// Usage says how it is counted which clients use which fields.
	Usage fieldusage.Config `yaml:"usage"`
	// Operations are the operation names that metrics tell apart. Every other name counts as "other".
	Operations []string `yaml:"operations"`
	// Pages bound connections.
	Pages Pages `yaml:"pages"`
}

// Pages bound the first argument of connections.
type Pages struct {
	// Default is the page size where a query names none.
	Default int `yaml:"default"`
	// Max is the largest page.
	Max int `yaml:"max"`
}

// Default holds every default. What has none (upstreams' URLs, and what names callers) must be given.
func Default() Config {
	return Config{
		Server: Server{
			Listen: ":8080",
			TLS:    listening.DefaultConfig(),

			Protocols: listening.DefaultProtocols(),

			Connections: listening.DefaultConnections(),

			Timeouts: ServerTimeouts{
				Header:     5 * time.Second,
				Body:       30 * time.Second,
				Write:      60 * time.Second,
				Idle:       2 * time.Minute,
				DrainDelay: 5 * time.Second,
				Drain:      30 * time.Second,
			},
			ReadyWithin: 30 * time.Second,
			MaxHeader:   32 * units.KiB,
			MaxBody:     1 * units.MiB,
			Admission:   admission.DefaultConfig(),
			Memory:      pressure.DefaultConfig(),
			Compression: true,
			Forwarded:   forwarded.DefaultConfig(),
			CORS:        middleware.DefaultCORS(),
		},
		Admin: Admin{Listen: "127.0.0.1:9090"},
		GraphQL: GraphQL{
			Batching:  graphqlhttp.DefaultBatching(),
			Timeout:   30 * time.Second,
			Limits:    document.DefaultLimits(),
			Documents: document.DefaultCacheConfig(),
			Persisted: persisted.DefaultConfig(),
			Plans:     plan.DefaultConfig(),
			Trace:     waterfall.DefaultConfig(),
			Demand:    demand.DefaultConfig(),
			Defer:     incremental.DefaultConfig(),
			Usage:     fieldusage.DefaultConfig(),
			Pages:     Pages{Default: 20, Max: 100},
		},
		REST:          passthrough.DefaultConfig(),
		MCP:           mcp.DefaultConfig(),
		Auth:          auth.DefaultConfig(),
		Limits:        defaultLimits(),
		Cache:         defaultCache(),
		Events:        defaultEvents(),
		Redis:         redis.DefaultConfig(),
		Subscriptions: subscriptions.DefaultConfig(),
		Log:           telemetry.DefaultConfig(),
		Tracing:       defaultTracing(),
		Upstreams:     upstreams.DefaultConfig(),
		Reload:        defaultReload(),
	}
}
