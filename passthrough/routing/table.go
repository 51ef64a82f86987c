// Package routing answers which route a request takes.
//
// A Rule says which requests a route takes; a Table finds the rule of a request. Of several rules that fit a request, the most
// specific one counts, whatever their order in the configuration. These are compared in turn, and the first difference decides:
//
//  1. the host: an exact name before a wildcard, a longer wildcard before a shorter one, and any host last;
//  2. the path, segment by segment from the left: a literal before a {parameter}, and that before a {rest...};
//  3. the method: a named one before every method. GET takes HEAD too, but one that names HEAD goes before it;
//  4. the version: a rule of one version before a rule that takes any, where the path itself does not name the version;
//  5. the conditions on headers and query: more of them before fewer, and of as many, more exact values before fewer.
//
// A rule whose method, version or conditions do not fit is passed over for the next in this order, however far down that is: a
// route for one header gives way to the same path without it, and that to a catch-all. Two rules that are equal in all five, and
// that one request can fit, are a Conflict.
//
// # Versions
//
// A rule of version v1 for /users/{id} is reached in up to four ways: as /v1/users/{id}; as /users/{id} with API-Version: 1 (or
// v1); with Accept: application/json;version=1 (or v=1); and as the default where no version is named. A version in the path
// counts alone. Otherwise API-Version counts before Accept, since it says nothing else. Of the versions that Accept takes, the
// one of the greatest weight counts that the path has (RFC 9110, section 12.5.1), and a media range without a version takes the
// default. Whether the header or the media type names versions is decided for each path: where no rule of a path allows it, it is
// only a further header, and belongs to the service. A version that a path does not have is an error, unless a less specific rule
// takes any version.
//
// # Paths
//
// A path that two programs could read differently is refused, and nothing is cleaned up or redirected: what was checked here is
// what the service gets. Literals are compared after decoding and by case, and a trailing slash makes another path.
package routing

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/concierge-gateway/concierge/problem"
)

// Table finds the rule of a request. It never changes, so any goroutine may use it.
type Table struct {
	policy    Policy
	hosts     map[string]*node // by name
	wildcards map[string]*node // by what follows the star, such as .example.com
	anywhere  *node
	rows      []Row
}

// Match is the rule that a request takes.
type Match struct {
	// Rule is the rule's index among those of the table.
	Rule int
	// Params are the values of the pattern's parameters.
	Params Params
	// Named is the means by which the version was named.
	Named Source
	// Vary are the headers that had a part in the choice, in canonical form: another value could have led to another rule. They
	// belong into the answer's Vary (RFC 9110, section 12.5.5). The slice is the table's own.
	Vary []string

	room [2]value // for the values of most
}

// New is a table of rules that Rule.Validate accepts. It works in spite of conflicts: one of the two rules then counts.
func New(rules []Rule, policy Policy) (*Table, []Conflict) {
	t := &Table{policy: policy, hosts: make(map[string]*node), wildcards: make(map[string]*node), anywhere: new(node)}
	entries := entriesOf(rules)
	t.rows = rowsOf(entries)
	var conflicts []Conflict
	for _, leaf := range t.grow(entries) {
		leaf.prepare()
		conflicts = append(conflicts, leaf.conflicts()...)
	}
	return t, distinct(conflicts)
}

// grow gives every entry its place, and returns the places. The entries are in order, and stay so in each.
func (t *Table) grow(entries []*entry) []*leaf {
	var leaves []*leaf
	for _, e := range entries {
		place := t.root(e.host).place(e.segments)
		if *place == nil {
			*place = new(leaf)
			leaves = append(leaves, *place)
		}
		(*place).entries = append((*place).entries, e)
	}
	return leaves
}

// root is the tree of a rule's host.
func (t *Table) root(host string) *node {
	if host == "" {
		return t.anywhere
	}
	trees, key := t.hosts, host
	if suffix, ok := strings.CutPrefix(host, "*"); ok {
		trees, key = t.wildcards, suffix
	}
	if trees[key] == nil {
		trees[key] = new(node)
	}
	return trees[key]
}

// Find is the rule that a request takes. Otherwise the error tells its caller why there is none: the path is refused or its
// version is unknown (problem.BadInput, or problem.NotAcceptable where Accept names it), the path is unknown (problem.NotFound),
// or its method is (MethodError).
func (t *Table) Find(r *http.Request) (*Match, error) {
	s := search{request: r}
	if reason := s.path.read(target(r.URL), t.policy); reason != "" {
		return nil, problem.New(problem.BadInput, "the path "+reason)
	}
	host := t.hostOf(r)
	if !t.walk(host, &s.path, s.try) {
		return nil, t.refusal(r, host, &s.path)
	}
	match := &Match{Rule: s.found.rule, Named: s.found.sourceOf(s.named), Vary: s.vary}
	match.Params = s.found.params(&s.path, match.room[:0])
	return match, nil
}

// hostOf is the host that a request asks, empty where no rule names one.
func (t *Table) hostOf(r *http.Request) string {
	if len(t.hosts)+len(t.wildcards) == 0 {
		return ""
	}
	return hostOf(r.Host)
}

// walk visits the leaves that a host and a path lead to, the most specific first, until one is taken.
func (t *Table) walk(host string, p *path, visit func(*leaf) bool) bool {
	if t.hosts[host].walk(p, 0, visit) {
		return true
	}
	if len(t.wildcards) > 0 {
		for suffix := parent(host); suffix != ""; suffix = parent(suffix) {
			if t.wildcards[suffix].walk(p, 0, visit) {
				return true
			}
		}
	}
	return t.anywhere.walk(p, 0, visit)
}

// search is one request on its way through the table.
type search struct {
	request *http.Request
	path    path
	found   *entry
	named   version
	vary    []string
}

// try takes the first entry of a leaf that the request fits.
func (s *search) try(l *leaf) bool {
	s.named = l.named(s.request.Header)
	s.vary = union(s.vary, l.vary)
	for _, e := range l.of(s.request.Method) {
		if e.takes(s.named) && e.holds(s.request) {
			s.found = e
			return true
		}
	}
	return false
}

// target is the path as the client wrote it. RawPath is taken even where URL.EscapedPath would not: that one decodes a path in
// which any character is unescaped that should not be, and with it the slashes of which the policy speaks.
func target(u *url.URL) string {
	if u.RawPath != "" {
		return u.RawPath
	}
	return u.EscapedPath()
}
