package passthrough

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/passthrough/routing"
	"github.com/concierge-gateway/concierge/passthrough/validate"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/redact"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/transport"
)

// Fail takes what is wrong with a setting, by its path below rest.
type Fail func(path, message string)

func (f Fail) below(parent string) Fail {
	return func(path, message string) { f(parent+path, message) }
}

// Surroundings are what routes refer to.
type Surroundings struct {
	// Policy says what may be shown and written.
	Policy *redact.Policy
	// Services are where routes may lead.
	Services upstreams.Config
	// Contract is a service's description in OpenAPI.
	Contract func(service string) (*validate.Contract, error)
	// Document is the same, to be read by people who describe routes.
	Document func(service string) (*openapi.Document, bool)
}

// route is an entry of the configuration, read.
type route struct {
	Route

	rule       routing.Rule
	unreadable bool // nobody knows what the rule fits
	name       string
	usual      target
	shares     []share
	times      *transport.CallTimeouts
	announced  lifecycle
	mark       mark
	versions   []string         // the version, as an answer's header says it
	same       routing.Template // the path that it matches, as clients ask for it
	replaced   *successor       // what the configuration says takes its place

	inHeader, inQuery, outHeader edits
	counted                      []string // the request's fields by which a service may answer otherwise, whoever asks

	takesSpec  *reshape.Spec
	showsSpec  *reshape.Spec
	takes      *reshape.Plan // of a request's body; nil where there may be none, or where it passes as it is
	takesAdded []member
	shows      *reshape.Plan // of an answer; nil where it passes as it is
	showsAdded []member
	returned   []*redact.Record // of the types that an answer holds
	types      []string         // of the records at each of the answer's places, as a plan numbers them
	limited    []int            // the meters of what is shown only so often
	sight      sight
	writing    *writing // how it is known whether the caller may write; nil where scopes alone say so
	expects    *validate.Operation
	writeLimit *ratelimit.Field  // how often what it does can be done
	names      map[string]string // the client's names of members that a service may complain about
}

// target is where requests go.
type target struct {
	service string
	path    path
}

// share is a part of the requests, up to a bound of a hundred.
type share struct {
	target

	below int
}

// compiler reads one route.
type compiler struct {
	around Surroundings
	route  *route
	fail   Fail
}

// compile reads all routes, and reports what is wrong with each.
func compile(c Config, around Surroundings, fail Fail) []*route {
	routes := make([]*route, len(c.Routes))
	for i, entry := range c.Routes {
		each := &compiler{around: around, route: &route{Route: entry}, fail: fail.below(fmt.Sprintf("routes[%d].", i))}
		each.all()
		routes[i] = each.route
	}
	return routes
}

func (c *compiler) all() {
	pattern, err := routing.ParsePattern(c.route.Match)
	if err != nil {
		c.route.unreadable = true
		c.fail("match", err.Error())
		return
	}
	c.rule(pattern)
	c.targets()
	c.statement()
	c.edits()
	c.plans()
	c.authentication()
	c.route.sight = sightOf(c.route.returned)
	c.writing()
	c.ends()
	c.bounds()
	c.contract()
}

func (c *compiler) rule(pattern routing.Pattern) {
	r := c.route
	r.rule = routing.Rule{
		Pattern: pattern, Host: r.Host, Headers: r.Headers, Query: r.Query, Version: r.Version, Default: r.Default,
	}
	fail := func(path, message string) { r.unreadable = true; c.fail(path, message) }
	for i, by := range r.VersionBy {
		switch by {
		case byPath:
			r.rule.ByPath = r.Version != ""
		case byHeader:
			r.rule.ByHeader = true
		case byMediaType:
			r.rule.ByMediaType = true
		default:
			fail(fmt.Sprintf("version_by[%d]", i), "must be path, header or media_type")
		}
	}
	r.rule.Validate(fail)
	r.name, r.versions, r.mark = r.rule.String(), []string{r.Version}, markOf(r.Route)
}

// targets reads where requests go.
func (c *compiler) targets() {
	r := c.route
	c.service("upstream", r.Upstream)
	to := r.To
	if to == "" {
		to = r.rule.Pattern.Path()
	}
	r.usual = target{r.Upstream, c.path("to", to)}
	sum := 0
	for i, each := range r.Split {
		at := fmt.Sprintf("split[%d].", i)
		s := share{target: r.usual}
		if each.Upstream != "" {
			c.service(at+"upstream", each.Upstream)
			s.service = each.Upstream
		}
		if each.To != "" {
			s.path = c.path(at+"to", each.To)
		}
		if each.Weight < 1 {
			c.fail(at+"weight", "must be at least 1")
		}
		sum += each.Weight
		s.below = sum
		r.shares = append(r.shares, s)
	}
	if sum > 100 {
		c.fail("split", "leads more than a hundred of a hundred requests elsewhere")
	}
}

func (c *compiler) path(at, text string) path {
	p, err := parsePath(text, c.route.rule.Pattern)
	if err != nil {
		c.fail(at, err.Error())
	}
	return p
}

// service checks that there is one of the name, and that the route may lead to it.
func (c *compiler) service(at, name string) {
	if name == "" {
		c.fail(at, "must name a service of upstreams")
		return
	}
	var known []string
	for each := range c.around.Services.Ways() {
		known = append(known, each)
	}
	if !slices.Contains(known, name) {
		c.fail(at, "is no service: there are "+strings.Join(known, ", "))
		return
	}
	if c.route.Raw && c.around.hasRecords(name) {
		c.fail("raw", "cannot lead to the "+name+" service, of whose records the schema says what may be shown: say what it returns")
	}
}

// hasRecords reports whether a service answers with records that the schema knows: one of those with a client, by whatever name
// it is called.
func (s Surroundings) hasRecords(name string) bool { return s.client(name) != "" }

// client is the service with a client that answers under a name, empty where there is none.
func (s Surroundings) client(name string) string {
	other := s.Services.Others[name]
	for client := range s.Services.All() {
		if client == name {
			return name
		}
	}
	for client, service := range s.Services.All() {
		for _, url := range service.Transport.URLs {
			if slices.ContainsFunc(other.Transport.URLs, func(each string) bool { return sameHost(each, url) }) {
				return client
			}
		}
	}
	return ""
}

// clients are the services with a client that the route leads to.
func (c *compiler) clients() []string {
	names := make([]string, 0, 1+len(c.route.Split))
	for _, each := range c.route.targets() {
		names = append(names, c.around.client(each.service))
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// LeadsTo reports whether some of a route's requests go to a service.
func (r Route) LeadsTo(service string) bool {
	return r.Upstream == service || slices.ContainsFunc(r.Split, func(s Share) bool { return s.Upstream == service })
}

// writes reports whether a route has a method that changes something.
func (r *route) writes() bool {
	methods := r.rule.Pattern.Methods()
	return methods == nil || slices.ContainsFunc(methods, func(method string) bool { return !reads(method) })
}

func reads(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// statement checks that the route says what it shows and what it takes.
func (c *compiler) statement() {
	r := c.route
	says := r.Returns != "" || len(r.Parts) > 0 || len(r.Expose) > 0
	switch {
	case r.Raw && (says || r.As != "" || len(r.Accepts) > 0 || r.changesBodies()):
		c.fail("raw", "looks at no body, so it cannot stand beside returns, parts, expose, as, accepts, rename, add and drop")
	case !r.Raw && !says:
		c.fail("returns", "must name the type of the schema that the answer holds, or expose members one by one")
	case r.Returns != "" && len(r.Parts) > 0:
		c.fail("parts", "must stand alone: returns says that all of the answer is of one type")
	}
	if r.Public && len(r.Scopes) > 0 {
		c.fail("public", "lets in callers without a name, whom scopes keep out")
	}
	if r.writes() {
		c.takes()
	} else {
		c.takesNothing()
	}
}

func (r *route) changesBodies() bool {
	return len(r.Rename) > 0 || len(r.Request.Add) > 0 || len(r.Response.Add) > 0 || len(r.Response.Drop) > 0
}

// takes checks what a route says that writes.
func (c *compiler) takes() {
	r := c.route
	if r.As != "" && len(r.Accepts) > 0 {
		c.fail("accepts", "must not stand beside as, which says what is taken")
	}
	if r.As == "" && len(r.Scopes) == 0 && !r.unnamed() {
		c.fail("as", "must name the mutation that the route stands for; or accepts the members it takes, and scopes what they need")
	}
}

// takesNothing checks that a route says nothing of bodies that it does not take.
func (c *compiler) takesNothing() {
	const why = "is for methods that write: requests to this route have no body"
	r := c.route
	if r.As != "" {
		c.fail("as", why)
	}
	if len(r.Accepts) > 0 {
		c.fail("accepts", why)
	}
	if len(r.Request.Add) > 0 {
		c.fail("request.add", why)
	}
}

// edits reads what is changed of headers and queries.
func (c *compiler) edits() {
	r, params := c.route, c.route.rule.Pattern.Params()
	r.inHeader = compileEdits(r.Request.Headers, params, field, c.fail.below("request.headers."))
	r.inQuery = compileEdits(r.Request.Query, params, parameter, c.fail.below("request.query."))
	r.outHeader = compileEdits(r.Response.Headers, params, field, c.fail.below("response.headers."))
	r.counted = r.countedFields()
	for i, name := range r.Forward {
		if name = http.CanonicalHeaderKey(name); name != "Authorization" && name != "Cookie" {
			c.fail(fmt.Sprintf("forward[%d]", i), "must be Authorization or Cookie: other fields pass anyway")
		}
	}
}

// countedFields are the fields of a request that the route makes, or is chosen by. Another route to the same path may have made
// others of them, so what is answered to one of the two is not for the other.
func (r *route) countedFields() []string {
	var names []string
	for _, each := range r.inHeader.rename {
		names = append(names, each.to)
	}
	for _, each := range slices.Concat(r.inHeader.defaults, r.inHeader.set) {
		names = append(names, each.name)
	}
	for name := range r.Headers {
		names = append(names, http.CanonicalHeaderKey(name))
	}
	if r.rule.ByHeader {
		names = append(names, versionField)
	}
	if r.rule.ByMediaType {
		names = append(names, "Accept")
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// members reads values that members are given.
func (c *compiler) members(at string, all map[string]string) (paths []string, values []member) {
	for _, path := range slices.Sorted(maps.Keys(all)) {
		m, err := parseMember(all[path], c.route.rule.Pattern.Params())
		if err != nil {
			c.fail(at+"."+path, err.Error())
			continue
		}
		paths, values = append(paths, path), append(values, m)
	}
	return paths, values
}

// ends reads when the version ends.
func (c *compiler) ends() {
	r := c.route
	if !r.Sunset.IsZero() && r.Sunset.Before(r.Deprecated.Time) {
		c.fail("sunset", "is before deprecated")
	}
	if (r.Successor != "" || r.Notice != "") && r.Deprecated.IsZero() && r.Sunset.IsZero() {
		c.fail("deprecated", "is needed beside successor and notice")
	}
	if strings.ContainsAny(r.Notice, "<>\"\r\n ") {
		c.fail("notice", "must be a URL")
	}
	var err error
	if r.same, err = routing.ParseTemplate(r.rule.Pattern.Path(), r.rule.Pattern); err != nil {
		c.fail("match", err.Error())
	}
	if r.Successor == "" {
		return
	}
	r.replaced = new(successor)
	if r.replaced.template, err = routing.ParseTemplate(r.Successor, r.rule.Pattern); err != nil {
		c.fail("successor", "must be a path with the parameters of match: "+err.Error())
	}
}

func (c *compiler) bounds() {
	t := c.route.Timeouts
	for path, d := range map[string]int64{
		"timeouts.header": int64(t.Header), "timeouts.total": int64(t.Total), "timeouts.body": int64(t.Body),
		"timeouts.idle": int64(t.Idle), "max_body": int64(c.route.MaxBody),
	} {
		if d < 0 {
			c.fail(path, "must not be negative")
		}
	}
	if t.Total > 0 && t.Header > t.Total {
		c.fail("timeouts.header", "is longer than timeouts.total, so it could never end a call")
	}
	if t.Idle > 0 && !c.route.Raw {
		c.fail("timeouts.idle", "is for raw routes: the answers of others are no streams")
	}
	if t.Header > 0 || t.Total > 0 || c.route.Raw {
		c.route.times = &transport.CallTimeouts{Header: t.Header, Total: t.Total, Endless: c.route.Raw}
	}
}

// contract finds what the service says of such requests.
func (c *compiler) contract() {
	r := c.route
	if !r.Validate {
		return
	}
	methods := r.rule.Pattern.Methods()
	if len(methods) != 1 || r.Raw {
		c.fail("validate", "is for routes of one method that are not raw")
		return
	}
	contract, err := c.around.Contract(r.Upstream)
	if err != nil {
		c.fail("validate", "needs the contract of the "+r.Upstream+" service: "+err.Error())
		return
	}
	if r.expects, err = contract.Operation(methods[0], r.usual.path.text); err != nil {
		c.fail("validate", err.Error())
	}
}
