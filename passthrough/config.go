package passthrough

import (
	"time"

	"github.com/concierge-gateway/concierge/networks"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/units"
)

// Config is the REST door: routes that lead to services, and operations that are endpoints.
type Config struct {
	// Networks says from where the door may be asked.
	Networks networks.Config `yaml:"networks"`
	// Routes lead from requests to services. Their order in the file means nothing.
	Routes []Route `yaml:"routes"`
	// Operations is a directory of GraphQL operations (*.graphql), each with @endpoint, which are answered as REST. Empty has none;
	// builtin has those that come with the gateway.
	Operations string `file:"" yaml:"operations"`
	// OpenAPI serves a description of all routes at /openapi.json, to everybody.
	OpenAPI bool `yaml:"openapi"`
	// EncodedSlashes lets %2F stand within a segment of a path. Otherwise it is refused: services differ in what they take it for.
	EncodedSlashes bool `yaml:"encoded_slashes"`
	// MaxRecord bounds one record of an answer that is filtered or changed: so much of it is held in memory.
	MaxRecord units.Bytes `yaml:"max_record"`
	// Consumers is how many callers metrics tell apart. Further ones count as "other".
	Consumers int `yaml:"consumers"`
}

// Route leads the requests that it matches to a service.
type Route struct {
	// Match is which requests: methods and a path, such as GET /users/{id} or PUT,POST /files/{path...}. Without methods, it is all.
	Match string `yaml:"match"`
	// Host is the host that is asked for, such as api.example.com or *.example.com. Empty is any.
	Host string `yaml:"host"`
	// Headers are header fields that must be there, each with its value, or * for any.
	Headers map[string]string `yaml:"headers"`
	// Query are query parameters that must be there, each with its value, or * for any.
	Query map[string]string `yaml:"query"`
	// Version is the version that the route answers, such as v1.
	Version string `yaml:"version"`
	// VersionBy is how a request names the version: path (/v1 before the path), header (API-Version: v1), media_type
	// (Accept: application/json;version=1).
	VersionBy []string `yaml:"version_by"`
	// Default lets requests reach this version that name none.
	Default bool `yaml:"default"`
	// Summary is a sentence about the route for /openapi.json.
	Summary string `yaml:"summary"`
	// Example are values of the path's parameters for /openapi.json, with which there is an answer.
	Example map[string]string `yaml:"example"`

	// Upstream is the service.
	Upstream string `yaml:"upstream"`
	// To is the path at the service, with the parameters of match, such as /users/{id}, or with {identity.id}. Empty is the path of
	// match.
	To string `yaml:"to"`
	// Split leads a part of the requests elsewhere.
	Split []Share `yaml:"split"`

	// Returns is the type of the schema that the answer is a record of, or a list of records.
	Returns string `yaml:"returns"`
	// Parts are types by where in the answer their records stand, as JSON pointers, such as {/items: User}.
	Parts map[string]string `yaml:"parts"`
	// Expose are further members that are shown, such as notes or address/geo. One that begins with / counts from the top of the
	// answer, such as /total.
	Expose []string `yaml:"expose"`
	// As is the mutation that a writing route stands for: it takes the members that the mutation's input has.
	As string `yaml:"as"`
	// Accepts are the members that a writing route takes, where it stands for no mutation.
	Accepts []string `yaml:"accepts"`
	// Scopes are what a caller must have been granted, all of them. A route that writes and stands for no mutation needs one, unless
	// the service finds out who calls.
	Scopes []string `yaml:"scopes"`
	// Public lets callers without a name use a route that returns no type, which would say so. They must be let in at all
	// (auth.anonymous).
	Public bool `yaml:"public"`
	// Authentication says who finds out who calls: the gateway, or for a raw and public route the service. The service's callers
	// have no name here. They are let in without auth.anonymous and with any credential, of which the service gets what forward
	// names. The limits are those of their addresses. Empty is gateway.
	Authentication Authentication `yaml:"authentication"`
	// Networks says from where the route may be asked.
	Networks networks.Config `yaml:"networks"`
	// Raw lets bodies pass as they are, both ways, those of errors too, and WebSockets. Only to services of which the schema knows
	// no records.
	Raw bool `yaml:"raw"`

	// Rename are members that clients know by another name or at another place: {username: user_name, address/city: city}, the
	// service's to the left. It holds for answers and, backwards, for requests.
	Rename map[string]string `yaml:"rename"`
	// Request is what else is changed in requests.
	Request RequestEdits `yaml:"request"`
	// Response is what else is changed in answers.
	Response ResponseEdits `yaml:"response"`
	// Validate holds requests against the service's contract before they are sent.
	Validate bool `yaml:"validate"`
	// Forward are header fields that are kept back otherwise: Authorization, Cookie.
	Forward []string `yaml:"forward"`

	// Deprecated is the day from which on the route's version should not be used any more, such as 2027-01-31.
	Deprecated Date `yaml:"deprecated"`
	// Sunset is the day from which on it is answered with 410.
	Sunset Date `yaml:"sunset"`
	// Successor is the path of what replaces it. Empty is the same path in the next version that is not deprecated.
	Successor string `yaml:"successor"`
	// Notice is the URL of a page about the deprecation.
	Notice string `yaml:"notice"`

	// MaxBody bounds a request's body. 0 is server.max_body.
	MaxBody units.Bytes `yaml:"max_body"`
	// Timeouts are the route's own.
	Timeouts Timeouts `yaml:"timeouts"`
	// Priority is batch, interactive or critical: the lowest is turned away first where there is not room for all.
	Priority priority.Class `yaml:"priority"`
}

// Share is a part of a route's requests that goes elsewhere.
type Share struct {
	// Weight is how many of a hundred. The same caller is always in the same part.
	Weight int `yaml:"weight"`
	// Upstream is the service. Empty is the route's.
	Upstream string `yaml:"upstream"`
	// To is the path at the service. Empty is the route's.
	To string `yaml:"to"`
}

// RequestEdits are changes of requests. Values may hold {path.id}, {query.limit}, {header.Accept-Language}, {identity.id} and
// {identity.scopes}.
type RequestEdits struct {
	// Headers are changes of the header.
	Headers Fields `yaml:"headers"`
	// Query are changes of the query.
	Query Fields `yaml:"query"`
	// Add are members that the body gets, such as {user_id: "{identity.id:number}"}. A value is JSON, or else a text.
	Add map[string]string `yaml:"add"`
}

// ResponseEdits are changes of answers.
type ResponseEdits struct {
	// Headers are changes of the header.
	Headers Fields `yaml:"headers"`
	// Add are members that each record gets.
	Add map[string]string `yaml:"add"`
	// Drop are members that are left out, by the service's names.
	Drop []string `yaml:"drop"`
}

// Fields are changes of header fields or query parameters. They are made in this order: drop, rename, default, set.
type Fields struct {
	// Drop are left out.
	Drop []string `yaml:"drop"`
	// Rename are given another name: the old to the left.
	Rename map[string]string `yaml:"rename"`
	// Default are set where they are not there.
	Default map[string]string `yaml:"default"`
	// Set are set in any case.
	Set map[string]string `yaml:"set"`
}

// Timeouts are those of one route. 0s is that of the service or the server.
type Timeouts struct {
	// Header bounds the wait for the answer's first byte, once the request was sent.
	Header time.Duration `yaml:"header"`
	// Total bounds the whole call. Raw routes have none unless it is given.
	Total time.Duration `yaml:"total"`
	// Body bounds how long the request's body may take to arrive.
	Body time.Duration `yaml:"body"`
	// Idle ends a raw route's stream on which nothing came for so long, in either direction. 0s is 5m.
	Idle time.Duration `yaml:"idle"`
}

// SetDefaults is what an entry of the list leaves out.
func (r *Route) SetDefaults() { r.VersionBy = []string{byPath} }

// DefaultConfig has no routes.
func DefaultConfig() Config {
	return Config{MaxRecord: units.MiB, Consumers: 100}
}

// How a request names a version.
const (
	byPath      = "path"
	byHeader    = "header"
	byMediaType = "media_type"
)

// Validate reports bounds that make no sense. What is wrong with a route is seen when all of them are put together.
func (c Config) Validate(fail func(path, message string)) {
	if c.MaxRecord < units.KiB || c.MaxRecord > 64*units.MiB {
		fail("max_record", "must lie between 1KiB and 64MiB")
	}
	c.Networks.Validate(func(path, message string) { fail("networks."+path, message) })
	if c.Consumers < 0 || c.Consumers > 10_000 {
		fail("consumers", "must lie between 0 and 10000")
	}
}
