package routing

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// entry is one way to reach a rule: by a path that names its version, or by the path alone.
type entry struct {
	versions
	rule       int
	name       string // the rule's, as others are told it
	host       string // in lower case
	methods    []string
	segments   []segment
	conditions []condition
	names      []string // of its parameters
}

// entriesOf are the entries of rules, the most specific first.
func entriesOf(rules []Rule) []*entry {
	var entries []*entry
	for i, r := range rules {
		if r.ByPath {
			prefix := segment{kind: literal, text: r.Version, escaped: r.Version}
			entries = append(entries, newEntry(i, r, versions{byPath: true}, prefix))
		}
		if v := versionsOf(r); v.version != "" || !r.ByPath {
			entries = append(entries, newEntry(i, r, v))
		}
	}
	slices.SortStableFunc(entries, compare)
	return entries
}

func newEntry(i int, r Rule, v versions, prefix ...segment) *entry {
	return &entry{
		rule:       i,
		name:       r.String(),
		host:       strings.ToLower(r.Host),
		methods:    r.Pattern.methods,
		segments:   slices.Concat(prefix, r.Pattern.segments),
		conditions: conditionsOf(r),
		names:      r.Pattern.Params(),
		versions:   v,
	}
}

// compare is the order of precedence that the package promises. What is equal in it is put into an order that is nobody's
// business, but always the same.
func compare(a, b *entry) int {
	return cmp.Or(
		compareHosts(a.host, b.host),
		slices.CompareFunc(a.segments, b.segments, compareSegments),
		compareMethods(a.methods, b.methods),
		compareRank(a, b),
		strings.Compare(a.version, b.version),
		strings.Compare(a.name, b.name),
	)
}

// compareRank is the part of the order that decides among the rules of one path and method.
func compareRank(a, b *entry) int {
	return cmp.Or(
		first(a.version != "", b.version != ""),
		-cmp.Compare(len(a.conditions), len(b.conditions)),
		-cmp.Compare(exact(a.conditions), exact(b.conditions)),
	)
}

// exact is how many conditions ask for one value.
func exact(conditions []condition) (count int) {
	for _, c := range conditions {
		if c.value != present {
			count++
		}
	}
	return count
}

func compareHosts(a, b string) int {
	wildA, wildB := strings.HasPrefix(a, "*"), strings.HasPrefix(b, "*")
	return cmp.Or(
		first(a != "", b != ""),
		first(!wildA, !wildB),
		-cmp.Compare(labels(a, wildA), labels(b, wildB)),
		strings.Compare(a, b),
	)
}

// labels is how long a wildcard is. Exact names do not compete.
func labels(host string, wild bool) int {
	if !wild {
		return 0
	}
	return strings.Count(host, ".")
}

func compareSegments(a, b segment) int {
	if c := cmp.Compare(a.kind, b.kind); c != 0 || a.kind != literal {
		return c
	}
	return strings.Compare(a.text, b.text)
}

func compareMethods(a, b []string) int {
	return cmp.Or(first(a != nil, b != nil), slices.Compare(a, b))
}

// first puts what is true before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

// holds reports whether a request fits the conditions.
func (e *entry) holds(r *http.Request) bool {
	for i := range e.conditions {
		if !e.conditions[i].holds(r) {
			return false
		}
	}
	return true
}

// params are the values of the entry's parameters in a path that it matches, appended to values.
func (e *entry) params(p *path, values []value) Params {
	if len(e.names) == 0 {
		return Params{}
	}
	for i, s := range e.segments {
		switch s.kind {
		case literal:
		case param:
			values = append(values, value{p.rawSegment(i), p.segment(i)})
		case rest:
			values = append(values, value{p.raw[p.rawAt[i]:], p.text[p.textAt[i]:]})
		}
	}
	return Params{names: e.names, values: values}
}
