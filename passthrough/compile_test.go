package passthrough

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/passthrough/composed"
)

// mistakesOf are what Compile reports, by path.
func mistakesOf(surroundings Surroundings, operations []*composed.Operation, routes ...Route) []string {
	config := DefaultConfig()
	config.Routes = routes
	var found []string
	Compile(config, surroundings, operations, func(path, message string) { found = append(found, path+": "+message) })
	slices.Sort(found)
	return found
}

func day(year int, month time.Month, day int) Date {
	return Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// wrong is a route and what is reported of it.
type wrong struct {
	route Route
	want  []string
}

func reports(t *testing.T, cases map[string]wrong) {
	t.Helper()
	surroundings := around(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, each := range c.want {
				want = append(want, "routes[0]."+each)
			}
			if diff := cmp.Diff(want, mistakesOf(surroundings, nil, c.route)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestMistakesOfWhatARouteMatchesAreReported(t *testing.T) {
	const unreachable = "version: cannot be reached: neither path, header nor media type names it, and it is not the default"
	reports(t, map[string]wrong{
		"no match": {Route{}, []string{"match: its path must begin with /"}},
		"no path":  {users(func(r *Route) { r.Match, r.Upstream = "GET", "" }), []string{"match: its path must begin with /"}},
		"a parameter twice": {
			users(func(r *Route) { r.Match = "GET /users/{id}/{id}" }), []string{"match: {id} stands in it twice"},
		},
		"a means of another kind": {
			users(func(r *Route) { r.VersionBy = []string{"path", "cookie", "header"} }),
			[]string{
				"version: must not be empty where requests can name it, or leave it out",
				"version_by[1]: must be path, header or media_type",
			},
		},
		"a version that is none":   {users(func(r *Route) { r.Version = "1" }), []string{"version: must be such as v1 or v1.2"}},
		"a version without a name": {users(func(r *Route) { r.Version, r.VersionBy = "v1", nil }), []string{unreachable}},
		"a host with a port": {
			users(func(r *Route) { r.Host = "shop.example:80" }),
			[]string{"host: may hold letters, digits, hyphens and dots, and a star only as its first label; a port is not compared"},
		},
		"a header that is none": {
			users(func(r *Route) { r.Headers = map[string]string{"Host": "a"} }), []string{"headers.Host: is not compared here: host is"},
		},
		"a parameter without a name": {
			users(func(r *Route) { r.Query = map[string]string{"": "b"} }), []string{"query: a parameter must have a name"},
		},
	})
}

func TestMistakesOfWhereARouteLeadsAreReported(t *testing.T) {
	const (
		unknown = "is no service: there are user, order, product, payment, legacy, search"
		records = " service, of whose records the schema says what may be shown: say what it returns"
	)
	reports(t, map[string]wrong{
		"nowhere":       {users(func(r *Route) { r.Upstream = "" }), []string{"upstream: must name a service of upstreams"}},
		"to nobody":     {users(func(r *Route) { r.Upstream = "users" }), []string{"upstream: " + unknown}},
		"raw to a user": {search(func(r *Route) { r.Upstream = "user" }), []string{"raw: cannot lead to the user" + records}},
		"raw to a user by another name": {
			search(func(r *Route) { r.Upstream = "legacy" }), []string{"raw: cannot lead to the legacy" + records},
		},
		"raw to a user by a part": {
			search(func(r *Route) { r.Split = []Share{{Weight: 1, Upstream: "legacy"}} }),
			[]string{"raw: cannot lead to the legacy" + records},
		},
		"a path of nobody":   {users(func(r *Route) { r.To = "users" }), []string{"to: must begin with /"}},
		"an unknown value":   {users(func(r *Route) { r.To = "/users/{name}" }), []string{"to: {name} is not in GET /users/{id}"}},
		"a rest that is one": {users(func(r *Route) { r.To = "/users/{id...}" }), []string{"to: {id...} is not in GET /users/{id}"}},
		"half an id":         {users(func(r *Route) { r.To = "/users/{identity.id}x" }), []string{"to: {identity.id} must be a whole segment"}},
		"another half": {
			users(func(r *Route) { r.To = "/users/x{identity.id}" }),
			[]string{`to: "x{identity.id}" is neither a literal nor {name} or {name...}, where a name has letters, digits and _`},
		},
		"parts": {
			users(func(r *Route) {
				r.Split = []Share{{Weight: 0}, {Weight: 60, Upstream: "users"}, {Weight: 41, To: "users"}, {Weight: -1, To: "/{name}"}}
			}),
			[]string{
				"split[0].weight: must be at least 1", "split[1].upstream: " + unknown, "split[2].to: must begin with /",
				"split[3].to: {name} is not in GET /users/{id}", "split[3].weight: must be at least 1",
			},
		},
		"more than all": {
			users(func(r *Route) { r.Split = []Share{{Weight: 60, Upstream: "legacy"}, {Weight: 41, To: "/people/{id}"}} }),
			[]string{"split: leads more than a hundred of a hundred requests elsewhere"},
		},
	})
}

func TestARouteMustSayWhatItShowsAndTakes(t *testing.T) {
	const (
		raw    = "raw: looks at no body, so it cannot stand beside returns, parts, expose, as, accepts, rename, add and drop"
		noBody = "is for methods that write: requests to this route have no body"
		nobody = "as: must name the mutation that the route stands for; or accepts the members it takes, and scopes what they need"
	)
	some := map[string]string{"a": "b"}
	reports(t, map[string]wrong{
		"nothing shown": {
			users(func(r *Route) { r.Returns = "" }),
			[]string{"returns: must name the type of the schema that the answer holds, or expose members one by one"},
		},
		"shown twice": {
			users(func(r *Route) { r.Parts = map[string]string{"/items": "User"} }),
			[]string{"parts: must stand alone: returns says that all of the answer is of one type"},
		},
		"a body to read":                {users(func(r *Route) { r.As = "updateProfile" }), []string{"as: " + noBody}},
		"members to read":               {users(func(r *Route) { r.Accepts = []string{"name"} }), []string{"accepts: " + noBody}},
		"additions to read":             {users(func(r *Route) { r.Request.Add = some }), []string{"request.add: " + noBody}},
		"taken twice":                   {profile(func(r *Route) { r.Accepts = []string{"name"} }), []string{"accepts: must not stand beside as, which says what is taken"}},
		"nothing taken":                 {profile(func(r *Route) { r.As = "" }), []string{nobody}},
		"taken from anybody":            {profile(func(r *Route) { r.As, r.Accepts = "", []string{"name"} }), []string{nobody}},
		"any method":                    {users(func(r *Route) { r.Match = "/users/{id}" }), []string{nobody}},
		"one of several methods":        {users(func(r *Route) { r.Match = "GET,DELETE /users/{id}" }), []string{nobody}},
		"raw from anybody":              {search(func(r *Route) { r.Scopes = nil }), []string{nobody}},
		"raw with a type":               {search(func(r *Route) { r.Returns = "User" }), []string{raw}},
		"raw with types":                {search(func(r *Route) { r.Parts = some }), []string{raw}},
		"raw with members":              {search(func(r *Route) { r.Expose = []string{"a"} }), []string{raw}},
		"raw with a mutation":           {search(func(r *Route) { r.As = "updateProfile" }), []string{raw}},
		"raw with what it takes":        {search(func(r *Route) { r.Accepts = []string{"a"} }), []string{raw}},
		"raw with renaming":             {search(func(r *Route) { r.Rename = some }), []string{raw}},
		"raw with additions":            {search(func(r *Route) { r.Request.Add = some }), []string{raw}},
		"raw with additions to answers": {search(func(r *Route) { r.Response.Add = some }), []string{raw}},
		"raw with what is left out":     {search(func(r *Route) { r.Response.Drop = []string{"a"} }), []string{raw}},
	})
}

func TestMistakesOfMembersAreReported(t *testing.T) {
	const (
		types  = "must be a type of the schema: Address, Order, OrderItem, Payment, Product, User"
		hidden = "is a member that nobody may see"
		shown  = "rename: or what is added or dropped beside it, does not fit what is shown: "
		taken  = "rename: or what is added beside it, does not fit what is taken: "
	)
	parts := func(parts map[string]string, expose ...string) Route {
		return users(func(r *Route) { r.Returns, r.Parts, r.Expose = "", parts, expose })
	}
	expose := func(paths ...string) Route { return users(func(r *Route) { r.Expose = paths }) }
	rename := func(names map[string]string) Route { return users(func(r *Route) { r.Rename = names }) }
	accepts := func(paths ...string) Route {
		return profile(func(r *Route) { r.As, r.Scopes, r.Accepts = "", []string{"users:write"}, paths })
	}
	reports(t, map[string]wrong{
		"no such type":            {users(func(r *Route) { r.Returns = "Users" }), []string{"returns: " + types}},
		"a type without a record": {users(func(r *Route) { r.Returns = "UserConnection" }), []string{"returns: " + types}},
		"no such type of a part":  {parts(map[string]string{"/items": "Users"}), []string{"parts./items: " + types}},
		"no pointer":              {parts(map[string]string{"items": "User"}), []string{"parts.items: must be a JSON pointer such as /items"}},
		"a pointer to nothing":    {parts(map[string]string{"/": "User"}), []string{`parts./: path "" has an empty name`}},
		"a part that is hidden":   {parts(map[string]string{"/a/api_token": "User"}), []string{"parts./a/api_token: " + hidden}},
		"a part that is shortened": {
			parts(map[string]string{"/card_number": "User"}), []string{"parts./card_number: is a member of which only the end is ever shown"},
		},
		"a shortened member": {
			expose("card_number"),
			[]string{"expose[0]: is a member of which only the end is ever shown, where the route returns the type that has it"},
		},
		"a part of a part": {
			parts(map[string]string{"/a": "User", "/a/orders": "Order", "/ab": "User"}),
			[]string{"parts./a/orders: lies within the records at /a"},
		},
		"a hidden member":              {expose("note", "address/api_token"), []string{"expose[1]: " + hidden}},
		"within a hidden member":       {expose("password_hash/salt"), []string{"expose[0]: " + hidden}},
		"a member of a text":           {expose("name/first"), []string{`expose[0]: "name" is no object`}},
		"a member without a name":      {expose("note", ""), []string{`expose[1]: path "" has an empty name`}},
		"a hidden member of parts":     {parts(map[string]string{"/items": "User"}, "note", "api_token"), []string{"expose[1]: " + hidden}},
		"a hidden member of the whole": {parts(map[string]string{"/items": "User"}, "/total", "/api_token"), []string{"expose[1]: " + hidden}},
		"a member of the records' text": {
			parts(map[string]string{"/items": "User"}, "/items/name/first"), []string{`expose[0]: "items/name" is no object`},
		},

		"the same name": {
			rename(map[string]string{"username": "", "name": "name"}),
			[]string{"rename.name: must be another name", "rename.username: must be another name"},
		},
		"the same name, both ways": {
			profile(func(r *Route) { r.Rename = map[string]string{"name": "name"} }), []string{"rename.name: must be another name"},
		},
		"a name that is taken": {
			rename(map[string]string{"username": "name"}), []string{shown + `two members would be called "name"`},
		},
		"a member that is not shown": {
			rename(map[string]string{"password_hash": "p"}), []string{shown + "move password_hash to p: it does not go through"},
		},
		"no path": {
			rename(map[string]string{"a//b": "name"}), []string{shown + `move a//b to name: path "a//b" has an empty name`},
		},
		"nothing to leave out": {
			users(func(r *Route) { r.Response.Drop = []string{"nothing"} }), []string{shown + `drop "nothing": it does not go through`},
		},
		"no place to add to": {
			users(func(r *Route) { r.Response.Add = map[string]string{"name/first": "1"} }), []string{shown + `"name/first": "name" is no object`},
		},

		"no such mutation": {
			profile(func(r *Route) { r.As = "user" }),
			[]string{"as: must be a mutation of the schema: cancelOrder, payOrder, placeOrder, refundPayment, updateProfile"},
		},
		"a hidden member that is taken": {accepts("name", "address/api_token"), []string{"accepts[1]: " + hidden}},
		"a member of a text that is taken": {
			accepts("a", "a//b"), []string{`accepts[1]: path "a//b" has an empty name`},
		},
		"no place to move to there": {
			profile(func(r *Route) {
				r.Returns, r.Expose, r.Rename = "", []string{"name"}, map[string]string{"name": "email/name"}
			}),
			[]string{`rename: move name to email/name: "email" is no object`},
		},
		"a hidden member that is added": {
			profile(func(r *Route) { r.Request.Add = map[string]string{"api_token": "1"} }), []string{"request.add.api_token: " + hidden},
		},
		"no place to add to there": {
			profile(func(r *Route) { r.Request.Add = map[string]string{"name/first": "1"} }),
			[]string{taken + `"name/first": "name" is no object`},
		},
	})
}

func TestMistakesOfValuesAreReported(t *testing.T) {
	reports(t, map[string]wrong{
		"fields": {
			users(func(r *Route) {
				r.Request.Headers = Fields{
					Set: map[string]string{"X-A": "{path.name}"}, Default: map[string]string{"X-B": "{identity.name}"},
					Drop: []string{"X A", "host"}, Rename: map[string]string{"X-C": "", "connection": "X-D"},
				}
				r.Request.Query.Set = map[string]string{"a": "a {cookie.x} b"}
				r.Response.Headers.Set = map[string]string{"X-A": "{query.a} {path.name}", "Content-length": "5"}
			}),
			[]string{
				"request.headers.default.X-B: of the identity there are {identity.id} and {identity.scopes}",
				"request.headers.drop[0]: must be the name of a header field",
				"request.headers.drop[1]: is the gateway's own to say",
				"request.headers.rename.X-C: must be the name of a header field",
				"request.headers.rename.connection: is the gateway's own to say",
				"request.headers.set.X-A: match has no parameter {name}",
				"request.query.set.a: knows path, query, header and identity, and not cookie",
				"response.headers.set.Content-length: is the gateway's own to say",
				"response.headers.set.X-A: match has no parameter {name}",
			},
		},
		"members": {
			profile(func(r *Route) {
				r.Request.Add = map[string]string{"a": "{path.x}", "b": `{"id": "{identity.id}"}`}
				r.Response.Add = map[string]string{"c": "{identity.name}"}
			}),
			[]string{
				"request.add.a: match has no parameter {x}",
				"request.add.b: is JSON, in which a reference would stay as it is: a value is either, or a text with references",
				"response.add.c: of the identity there are {identity.id} and {identity.scopes}",
			},
		},
		"what is kept back": {
			users(func(r *Route) { r.Forward = []string{"cookie", "X-User-Id", "Authorization", ""} }),
			[]string{
				"forward[1]: must be Authorization or Cookie: other fields pass anyway",
				"forward[3]: must be Authorization or Cookie: other fields pass anyway",
			},
		},
	})
}

func TestMistakesOfTimesAndBoundsAreReported(t *testing.T) {
	reports(t, map[string]wrong{
		"an end before its announcement": {
			users(func(r *Route) { r.Sunset, r.Deprecated = day(2027, 1, 1), day(2027, 1, 2) }), []string{"sunset: is before deprecated"},
		},
		"a successor of what stays": {
			users(func(r *Route) { r.Successor = "/v2/users/{id}" }), []string{"deprecated: is needed beside successor and notice"},
		},
		"a notice of what stays": {
			users(func(r *Route) { r.Notice = "https://shop.example/v2" }), []string{"deprecated: is needed beside successor and notice"},
		},
		"a notice that is none": {
			users(func(r *Route) { r.Notice, r.Sunset = "see <v2>", day(2027, 1, 2) }), []string{"notice: must be a URL"},
		},
		"a successor with another parameter": {
			users(func(r *Route) { r.Successor, r.Deprecated = "/v2/users/{name}", day(2027, 1, 2) }),
			[]string{"successor: must be a path with the parameters of match: {name} is not in GET /users/{id}"},
		},
		"less than nothing": {
			users(func(r *Route) { r.Timeouts, r.MaxBody = Timeouts{Header: -1, Total: -1, Body: -1, Idle: -1}, -1 }),
			[]string{
				"max_body: must not be negative", "timeouts.body: must not be negative", "timeouts.header: must not be negative",
				"timeouts.idle: must not be negative", "timeouts.total: must not be negative",
			},
		},
		"a part that is longer than the whole": {
			users(func(r *Route) { r.Timeouts = Timeouts{Header: 2 * time.Second, Total: time.Second} }),
			[]string{"timeouts.header: is longer than timeouts.total, so it could never end a call"},
		},
	})
}

func TestARouteIsHeldAgainstAContractThatKnowsIt(t *testing.T) {
	reports(t, map[string]wrong{
		"a good one": {users(func(r *Route) { r.Validate = true }), nil},
		"several methods": {
			users(func(r *Route) { r.Match, r.Validate = "GET,HEAD /users/{id}", true }),
			[]string{"validate: is for routes of one method that are not raw"},
		},
		"all methods": {
			users(func(r *Route) {
				r.Match, r.To, r.Validate, r.As = "/users/{id}", "/users/{identity.id}", true, "updateProfile"
			}),
			[]string{"validate: is for routes of one method that are not raw"},
		},
		"raw": {
			search(func(r *Route) { r.Match, r.Validate = "GET /search/{path...}", true }),
			[]string{"validate: is for routes of one method that are not raw"},
		},
		"a service without a contract": {
			users(func(r *Route) { r.Upstream, r.Validate = "search", true }),
			[]string{"validate: needs the contract of the search service: there is none: the service's stanza must name one"},
		},
		"a path that is none of the service's": {
			users(func(r *Route) { r.To, r.Validate = "/people/{id}", true }),
			[]string{"validate: user:10 #/paths: there is no path like /people/{id}"},
		},
	})
}

func TestGoodRoutesHaveNoMistakes(t *testing.T) {
	routes := []Route{
		users(func(r *Route) { r.Version, r.Deprecated, r.Sunset = "v1", day(2026, 6, 30), day(2026, 6, 30) }),
		users(func(r *Route) { r.Version, r.VersionBy, r.Default = "v2", []string{byHeader, byMediaType}, true }),
		users(func(r *Route) {
			r.Match, r.Returns, r.Expose, r.Host = "GET /notes/{id}", "", []string{"note", "notes/last", "/total"}, "*.shop.example"
		}),
		users(func(r *Route) {
			r.Match, r.Returns = "GET /pages", ""
			r.Parts = map[string]string{"/items": "User", "/more/orders": "Order"}
			r.Expose = []string{"note", "/total", "/more/count"}
			r.Response = ResponseEdits{Add: map[string]string{"kind": "page", "from": `{"door":"rest"}`}, Drop: []string{"status"}}
			r.To = "/users"
		}),
		profile(func(r *Route) {
			r.Rename = map[string]string{"username": "user_name", "address/city": "city", "name": "full/name"}
			r.Request.Add = map[string]string{"source/door": "rest", "user_id": "{identity.id:number}"}
			r.Forward = []string{"cookie"}
			r.Split = []Share{{Weight: 99, Upstream: "legacy", To: "/people/{identity.id}"}, {Weight: 1, Upstream: "search"}}
		}),
		profile(func(r *Route) {
			r.Match, r.As, r.Accepts, r.Scopes = "PUT,POST,GET /desk/users/{id}", "", []string{"name", "notes/last"}, []string{"desk"}
		}),
		search(func(r *Route) {
			r.Request.Headers.Set = map[string]string{"X-Search": "{path.path} {header.X-A} {query.q}"}
			r.Timeouts = Timeouts{Header: time.Second, Total: time.Second, Body: time.Hour, Idle: time.Hour}
		}),
		{Match: "DELETE /orders/{id}", Upstream: "order", As: "cancelOrder", Returns: "Order", VersionBy: []string{byPath}},
	}
	if diff := cmp.Diff([]string(nil), mistakesOf(around(t), nil, routes...)); diff != "" {
		t.Error(diff)
	}
}

func TestRoutesThatAnswerTheSameRequestsAreBothNamed(t *testing.T) {
	surroundings := around(t)
	operation := &composed.Operation{Name: "UserSummary", Method: "GET", Path: "/v2/users/{user}"}
	for name, c := range map[string]struct {
		routes     []Route
		operations []*composed.Operation
		want       []string
	}{
		"the same path with another parameter": {
			routes: []Route{users(nil), profile(nil), users(func(r *Route) { r.Match, r.To, r.As = "GET,PUT /users/{name}", "/users/{identity.id}", "updateProfile" })},
			want: []string{"routes[2].match: routes[2] (GET,PUT /users/{name}) answers requests that routes[0] (GET /users/{id}) answers as well, " +
				"and neither is more specific"},
		},
		"a route and an operation": {
			routes:     []Route{users(func(r *Route) { r.Version = "v2" })},
			operations: []*composed.Operation{operation},
			want: []string{"operations: the operation UserSummary (GET /v2/users/{user}) answers requests that routes[0] (GET /v2/users/{id}) " +
				"answers as well, and neither is more specific"},
		},
		"an operation that cannot be reached": {
			operations: []*composed.Operation{{Name: "Broken", Method: "GET", Path: "orders"}},
			want:       []string{"operations: Broken cannot be reached: its path must begin with /"},
		},
		"two defaults": {
			routes: []Route{
				users(func(r *Route) { r.Version, r.Default = "v1", true }),
				users(func(r *Route) { r.Version, r.Default = "v2", true }),
			},
			want: []string{"routes[1].match: routes[1] (GET /v2/users/{id}) answers requests that routes[0] (GET /v1/users/{id}) answers as well, " +
				"and neither is more specific"},
		},
		"conditions that can both hold": {
			routes: []Route{
				users(func(r *Route) { r.Headers = map[string]string{"x-beta": "*"} }),
				users(func(r *Route) { r.Query = map[string]string{"beta": "*"} }),
			},
			want: []string{"routes[1].match: routes[1] (GET /users/{id} with query beta) answers requests that " +
				"routes[0] (GET /users/{id} with header X-Beta) answers as well, and neither is more specific"},
		},
		"conditions that cannot": {
			routes: []Route{
				users(func(r *Route) { r.Headers = map[string]string{"x-beta": "1"} }),
				users(func(r *Route) { r.Headers = map[string]string{"x-beta": "2"} }),
			},
		},
		"two versions":      {routes: []Route{users(func(r *Route) { r.Version = "v1" }), users(func(r *Route) { r.Version = "v2" })}},
		"two methods":       {routes: []Route{users(nil), profile(func(r *Route) { r.Match = "PATCH /users/{id}" })}},
		"a more exact path": {routes: []Route{users(nil), users(func(r *Route) { r.Match = "GET /users/me" })}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, mistakesOf(surroundings, c.operations, c.routes...)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}
