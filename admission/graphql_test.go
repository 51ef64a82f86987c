package admission

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/concierge-gateway/concierge/priority"
)

func TestAnOperationIsNamedBeforeItsBody(t *testing.T) {
	operations := Operations{
		Default: priority.Interactive,
		Named:   map[string]priority.Class{"Report": priority.Batch, "Checkout": priority.Critical},
	}
	const apollo, plain = "X-Apollo-Operation-Name", "x-operation-name"
	for name, c := range map[string]struct {
		query  string
		header map[string]string
		want   priority.Class
	}{
		"by nothing":                           {"", nil, priority.Interactive},
		"by the header of Apollo's clients":    {"", map[string]string{apollo: "Report"}, priority.Batch},
		"by the plain header":                  {"", map[string]string{plain: "Checkout"}, priority.Critical},
		"by both headers":                      {"", map[string]string{apollo: "Report", plain: "Checkout"}, priority.Batch},
		"by an empty header and the other":     {"", map[string]string{apollo: "", plain: "Checkout"}, priority.Critical},
		"by the query":                         {"operationName=Checkout", nil, priority.Critical},
		"by the end of the query":              {"query={me{id}}&operationName=Report", nil, priority.Batch},
		"by the middle of the query":           {"query={me{id}}&operationName=Report&variables={}", nil, priority.Batch},
		"by the query and a header":            {"operationName=Report", map[string]string{apollo: "Checkout"}, priority.Batch},
		"by an empty parameter and a header":   {"operationName=&a=b", map[string]string{apollo: "Checkout"}, priority.Critical},
		"by another parameter":                 {"myoperationName=Report", nil, priority.Interactive},
		"by a parameter without a value":       {"operationName", nil, priority.Interactive},
		"by a name that nobody set":            {"operationName=Home", nil, priority.Interactive},
		"by a name in another case":            {"operationName=report", nil, priority.Interactive},
		"by a query of nothing but separators": {"&&&=&", nil, priority.Interactive},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
			r.URL.RawQuery = c.query
			for field, value := range c.header {
				r.Header.Set(field, value)
			}
			if got := operations.Claimed(r); got != c.want {
				t.Errorf("it is %s, want %s", got, c.want)
			}
		})
	}
}

func TestAnOperationThatNobodyNamedHasTheDefault(t *testing.T) {
	for _, class := range priority.Classes() {
		operations := Operations{Default: class}
		r := httptest.NewRequest(http.MethodGet, "/graphql?operationName=Report", nil)
		if got := operations.Claimed(r); got != class {
			t.Errorf("a claimed name is %s, want the default, %s", got, class)
		}
		if got := operations.Of(""); got != class {
			t.Errorf("an operation without a name is %s, want the default, %s", got, class)
		}
		operations.Named = map[string]priority.Class{"Report": priority.Batch}
		if got := operations.Of("Report"); got != priority.Batch {
			t.Errorf("an operation that is named is %s, want batch", got)
		}
	}
}
