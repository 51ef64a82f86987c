package routing

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/problem"
)

// The model finds a rule as the package comment tells it: it looks at every rule, and sorts those that fit.

// way is one of the ways to reach a rule.
type way struct {
	rule   int
	r      Rule
	path   string
	byPath bool
}

func waysOf(rules []Rule) []way {
	var ways []way
	for i, r := range rules {
		if r.ByPath {
			ways = append(ways, way{i, r, "/" + r.Version + r.Pattern.Path(), true})
		}
		if r.Version == "" || r.ByHeader || r.ByMediaType || r.Default {
			ways = append(ways, way{i, r, r.Pattern.Path(), false})
		}
	}
	return ways
}

// versioned reports whether the request must name a version.
func (w way) versioned() bool { return w.r.Version != "" && !w.byPath }

// shape is the path with parameters that have no names.
func (w way) shape() string {
	segments := strings.Split(w.path, "/")[1:]
	for i, s := range segments {
		if strings.HasPrefix(s, "{") {
			segments[i] = "{}"
			if strings.HasSuffix(s, "...}") {
				segments[i] = "{...}"
			}
		}
	}
	return "/" + strings.Join(segments, "/")
}

// asked is a request of the model.
type asked struct {
	method, host, path string
	headers, query     map[string]string
	version            string   // "" is none
	accept             []ranged // in the order of the header
}

type ranged struct {
	version string // "" is none
	weight  int    // in tenths
}

func (a asked) request() *http.Request {
	query := make(url.Values)
	for name, value := range a.query {
		query.Set(name, value)
	}
	r := httptest.NewRequest(a.method, a.path+"?"+query.Encode(), nil)
	r.Host = a.host
	for name, value := range a.headers {
		r.Header.Set(name, value)
	}
	if a.version != "" {
		r.Header.Set(versionKey, a.version)
	}
	var ranges []string
	for _, each := range a.accept {
		text := "application/json"
		if each.version != "" {
			text += ";version=" + each.version
		}
		ranges = append(ranges, fmt.Sprintf("%s;q=%d.%d", text, each.weight/10, each.weight%10))
	}
	if ranges != nil {
		r.Header.Set("Accept", strings.Join(ranges, ", "))
	}
	return r
}

func (w way) fitsHost(a asked) bool {
	host := strings.ToLower(w.r.Host)
	suffix, wild := strings.CutPrefix(host, "*")
	return host == "" || wild && strings.HasSuffix(a.host, suffix) && a.host != suffix || host == a.host
}

func (w way) fitsPath(a asked) bool {
	pattern, path := strings.Split(w.path, "/")[1:], strings.Split(a.path, "/")[1:]
	for i, s := range pattern {
		switch {
		case i == len(path):
			return false
		case strings.HasSuffix(s, "...}"):
			return true
		case strings.HasPrefix(s, "{") && path[i] == "", !strings.HasPrefix(s, "{") && s != path[i]:
			return false
		}
	}
	return len(pattern) == len(path)
}

func (w way) fitsConditions(a asked) bool {
	fits := func(conditions, values map[string]string) bool {
		for name, want := range conditions {
			if got, ok := values[name]; !ok || want != "*" && want != got {
				return false
			}
		}
		return true
	}
	return fits(w.r.Headers, a.headers) && fits(w.r.Query, a.query)
}

// methodRank is -1 where the method does not fit.
func (w way) methodRank(a asked) int {
	methods := w.r.Pattern.Methods()
	switch {
	case slices.Contains(methods, a.method):
		return 2
	case a.method == "HEAD" && slices.Contains(methods, "GET"):
		return 1
	case methods == nil:
		return 0
	default:
		return -1
	}
}

// named is what the request names where this way leads: by which means, and which version.
func (w way) named(a asked, ways []way) (by Source, version string) {
	var here []way
	for _, other := range ways {
		if other.versioned() && other.shape() == w.shape() && strings.EqualFold(other.r.Host, w.r.Host) {
			here = append(here, other)
		}
	}
	if a.version != "" && slices.ContainsFunc(here, func(w way) bool { return w.r.ByHeader }) {
		return Header, a.version
	}
	named := slices.ContainsFunc(a.accept, func(r ranged) bool { return r.version != "" && r.weight > 0 })
	if !named || !slices.ContainsFunc(here, func(w way) bool { return w.r.ByMediaType }) {
		return Default, ""
	}
	return mostWantedOf(a.accept, here)
}

// mostWantedOf is the first that the path has, in the order in which the client wants them.
func mostWantedOf(accept []ranged, here []way) (by Source, version string) {
	ranges := slices.Clone(accept)
	slices.SortStableFunc(ranges, func(a, b ranged) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), first(a.version != "", b.version != ""))
	})
	for _, each := range ranges {
		for _, other := range here {
			switch {
			case each.weight == 0:
			case each.version == "" && other.r.Default:
				return Default, ""
			case each.version != "" && other.r.ByMediaType && other.r.Version == "v"+each.version:
				return MediaType, each.version
			}
		}
	}
	return MediaType, ""
}

func (w way) fitsVersion(by Source, version string) bool {
	switch {
	case !w.versioned():
		return true
	case by == Header:
		return w.r.ByHeader && w.r.Version == "v"+version
	case by == MediaType:
		return w.r.ByMediaType && w.r.Version == "v"+version
	default:
		return w.r.Default
	}
}

// precedence is what is compared in turn; the greater wins.
func (w way) precedence(a asked) []int {
	host := 0
	switch {
	case strings.HasPrefix(w.r.Host, "*"):
		host = len(w.r.Host)
	case w.r.Host != "":
		host = 1000
	}
	order := []int{host}
	for s := range strings.SplitSeq(w.shape()[1:], "/") {
		order = append(order, map[string]int{"{}": 2, "{...}": 1}[s])
		if !strings.HasPrefix(s, "{") {
			order[len(order)-1] = 3
		}
	}
	for len(order) < 10 {
		order = append(order, 0)
	}
	version, exact := 0, 0
	if w.versioned() {
		version = 1
	}
	for _, conditions := range []map[string]string{w.r.Headers, w.r.Query} {
		for _, value := range conditions {
			if value != "*" {
				exact++
			}
		}
	}
	return append(order, w.methodRank(a), version, len(w.r.Headers)+len(w.r.Query), exact)
}

// modelled is the model's answer: the rules that a request fits best, or else what is wrong with it.
func modelled(rules []Rule, a asked) (best []int, wrong string) {
	ways := waysOf(rules)
	var greatest []int
	var allow []string
	for _, w := range ways {
		if !w.fitsHost(a) || !w.fitsPath(a) || !w.fitsConditions(a) || !w.fitsVersion(w.named(a, ways)) {
			continue
		}
		if w.methodRank(a) < 0 {
			allow = append(allow, w.r.Pattern.Methods()...)
			continue
		}
		switch order := w.precedence(a); slices.Compare(order, greatest) {
		case 1:
			best, greatest = []int{w.rule}, order
		case 0:
			best = append(best, w.rule)
		}
	}
	if best == nil && allow != nil {
		if slices.Contains(allow, "GET") {
			allow = append(allow, "HEAD")
		}
		slices.Sort(allow)
		return nil, "405 " + strings.Join(slices.Compact(allow), ", ")
	}
	return best, "not found, or its version is not"
}

func drawRule(t *rapid.T) Rule {
	segment := rapid.SampledFrom([]string{"a", "b", "v1", "{x}", "{y}"})
	var segments []string
	for i := range rapid.IntRange(0, 3).Draw(t, "segments") {
		text := segment.Draw(t, "segment")
		if text[0] == '{' {
			text = fmt.Sprintf("{%c%d}", text[1], i) // distinct names within the path
		}
		segments = append(segments, text)
	}
	switch rapid.IntRange(0, 4).Draw(t, "end") {
	case 0:
		segments = append(segments, "{rest...}")
	case 1:
		segments = append(segments, "")
	}
	path := "/" + strings.Join(segments, "/")
	methods := rapid.SampledFrom([]string{"", "GET ", "GET ", "HEAD ", "PUT ", "GET,PUT ", "GET,HEAD "}).Draw(t, "methods")
	conditions := func(name string) map[string]string {
		return rapid.MapOfN(
			rapid.SampledFrom([]string{"a", "b"}), rapid.SampledFrom([]string{"*", "1", "2"}), 0, 2,
		).Filter(func(m map[string]string) bool { return len(m) < 2 || rapid.Bool().Draw(t, "both") }).Draw(t, name)
	}
	pattern, err := ParsePattern(methods + path)
	if err != nil {
		t.Fatal(methods+path, err)
	}
	r := Rule{Pattern: pattern, Host: rapid.SampledFrom([]string{"", "", "", "a.x", "*.x", "*.a.x", "b.A.x"}).Draw(t, "host")}
	if rapid.IntRange(0, 2).Draw(t, "conditional") == 0 {
		r.Headers = make(map[string]string)
		for name, value := range conditions("headers") {
			r.Headers[strings.ToUpper(name)] = value
		}
		r.Query = conditions("query")
	}
	if rapid.Bool().Draw(t, "versioned") {
		r.Version = rapid.SampledFrom([]string{"v1", "v2"}).Draw(t, "version")
		r.ByPath, r.ByHeader = rapid.Bool().Draw(t, "by path"), rapid.Bool().Draw(t, "by header")
		r.ByMediaType, r.Default = rapid.Bool().Draw(t, "by media type"), rapid.Bool().Draw(t, "default")
		r.ByPath = r.ByPath || !r.ByHeader && !r.ByMediaType && !r.Default
	}
	r.Validate(func(path, message string) { t.Fatalf("%s: %s %s", r, path, message) })
	return r
}

func drawAsked(t *rapid.T) asked {
	values := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b"}), rapid.SampledFrom([]string{"1", "2", "3"}), 0, 2)
	a := asked{
		method:  rapid.SampledFrom([]string{"GET", "GET", "HEAD", "PUT", "DELETE"}).Draw(t, "method"),
		host:    rapid.SampledFrom([]string{"a.x", "b.a.x", "c.b.a.x", "x", "other"}).Draw(t, "host"),
		headers: make(map[string]string),
		query:   values.Draw(t, "query"),
		version: rapid.SampledFrom([]string{"", "", "1", "2", "9"}).Draw(t, "API-Version"),
	}
	for name, value := range values.Draw(t, "headers") {
		a.headers[strings.ToUpper(name)] = value
	}
	for range rapid.IntRange(1, 4).Draw(t, "segments") {
		a.path += "/" + rapid.SampledFrom([]string{"a", "b", "v1", "c"}).Draw(t, "segment")
	}
	switch rapid.IntRange(0, 4).Draw(t, "end") {
	case 0:
		a.path += "/"
	case 1:
		a.path = a.path[strings.LastIndexByte(a.path, '/'):]
	}
	for range rapid.SampledFrom([]int{0, 0, 1, 2, 3}).Draw(t, "ranges") {
		a.accept = append(a.accept, ranged{
			rapid.SampledFrom([]string{"", "1", "2", "9"}).Draw(t, "accepted"), rapid.IntRange(0, 10).Draw(t, "weight"),
		})
	}
	return a
}

func TestTheTableFindsWhatAListOfTheRulesWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(drawRule), 1, 12).Draw(t, "rules")
		table, conflicts := New(rules, Policy{})
		for range 10 {
			a := drawAsked(t)
			match, err := table.Find(a.request())
			best, wrong := modelled(rules, a)
			var method *MethodError
			switch {
			case best == nil && errors.As(err, &method):
				if got := "405 " + method.Allow; got != wrong {
					t.Fatalf("%+v: got %s, want %s", a, got, wrong)
				}
			case best == nil:
				if err == nil || strings.HasPrefix(wrong, "405") || problem.KindOf(err) == problem.Internal {
					t.Fatalf("%+v: got %v, %v, want %s", a, match, err, wrong)
				}
			case err != nil || !slices.Contains(best, match.Rule):
				t.Fatalf("%+v: got rule %d, %v, want one of %d", a, match.Rule, err, best)
			}
			requireConflicts(t, a, best, conflicts)
		}
	})
}

// requireConflicts asks that rules which a request fits equally were called a conflict.
func requireConflicts(t *rapid.T, a asked, best []int, conflicts []Conflict) {
	slices.Sort(best)
	best = slices.Compact(best)
	for i, second := range best {
		for _, one := range best[:i] {
			if !slices.ContainsFunc(conflicts, func(c Conflict) bool { return c.First == one && c.Second == second }) {
				t.Fatalf("%+v fits rules %d and %d equally, and these are the conflicts: %v", a, one, second, conflicts)
			}
		}
	}
}

func TestTheOrderOfTheRulesChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(drawRule), 1, 12).Draw(t, "rules")
		shuffled := rapid.Permutation(rules).Draw(t, "shuffled")
		table, conflicts := New(rules, Policy{})
		other, otherConflicts := New(shuffled, Policy{})
		if len(conflicts) != len(otherConflicts) {
			t.Fatalf("there are the conflicts %v, and in another order %v", conflicts, otherConflicts)
		}
		for range 10 {
			a := drawAsked(t)
			match, err := table.Find(a.request())
			again, otherErr := other.Find(a.request())
			if fmt.Sprint(err) != fmt.Sprint(otherErr) {
				t.Fatalf("%+v: got %v, and in another order %v", a, err, otherErr)
			}
			if err != nil {
				continue
			}
			one, two := rules[match.Rule], shuffled[again.Rule]
			if one.String() != two.String() || match.Named != again.Named {
				t.Fatalf("%+v: got %s by %s, and in another order %s by %s", a, one, match.Named, two, again.Named)
			}
		}
	})
}
