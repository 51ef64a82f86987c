package tests

import (
	stdcmp "cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// failed is an entry of an answer's errors, as far as it says where and what.
type failed struct {
	Path      []any
	Locations []struct{ Line, Column int }
	Code      string
}

// failures is an answer whose services gave it wrong records. Its errors stand in the order of their paths.
type failures struct {
	data   string
	errors []failed
}

// at is an error with a code at a place of the document and of the answer.
func at(code string, line, column int, path ...any) failed {
	f := failed{Path: path, Code: code}
	f.Locations = append(f.Locations, struct{ Line, Column int }{line, column})
	return f
}

func failuresIn(t *testing.T, r reply) (all failures) {
	t.Helper()
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			failed

			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(r.body, &answer); err != nil {
		t.Fatalf("%v\n%s", err, r.body)
	}
	all.data = string(answer.Data)
	for _, each := range answer.Errors {
		each.Code = each.Extensions.Code
		all.errors = append(all.errors, each.failed)
	}
	slices.SortFunc(all.errors, func(a, b failed) int { return stdcmp.Compare(fmt.Sprint(a.Path), fmt.Sprint(b.Path)) })
	return all
}

// wrongRecords are services of which some records are not as their contracts say: the name of product 2 is a
// number, and so is the status of order 3.
func wrongRecords(service string, next http.Handler) http.Handler {
	wrong := map[string][2]string{
		demo.Product: {`"id":2,`, `"name":`},
		demo.Order:   {`"id":3,`, `"status":`},
	}[service]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept := &keptAnswer{ResponseWriter: w}
		next.ServeHTTP(kept, r)
		text := kept.body.String()
		if i := strings.Index(text, wrong[0]); wrong[0] != "" && i >= 0 {
			text = text[:i] + strings.Replace(text[i:], wrong[1], wrong[1]+`1,"was":`, 1)
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(max(kept.status, http.StatusOK))
		_, _ = io.WriteString(w, text)
	})
}

// keptAnswer holds back what a handler answers.
type keptAnswer struct {
	http.ResponseWriter

	status int
	body   strings.Builder
}

func (k *keptAnswer) WriteHeader(status int)         { k.status = status }
func (k *keptAnswer) Write(text []byte) (int, error) { return k.body.Write(text) }

// An error is where the specification says (section 7.1.2), whichever way an operation is executed, and null goes as far up as it
// has to (section 6.4.4).
func TestErrorsSayWhereTheyAre(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	services, err := demo.Start(demo.Options{Wrap: wrongRecords})
	if err != nil {
		t.Fatal(err)
	}
	defer services.Close()
	services.SetFault(demo.Payment, demo.Fault{Status: 500})
	const upstream, forbidden = "UPSTREAM_ERROR", "FORBIDDEN"
	for _, way := range []string{"true", "false"} {
		p := startBefore(t, services, steadfast(with(standard, "graphql", "plans: {enabled: "+way+"}")))
		for name, c := range map[string]struct {
			as, query string
			want      failures
		}{
			"a record": {
				"support", `{ product(id: 2) { name } }`,
				failures{`{"product":null}`, []failed{at(upstream, 1, 3, "product")}},
			},
			"a record under another name, on another line": {
				"support", "{\n  other: product(id: 1) { id }\n  this: product(id: 2) {\n    name\n  }\n}",
				failures{`{"other":{"id":"1"},"this":null}`, []failed{at(upstream, 3, 3, "this")}},
			},
			"a record of a list that has no room for null": {
				"support", `{ products(first: 3) { nodes { id } pageInfo { hasNextPage } } product(id: 1) { id } }`,
				failures{`{"products":null,"product":{"id":"1"}}`, []failed{at(upstream, 1, 3, "products")}},
			},
			"records in lists of lists": {
				"support", `query Q($n: Int!) { page: orders(first: $n) { list: nodes { ...f } } } fragment f on Order { cost: payment { amount { amount } } id }`,
				failures{
					`{"page":{"list":[{"cost":null,"id":"1"},{"cost":null,"id":"2"}]}}`,
					[]failed{at(upstream, 1, 94, "page", "list", 0.0, "cost"), at(upstream, 1, 94, "page", "list", 1.0, "cost")},
				},
			},
			"a list that fails as a whole": {
				"support", `{ orders(first: 3) { nodes { id payment { id } } } me { id } }`,
				failures{`{"orders":null,"me":{"id":"2"}}`, []failed{at(upstream, 1, 3, "orders")}},
			},
			"what may not be seen": {
				"customer", `{ me { id } them: product(id: 1) { id } users(first: 2) { nodes { id } } }`,
				failures{`{"me":{"id":"7"},"them":{"id":"1"},"users":null}`, []failed{at(forbidden, 1, 41, "users")}},
			},
		} {
			t.Run(name+", planned: "+way, func(t *testing.T) {
				op := operation{as: c.as, query: c.query}
				if strings.Contains(c.query, "$n") {
					op.variables = json.RawMessage(`{"n": 2}`)
				}
				if diff := cmp.Diff(c.want, failuresIn(t, p.run(t, op)), cmp.AllowUnexported(failures{}, failed{})); diff != "" {
					t.Errorf("the answer (-want +got):\n%s", diff)
				}
			})
		}
	}
}
