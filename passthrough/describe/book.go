package describe

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/contract/openapi"
)

// book gathers operations by path and method.
type book struct {
	contract func(service string) (*openapi.Document, bool)
	pages    []*page
	parts    *components
}

// page is a path.
type page struct {
	path       string
	operations []*operation
}

func newBook(contract func(service string) (*openapi.Document, bool)) *book {
	return &book{contract: contract, parts: newComponents()}
}

// inOrder sorts endpoints by what they are called, since their order means nothing. Those that answer without a version come
// first: the first of several is what they are called by together.
func inOrder(endpoints []Endpoint) []Endpoint {
	return slices.SortedStableFunc(slices.Values(endpoints), func(a, b Endpoint) int {
		if a.Rule.Default != b.Rule.Default {
			if a.Rule.Default {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Rule.String(), b.Rule.String())
	})
}

// add describes an endpoint wherever it is reached.
func (b *book) add(e Endpoint) error {
	for _, way := range waysTo(e.Rule) {
		for _, method := range methodsOf(e.Rule) {
			o, err := b.describe(&e, way, method)
			if err != nil {
				return err
			}
			b.put(way.path, o)
		}
	}
	return nil
}

// put joins an operation with what stands at its place already.
func (b *book) put(path string, o *operation) {
	at := b.page(path)
	o.renameInPath(path, at.path)
	for _, other := range at.operations {
		if other.method == o.method {
			other.join(o)
			return
		}
	}
	at.operations = append(at.operations, o)
}

// page is that of a path. Two that differ in the names of parameters alone are the same to OpenAPI.
func (b *book) page(path string) *page {
	for _, each := range b.pages {
		if bare(each.path) == bare(path) {
			return each
		}
	}
	b.pages = append(b.pages, &page{path: path})
	return b.pages[len(b.pages)-1]
}

// document is the whole, paths in alphabetical order and methods in that of OpenAPI.
func (b *book) document(title, version string) object {
	slices.SortFunc(b.pages, func(x, y *page) int { return cmp.Compare(x.path, y.path) })
	taken := make(map[string]bool)
	paths := make(object, 0, len(b.pages))
	for _, page := range b.pages {
		slices.SortFunc(page.operations, func(x, y *operation) int {
			return cmp.Compare(slices.Index(methods, x.method), slices.Index(methods, y.method))
		})
		item := make(object, 0, len(page.operations))
		for _, o := range page.operations {
			o.id = unique(o.identifier(page.path), taken)
			item = append(item, member{strings.ToLower(o.method), o.written(b.parts)})
		}
		paths = append(paths, member{page.path, item})
	}
	return object{
		{"openapi", "3.1.0"},
		{"info", object{{"title", title}, {"version", version}}},
		{"paths", paths},
		{"components", b.parts.written()},
	}
}

// unique is a name that nobody has yet.
func unique(name string, taken map[string]bool) string {
	free := name
	for n := 2; taken[free]; n++ {
		free = name + "_" + strconv.Itoa(n)
	}
	taken[free] = true
	return free
}
