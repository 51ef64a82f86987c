package validate

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// route is a path of the contract that a template has the shape of.
type route struct {
	item place
	// values say what the contract's parameters are in the template, by their names in the contract.
	values map[string]segment
	fixed  int // how many segments stand in both as they are
}

// segment is a part of a path between slashes: a text, or a parameter of a name between two texts.
type segment struct{ before, name, after string }

// newSegment reads a segment. One with several parameters is read as a text.
func newSegment(text string) segment {
	before, rest, opened := strings.Cut(text, "{")
	name, after, closed := strings.Cut(rest, "}")
	if !opened || !closed || strings.Contains(after, "{") {
		return segment{before: text}
	}
	return segment{before: before, name: name, after: after}
}

// path finds the contract's path that a template has the shape of. Of several, the one that shares the most texts comes first,
// as the specification wants. Servers may have paths of their own, which stand before all of the document's.
func (d *document) path(template string) (route, bool) {
	paths, _ := d.top().member("paths").value.(map[string]any)
	var best []route
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		for _, base := range d.bases() {
			rest, below := strings.CutPrefix(template, base)
			if values, fixed, ok := match(name, rest); below && ok {
				best = append(best, route{item: d.top().member("paths").member(name), values: values, fixed: fixed})
			}
		}
	}
	if len(best) == 0 {
		return route{}, false
	}
	return slices.MaxFunc(best, func(a, b route) int { return cmp.Compare(a.fixed, b.fixed) }), true
}

// bases are the paths of the servers, and none.
func (d *document) bases() []string {
	bases := []string{""}
	for _, server := range d.top().member("servers").items() {
		if u, err := url.Parse(server.member("url").text()); err == nil {
			bases = append(bases, strings.TrimSuffix(u.Path, "/"))
		}
	}
	slices.Sort(bases)
	return slices.Compact(bases)
}

// match compares a path of the contract with a template, segment by segment.
func match(path, template string) (values map[string]segment, fixed int, ok bool) {
	theirs, ours := strings.Split(path, "/"), strings.Split(template, "/")
	if len(theirs) != len(ours) {
		return nil, 0, false
	}
	values = make(map[string]segment)
	for i := range theirs {
		their, our := newSegment(theirs[i]), newSegment(ours[i])
		switch {
		case their == our && our.name == "":
			fixed++
		case their.name == "" || strings.HasSuffix(our.name, "..."):
			return nil, 0, false
		case our.name != "" && their.before == our.before && their.after == our.after:
			values[their.name] = our
		case our.name == "" && their.before == "" && their.after == "" && !strings.Contains(our.before, "{"):
			values[their.name] = our
		default:
			return nil, 0, false
		}
	}
	return values, fixed, true
}
