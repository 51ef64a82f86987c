package composed

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/problem"
)

// limited is a field that was read too often.
func limited(path ...any) *gqlerror.Error {
	err := problem.New(problem.RateLimited, "")
	err.RetryAfter = 11500 * time.Millisecond
	err.Policies = []string{"Order.id"}
	return problem.Present(&gqlerror.Error{Err: err, Path: failed(problem.RateLimited, path...).Path}, "id-1")
}

func TestFieldsThatWereReadTooOftenAreCounted(t *testing.T) {
	for name, c := range map[string]struct {
		data       string
		errs       gqlerror.List
		status     int
		retryAfter string
		fields     int
	}{
		"none":         {`{"order":{"id":1}}`, nil, 200, "", 0},
		"some":         {`{"order":{"id":null,"size":null}}`, gqlerror.List{limited("order", "id"), limited("order", "size"), failed(problem.Timeout, "order")}, 200, "", 2},
		"other errors": {`{"order":{"id":null}}`, gqlerror.List{failed(problem.Timeout, "order", "id")}, 200, "", 0},
		"all of it":    {`{"order":null}`, gqlerror.List{limited("order")}, 429, "12", 0},
	} {
		t.Run(name, func(t *testing.T) {
			o := load(t, shop(t), oneRoot)
			told := 0
			o.Limited = func(fields int) { told += fields }
			w := httptest.NewRecorder()
			o.Answer(w, httptest.NewRequest("GET", "/q", nil), &graphql.Response{Data: []byte(c.data), Errors: c.errs}, keeping.Terms{})
			if w.Code != c.status || w.Header().Get("Retry-After") != c.retryAfter || told != c.fields {
				t.Errorf("%d %v, and %d fields", w.Code, w.Header(), told)
			}
			if named := strings.Contains(w.Body.String(), `"violated-policies":["Order.id"]`); named != (c.status == 429) {
				t.Errorf("the answer is %s", w.Body)
			}
		})
	}
}
