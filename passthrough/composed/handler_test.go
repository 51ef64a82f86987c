package composed

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/document"
	builtin "github.com/concierge-gateway/concierge/schema"
)

// recorder is an executor that keeps what it is asked, and answers nothing where it has no response.
type recorder struct {
	asked    []*graphql.RawParams
	response *graphql.Response
}

func (e *recorder) Execute(w http.ResponseWriter, _ *http.Request, params *graphql.RawParams) (*graphql.Response, keeping.Terms, bool) {
	e.asked = append(e.asked, params)
	if e.response == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	return e.response, keeping.Terms{}, e.response != nil
}

// serve answers requests by the operations that come with the gateway, routed by net/http.
func serve(t *testing.T, exec Executor) http.Handler {
	t.Helper()
	operations, err := Load(builtin.Operations(), served(), document.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, o := range operations {
		mux.Handle(o.Method+" "+o.Path, o.Handler(exec, func(r *http.Request, name string) (string, bool) {
			value := r.PathValue(name)
			return value, value != ""
		}))
	}
	return mux
}

func TestARequestBecomesAnOperation(t *testing.T) {
	exec := &recorder{response: &graphql.Response{Data: json.RawMessage(`{"order":{"id":"7"}}`)}}
	answer := httptest.NewRecorder()
	serve(t, exec).ServeHTTP(answer, httptest.NewRequest("GET", "/v2/orders/7/summary", nil))
	checkBody(t, answer, `{"id":"7"}`)
	asked := exec.asked[0]
	if asked.OperationName != "OrderSummary" || !strings.HasPrefix(asked.Query, "query OrderSummary(") {
		t.Errorf("asked %s of %s", asked.OperationName, asked.Query)
	}
	if diff := cmp.Diff(map[string]any{"id": "7"}, asked.Variables); diff != "" {
		t.Error(diff)
	}
}

func TestABodyBecomesTheInputOfAMutation(t *testing.T) {
	exec := &recorder{response: &graphql.Response{Data: json.RawMessage(`{"placeOrder":{"order":null,"userErrors":[{"code":"OUT_OF_STOCK"}]}}`)}}
	answer := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/v2/orders", strings.NewReader(
		`{"items": [{"productId": 1, "quantity": 2}], "shippingAddress": {"street": "1 Main Street", "city": "Springfield", "zip": "12345"}}`))
	r.Header.Set("Content-Type", "application/json")
	serve(t, exec).ServeHTTP(answer, r)
	if answer.Code != 422 {
		t.Errorf("got %d", answer.Code)
	}
	checkBody(t, answer, `{"order":null,"userErrors":[{"code":"OUT_OF_STOCK"}]}`)
	want := map[string]any{
		"items":           []any{map[string]any{"productId": "1", "quantity": int64(2)}},
		"shippingAddress": map[string]any{"street": "1 Main Street", "city": "Springfield", "zip": "12345"},
	}
	if diff := cmp.Diff(want, exec.asked[0].Variables); diff != "" {
		t.Error(diff)
	}
}

func TestARequestThatIsRefusedDoesNotRun(t *testing.T) {
	exec := new(recorder)
	answer := httptest.NewRecorder()
	serve(t, exec).ServeHTTP(answer, httptest.NewRequest("GET", "/v2/me/orders?fist=1", nil))
	if answer.Code != 400 || len(exec.asked) != 0 || !strings.Contains(answer.Body.String(), `there is no query parameter \"fist\"`) {
		t.Errorf("got %d %s, asked %d", answer.Code, answer.Body, len(exec.asked))
	}
}

func TestWhatTheExecutorAnsweredIsNotAnsweredAgain(t *testing.T) {
	answer := httptest.NewRecorder()
	serve(t, new(recorder)).ServeHTTP(answer, httptest.NewRequest("GET", "/v2/me/orders", nil))
	if answer.Code != 503 || answer.Body.Len() != 0 {
		t.Errorf("got %d %s", answer.Code, answer.Body)
	}
}

func TestOneScopeIsAListOfIt(t *testing.T) {
	o := load(t, shop(t), `query Q @endpoint(path: "/q", scopes: "boxes:read") { box { id } }`)
	if len(o.Scopes) != 1 || o.Scopes[0] != "boxes:read" {
		t.Errorf("it needs the scopes %q", o.Scopes)
	}
}

func TestACallerNeedsEveryScope(t *testing.T) {
	o := load(t, shop(t), `query Q @endpoint(path: "/q", scopes: ["boxes:read", "boxes:count"]) { box { id } }`)
	for name, c := range map[string]struct {
		caller    auth.Principal
		status    int
		challenge string
	}{
		"nobody":       {auth.Principal{}, 401, `Bearer realm="concierge"`},
		"without":      {auth.Principal{ID: "1"}, 403, `Bearer realm="concierge", error="insufficient_scope", scope="boxes:read boxes:count"`},
		"with one":     {auth.Principal{ID: "1", Scopes: []string{"boxes:read"}}, 403, `Bearer realm="concierge", error="insufficient_scope", scope="boxes:read boxes:count"`},
		"with all":     {auth.Principal{ID: "1", Scopes: []string{"x", "boxes:count", "boxes:read"}}, 200, ""},
		"with another": {auth.Principal{ID: "1", Scopes: []string{"boxes"}}, 403, `Bearer realm="concierge", error="insufficient_scope", scope="boxes:read boxes:count"`},
	} {
		t.Run(name, func(t *testing.T) {
			exec := &recorder{response: &graphql.Response{Data: json.RawMessage(`{"box":{"id":"7"}}`)}}
			answer := httptest.NewRecorder()
			r := httptest.NewRequest("GET", "/q", nil)
			r = r.WithContext(auth.WithPrincipal(r.Context(), c.caller))
			o.Handler(exec, nil).ServeHTTP(answer, r)
			if got := answer.Header().Get("WWW-Authenticate"); answer.Code != c.status || got != c.challenge {
				t.Errorf("got %d %q, want %d %q", answer.Code, got, c.status, c.challenge)
			}
			if ran := len(exec.asked) > 0; ran != (c.status == 200) {
				t.Errorf("it ran: %v", ran)
			}
		})
	}
}
