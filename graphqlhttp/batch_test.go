package graphqlhttp

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
)

func sent(method, contentType, body string) *http.Request {
	r := httptest.NewRequest(method, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return r
}

const inJSON = "application/json"

func TestABatchIsTakenApart(t *testing.T) {
	b := Batching{Enabled: true, Max: 3, Bytes: 1024}
	for name, c := range map[string]struct {
		body string
		want []string
		kind problem.Kind // where it is refused
	}{
		"one":                   {`[{"query":"{a}"}]`, []string{`{"query":"{a}"}`}, 0},
		"three, blanks between": {" \r\n\t[ {\"a\": 1} , 2,\n[3] ] ", []string{`{"a": 1}`, `2`, `[3]`}, 0},
		"none":                  {`[]`, nil, problem.BadInput},
		"one too many":          {`[1,2,3,4]`, nil, problem.LimitExceeded},
		"too many, without end": {`[` + strings.Repeat(`1,`, 100), nil, problem.LimitExceeded},
		"larger than allowed":   {`["` + strings.Repeat("x", 1024) + `"]`, nil, problem.TooLarge},
		"without end":           {`[{"a":1}`, nil, problem.BadInput},
		"broken within":         {`[{"a":}]`, nil, problem.BadInput},
		"a comma too many":      {`[1,]`, nil, problem.BadInput},
		"something behind it":   {`[1] 2`, nil, problem.BadInput},
		"a bracket behind it":   {`[1]]`, nil, problem.BadInput},
	} {
		t.Run(name, func(t *testing.T) {
			requests, batch, err := b.ReadBatch(sent(http.MethodPost, inJSON, c.body))
			if !batch {
				t.Fatal("it was not taken for a batch")
			}
			if c.kind != 0 {
				if problem.KindOf(err) != c.kind {
					t.Errorf("it is refused with %v, want %v", err, c.kind)
				}
				return
			}
			var got []string
			for _, each := range requests {
				got = append(got, string(each))
			}
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("the requests (-want +got):\n%s\n%v", diff, err)
			}
		})
	}
}

func TestWhatIsNoBatchIsLeftAsItIs(t *testing.T) {
	b := DefaultBatching()
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		r    *http.Request
		want string
	}{
		"an object":         {sent(http.MethodPost, inJSON, `{"query": "{a}"}`), `{"query": "{a}"}`},
		"nothing":           {sent(http.MethodPost, inJSON, ""), ""},
		"another type":      {sent(http.MethodPost, "text/plain", `[1]`), `[1]`},
		"another method":    {sent(http.MethodGet, inJSON, `[1]`), `[1]`},
		"a long text":       {sent(http.MethodPost, inJSON, `"`+strings.Repeat("[", 1<<16)), `"` + strings.Repeat("[", 1<<16)},
		"something broken":  {httptest.NewRequest(http.MethodPost, "/", io.NopCloser(failing{broken})), ""},
		"blanks and no end": {sent(http.MethodPost, inJSON, "  {"), "{"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.r.Header.Get("Content-Type") == "" {
				c.r.Header.Set("Content-Type", inJSON)
			}
			_, batch, err := b.ReadBatch(c.r)
			if batch || err != nil {
				t.Fatalf("it was taken for a batch: %v", err)
			}
			if got, _ := io.ReadAll(c.r.Body); string(got) != c.want {
				t.Errorf("then its body was %.20q, want %.20q", got, c.want)
			}
		})
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

func TestAProblemIsRestatedAsAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		header http.Header
		body   string
		want   string
	}{
		"a problem": {
			http.Header{"Retry-After": {"7"}},
			`{"title": "x", "detail": "too often", "code": "RATE_LIMITED", "request_id": "r"}`,
			`{"errors":[{"message":"too often","extensions":{"code":"RATE_LIMITED","requestId":"r","retryAfter":7}}]}`,
		},
		"nothing": {
			http.Header{}, "", `{"errors":[{"message":"something went wrong inside the gateway","extensions":{"code":"INTERNAL"}}]}`,
		},
	} {
		if got := string(Restated(c.header, []byte(c.body))); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}
