package tests

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	delivered "github.com/concierge-gateway/concierge/schema"
)

// question is a request, the same for everybody but for the credential.
type question struct {
	method, path, body string
	header             http.Header
}

func (q question) String() string { return strings.TrimSpace(q.method + " " + q.path + " " + q.body) }

// furtherRoutes are routes for each type, in each form that shows records.
func furtherRoutes(t *testing.T) string {
	t.Helper()
	var section strings.Builder
	for _, service := range demo.Names() {
		name := typesOf()[service]
		rename, drop := renamed(t, name)
		fmt.Fprintf(&section, `
  - {match: "GET /one/%[1]s/{id}", to: "/%[1]ss/{id}", upstream: %[1]s, returns: %[2]s}
  - {match: "GET /all/%[1]s", to: "/%[1]ss", upstream: %[1]s, returns: %[2]s}
  - {match: "GET /around/%[1]s", to: "/around/%[1]ss", upstream: %[1]s, parts: {/page/items: %[2]s, /one: %[2]s}}
  - match: GET /renamed/%[1]s/{id}
    to: /%[1]ss/{id}
    upstream: %[1]s
    returns: %[2]s
    rename: {%[3]s}
    response: {drop: [%[4]s], add: {self: "{path.id}"}}
`, service, name, rename, drop)
	}
	return section.String()
}

// renamed gives each member of a type another name, but for its id, and leaves out what says whose the record is.
func renamed(t *testing.T, typeName string) (rename, drop string) {
	t.Helper()
	var pairs []string
	for name := range strings.FieldsSeq("name username email phone address shipping_address total price amount card_number items role stock updated_at") {
		if slices.Contains(membersOf(t, typeName), name) {
			pairs = append(pairs, name+": r_"+name)
		}
	}
	return strings.Join(pairs, ", "), map[string]string{"User": "status", "Order": "user_id", "Product": "sku", "Payment": "order_id"}[typeName]
}

// asked are the questions that a route answers: each method and form of request, for each of the records and for lists.
func asked(t *testing.T, r passthrough.Route) []question {
	t.Helper()
	methods, path, _ := strings.Cut(r.Match, " ")
	if r.Version != "" {
		path = "/" + r.Version + path
	}
	var all []question
	for method := range strings.SplitSeq(methods, ",") {
		for _, target := range targets(t, r, path) {
			if method == http.MethodGet {
				all = append(all, readings(r, target)...)
				continue
			}
			for _, body := range bodiesFor(r) {
				all = append(all, question{method: method, path: target, body: body, header: http.Header{"Content-Type": {"application/json"}}})
			}
		}
	}
	return all
}

// targets are paths with the ids of records, or with queries for several.
func targets(t *testing.T, r passthrough.Route, path string) []string {
	t.Helper()
	var all []string
	switch {
	case strings.Contains(path, "{id}"):
		for _, id := range focus()[typesOf()[r.Upstream]] {
			all = append(all, strings.ReplaceAll(path, "{id}", strconv.FormatInt(id, 10)))
		}
	case strings.Contains(path, "{"):
		t.Fatalf("nobody knows what to ask %s for", r.Match)
	case !strings.HasPrefix(r.Match, http.MethodGet):
		return []string{path}
	default:
		for _, query := range map[string][]string{
			demo.User: {"ids=7,8", "limit=9", "ids=8"}, demo.Product: {"ids=1,2", "limit=5"}, demo.Payment: {"order_ids=7,8,1007"},
			demo.Order: {"ids=7,8", "user_ids=7,8", "user_id=8", "limit=9", "ids=999999"},
		}[r.Upstream] {
			all = append(all, path+"?"+query)
		}
	}
	return all
}

// readings are the forms in which a path is read.
func readings(r passthrough.Route, target string) []question {
	all := []question{
		{method: "GET", path: target},
		{method: "HEAD", path: target},
		{method: "GET", path: target, header: http.Header{"If-None-Match": {"*"}}},
		{method: "GET", path: target, header: http.Header{"Accept-Encoding": {"zstd"}, "Range": {"bytes=0-400"}}},
	}
	if r.Version == "" {
		return all[:3]
	}
	unversioned := strings.TrimPrefix(target, "/"+r.Version)
	number := strings.TrimPrefix(r.Version, "v")
	return append(all,
		question{method: "GET", path: unversioned, header: http.Header{"Api-Version": {number}}},
		question{method: "GET", path: unversioned, header: http.Header{"Accept": {"application/json;version=" + number}}})
}

// bodiesFor are what writing routes are sent.
func bodiesFor(r passthrough.Route) []string {
	if r.As == "updateProfile" {
		return []string{`{"email": "no address"}`, `{"password_hash": "x"}`, `{"phone": "+1 555"}`, `{`, `{"name": {"first": 1}}`}
	}
	return []string{`{"status": "unheard of"}`, `{"status": 7}`, `{"internal_margin": 1}`, `{"status": "cancelled"}`}
}

// endpoints are the questions for all operations that come with the gateway.
func endpoints(t *testing.T, limits document.Limits) []question {
	t.Helper()
	loaded, err := composed.Load(delivered.Operations(), schema(), limits)
	if err != nil || len(loaded) == 0 {
		t.Fatalf("there are no operations: %v", err)
	}
	var all []question
	for _, each := range loaded {
		paths := []string{each.Path}
		if strings.Contains(each.Path, "{id}") {
			paths = nil
			for _, id := range focus()[typeIn(each.Path)] {
				paths = append(paths, strings.ReplaceAll(each.Path, "{id}", strconv.FormatInt(id, 10)))
			}
		}
		for _, path := range paths {
			q := question{method: each.Method, path: path}
			if each.Method == http.MethodPost {
				q.body, q.header = text(t, each.Example), http.Header{"Content-Type": {"application/json"}}
			}
			all = append(all, q)
		}
	}
	return all
}

// typeIn is the type of which a path names a record.
func typeIn(path string) string {
	found := regexp.MustCompile(`/(\w+)s/\{id\}`).FindStringSubmatch(path)
	if found == nil {
		return ""
	}
	return typesOf()[found[1]]
}

// membersOf are the members that fields of a type are made of.
func membersOf(t *testing.T, typeName string) []string {
	t.Helper()
	var members []string
	for field := range fieldsOf(t).All() {
		if field.Object == typeName {
			members = append(members, field.Members...)
		}
	}
	return members
}
