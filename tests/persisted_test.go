package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/gateway"
	"github.com/concierge-gateway/concierge/persisted/manifest"
	"github.com/concierge-gateway/concierge/web"
)

const (
	productName = `query Name($id: ID! = 3) { product(id: $id) { name } }`
	nameOf3     = `{"data":{"product":{"name":"Classic Notebook"}}}`
)

// hashed are the extensions of a request that names a document as Apollo's clients do.
func hashed(id string) string {
	return fmt.Sprintf(`{"persistedQuery":{"version":1,"sha256Hash":%q}}`, id)
}

// naming is a request that names a document and sends text besides, where there is some, by POST or GET.
func (p *program) naming(t *testing.T, as, method, accept, id, text string) reply {
	t.Helper()
	values := url.Values{"extensions": {hashed(id)}}
	sent := map[string]any{"extensions": json.RawMessage(hashed(id))}
	if text != "" {
		values.Set("query", text)
		sent["query"] = text
	}
	body, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	at := p.public + "/graphql"
	if method == http.MethodGet {
		at, body = at+"?"+values.Encode(), nil
	}
	return p.demanding(t, as, method, at, accept, string(body))
}

// documentID is the customer's request as the draft has it.
func (p *program) documentID(t *testing.T, id string) reply {
	t.Helper()
	return p.demanding(t, "customer", http.MethodPost, p.public+"/graphql", graphqlJSON, fmt.Sprintf(`{"documentId":%q,"query":null}`, id))
}

func (p *program) demanding(t *testing.T, as, method, at, accept, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Authorization", "Bearer "+p.token(t, as))
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	return send(t, req)
}

// failedAs is the status, the message and the code of a request error, or what else there is.
func failedAs(r reply) string {
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(r.body, &answer); err != nil || len(answer.Errors) != 1 || answer.Data != nil {
		return fmt.Sprint(r.status, " ", string(r.body))
	}
	return fmt.Sprintf("%d %s %s", r.status, answer.Errors[0].Extensions.Code, answer.Errors[0].Message)
}

func TestClientsRegisterDocumentsByTheirHashes(t *testing.T) {
	t.Parallel()
	p := start(t, standard)
	hash := manifest.Hash(productName)
	for accept, status := range map[string]string{plainJSON: "200", graphqlJSON: "400"} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			r := p.naming(t, "customer", method, accept, hash, "")
			if got, want := failedAs(r), status+" PERSISTED_QUERY_NOT_FOUND PersistedQueryNotFound"; got != want {
				t.Errorf("%s for %s is answered with %s, want %s", method, accept, got, want)
			}
			if got := r.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("caches are told %q", got)
			}
		}
	}
	const broken = "{ product(id: 3) { nom } }"
	for name, each := range map[string]struct{ id, text, want string }{
		"another text":     {hash, productName + " ", "400 PERSISTED_QUERY_HASH_MISMATCH the id does not belong to the query"},
		"an invalid text":  {manifest.Hash(broken), broken, `GRAPHQL_VALIDATION_FAILED`},
		"what came of it":  {manifest.Hash(broken), "", "PERSISTED_QUERY_NOT_FOUND"},
		"what came of one": {hash, "", "PERSISTED_QUERY_NOT_FOUND"},
	} {
		if got := failedAs(p.naming(t, "customer", http.MethodPost, plainJSON, each.id, each.text)); !strings.Contains(got, each.want) {
			t.Errorf("%s is answered with %s", name, got)
		}
	}
	if r := p.naming(t, "customer", http.MethodPost, plainJSON, hash, productName); string(r.body) != nameOf3 {
		t.Fatalf("registering is answered with %s", r.body)
	}
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		if r := p.naming(t, "stranger", method, graphqlJSON, hash, ""); string(r.body) != nameOf3 || r.status != http.StatusOK {
			t.Errorf("%s of a registered document is answered with %d %s", method, r.status, r.body)
		}
	}
	if r := p.documentID(t, "sha256:"+hash); string(r.body) != nameOf3 {
		t.Errorf("by documentId it is answered with %s", r.body)
	}
	const write = `mutation { updateProfile(input: {phone: "+1 555 0100"}) { user { id } } }`
	p.naming(t, "customer", http.MethodPost, plainJSON, manifest.Hash(write), write)
	r := p.naming(t, "customer", http.MethodGet, plainJSON, manifest.Hash(write), "")
	if r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != http.MethodPost {
		t.Errorf("a registered mutation by GET is answered with %d, Allow: %s", r.status, r.header.Get("Allow"))
	}
}

func TestARequestThatNamesADocumentBadlyIsRefused(t *testing.T) {
	t.Parallel()
	p := start(t, with(standard, "graphql", "persisted: {automatic: {enabled: false}}"))
	hash := manifest.Hash(productName)
	for body, want := range map[string]string{
		`{"documentId":""}`:                      "400 documentId is not the id of a document",
		`{"documentId":"a b"}`:                   "400 documentId is not the id of a document",
		`{"documentId":7}`:                       "400 documentId is of the wrong type",
		`{"documentId":null}`:                    "400 the request has no query",
		`{"extensions":{"documentId":"a"}}`:      "400 the request has no query",
		`{"extensions":{"persistedQuery":null}}`: "400 the request has no query",
		`{"extensions":{"persistedQuery":{"version":2,"sha256Hash":"a"}}}`:          "400 extensions.persistedQuery must have version 1, and an id as its sha256Hash",
		`{"extensions":{"persistedQuery":{"version":1}}}`:                           "400 extensions.persistedQuery must have version 1, and an id as its sha256Hash",
		`{"extensions":{"persistedQuery":"` + canary + `"}}`:                        "400 extensions.persistedQuery must have version 1, and an id as its sha256Hash",
		`{"documentId":"` + canary + `","extensions":` + hashed("b") + `}`:          "400 documentId and extensions.persistedQuery name different documents",
		`{"documentId":"sha256:` + hash + `","extensions":` + hashed(hash) + `}`:    "400 PERSISTED_QUERY_NOT_SUPPORTED PersistedQueryNotSupported",
		`{"documentId":"` + canary + `"}`:                                           "400 PERSISTED_QUERY_NOT_IN_LIST there is no trusted document with this id",
		`{"query":"` + productName + `","extensions":` + hashed(hash) + `}`:         "200 " + nameOf3,
		`{"query":"` + productName + `","extensions":` + hashed(hash[1:]+"0") + `}`: "400 PERSISTED_QUERY_HASH_MISMATCH the id does not belong to the query",
		`{"query":"` + productName + `","documentId":"sha256:` + hash + `"}`:        "200 " + nameOf3,
	} {
		r := p.post(t, body, graphqlJSON)
		got := failedAs(r)
		var refused struct{ Detail string }
		if json.Unmarshal(r.body, &refused) == nil && refused.Detail != "" {
			got = fmt.Sprint(r.status, " ", refused.Detail)
		}
		if !strings.HasPrefix(got, want) && !strings.HasSuffix(got, want[len("400 "):]) {
			t.Errorf("%s is answered with %s, want %s", body, got, want)
		}
		if strings.Contains(string(r.body), canary) {
			t.Errorf("%s is quoted: %s", body, r.body)
		}
	}
}

// safelisted is a configuration whose documents are those of a manifest.
func safelisted(yaml, safelist, file string) string {
	return with(yaml, "graphql", fmt.Sprintf("persisted: {trusted: {manifests: [{path: %q, client: web}], safelist: %q, free_scopes: [\"orders:read\"]}}", file, safelist))
}

// apolloManifest is a file in Apollo's form.
func apolloManifest(t *testing.T, file, id, text string) string {
	t.Helper()
	if file == "" {
		file = filepath.Join(t.TempDir(), "manifest.json")
	}
	operation, _ := json.Marshal(map[string]string{"id": id, "name": "Name", "type": "query", "body": text})
	content := `{"format":"apollo-persisted-query-manifest","version":1,"operations":[` + "\n" + string(operation) + `]}`
	if err := os.WriteFile(file+".new", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestASafelistRunsTrustedDocumentsAlone(t *testing.T) {
	t.Parallel()
	const other, schema = "{ product(id: 3) { id } }", "{ __schema { queryType { name } } }"
	p := start(t, with(safelisted(standard, "ids", apolloManifest(t, "", "the-name", productName)), "rest", "operations: builtin"))
	hash := manifest.Hash(productName)
	for _, id := range []string{"the-name", hash, "sha256:" + hash} {
		if r := p.documentID(t, id); string(r.body) != nameOf3 {
			t.Errorf("%s is answered with %s", id, r.body)
		}
		if r := p.naming(t, "customer", http.MethodGet, graphqlJSON, id, ""); string(r.body) != nameOf3 {
			t.Errorf("%s, as Apollo's clients ask, is answered with %s", id, r.body)
		}
	}
	const needed = "403 PERSISTED_QUERY_ID_REQUIRED documents are taken by their ids alone"
	for _, text := range []string{productName, other, schema, "{", `mutation { cancelOrder(input: {id: 1}) { order { id } } }`} {
		r := p.run(t, operation{query: text})
		if got := failedAs(r); !strings.HasSuffix(got, needed[len("403 "):]) {
			t.Errorf("%s is answered with %s", text, got)
		}
	}
	if got := failedAs(p.naming(t, "customer", http.MethodPost, graphqlJSON, manifest.Hash(other), other)); got != needed {
		t.Errorf("registering is answered with %s", got)
	}
	if got := failedAs(p.naming(t, "customer", http.MethodPost, graphqlJSON, manifest.Hash(other), "")); !strings.HasPrefix(got, "400 PERSISTED_QUERY_NOT_IN_LIST ") {
		t.Errorf("an unknown hash is answered with %s", got)
	}
	if r := p.run(t, operation{as: "support", query: schema}); !strings.Contains(string(r.body), `"queryType":{"name":"Query"}`) {
		t.Errorf("whoever may send any document is answered with %s", r.body)
	}
	if r := p.demanding(t, "support", http.MethodGet, p.public+"/v2/users/7/summary", "*/*", ""); r.status != http.StatusOK {
		t.Errorf("an operation that is an endpoint is answered with %d %s", r.status, r.body)
	}
	if refused := counted(t, p, `concierge_persisted_requests_total{way="refused"}`); refused != 7 {
		t.Errorf("%v requests were counted as refused, want 7", refused)
	}
}

func TestASafelistIsTriedBeforeItHolds(t *testing.T) {
	t.Parallel()
	p := start(t, safelisted(standard, "audit", apolloManifest(t, "", "the-name", productName)))
	for range 3 {
		p.run(t, operation{query: "query Stray { product(id: 3) { id } }", name: "Stray"})
	}
	p.run(t, operation{query: productName})
	if got := counted(t, p, `concierge_persisted_requests_total{way="untrusted"}`); got != 3 {
		t.Errorf("%v requests were counted as untrusted, want 3", got)
	}
	if got := strings.Count(p.log.String(), "a document is not among the trusted ones"); got != 1 {
		t.Errorf("the log tells of it %d times", got)
	}
	p.run(t, operation{query: "{ product(id: 3) { price { amount } } }"})
	if got := strings.Count(p.log.String(), "a document is not among the trusted ones"); got != 2 {
		t.Errorf("the log tells of two documents %d times", got)
	}
}

func TestTrustedDocumentsAreReadyBeforeTheFirstRequestAndStaySo(t *testing.T) {
	t.Parallel()
	const text = `query Name($id: ID! = 3, $long: Boolean! = false) { product(id: $id) { name description @include(if: $long) } }`
	p := start(t, with(safelisted(standard, "off", apolloManifest(t, "", "the-name", text)), "graphql", "documents: {entries: 1}"))
	planned := counted(t, p, "concierge_graphql_plans_compiled_total")
	if want := map[bool]float64{true: 2}[p.config.GraphQL.Plans.Enabled]; planned != want {
		t.Errorf("%v plans were compiled at start, want %v", planned, want)
	}
	for i := range 20 {
		p.run(t, operation{query: fmt.Sprintf("{ product(id: %d) { id } }", i+1)})
	}
	misses := counted(t, p, `concierge_documents_total{result="miss"}`)
	planned = counted(t, p, "concierge_graphql_plans_compiled_total")
	for range 2 {
		if r := p.documentID(t, "the-name"); string(r.body) != nameOf3 {
			t.Fatalf("it is answered with %s", r.body)
		}
		p.post(t, `{"documentId":"the-name","variables":{"long":true}}`, plainJSON)
	}
	if got := counted(t, p, `concierge_documents_total{result="miss"}`); got != misses {
		t.Errorf("a trusted document was parsed for a request")
	}
	if got := counted(t, p, "concierge_graphql_plans_compiled_total"); got != planned {
		t.Errorf("a trusted document was planned for a request")
	}
}

func TestTrustedDocumentsChangeWhileTheGatewayRuns(t *testing.T) {
	t.Parallel()
	file := apolloManifest(t, "", "one", productName)
	p := start(t, safelisted(standard, "documents", file))
	is := func(id, want string) func() bool {
		return func() bool { return strings.Contains(string(p.documentID(t, id).body), want) }
	}
	if !is("one", nameOf3)() || !is("two", "PERSISTED_QUERY_NOT_IN_LIST")() {
		t.Fatal("the first documents are not in force")
	}
	apolloManifest(t, file, "two", "{ product(id: 3) { name } }")
	waitFor(t, func() string { return "the new document is not in force: " + p.log.String() }, is("two", nameOf3))
	if !is("one", "PERSISTED_QUERY_NOT_IN_LIST")() {
		t.Error("the old document still is in force")
	}
	apolloManifest(t, file, "three", "{ product(id: 3) { nom } }")
	waitFor(t, func() string { return "the bad document is not noticed" }, func() bool { return counted(t, p, "concierge_persisted_current") == 0 })
	if !is("two", nameOf3)() || !is("three", "PERSISTED_QUERY_NOT_IN_LIST")() {
		t.Error("a bad document has changed what is in force")
	}
	said := `manifest.json:2:1: operation Name (three) (line 1, column 20 of it): Cannot query field \"nom\" on type \"Product\".`
	if text := strings.ReplaceAll(p.log.String(), `\\`, `\`); !strings.Contains(text, said) {
		t.Errorf("the log does not tell what is wrong: %s", text)
	}
}

func TestADocumentThatDoesNotFitTheSchemaIsAMistake(t *testing.T) {
	t.Parallel()
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer services.Close()
	open := func(yaml string) (*gateway.Gateway, error) {
		c, err := config.Parse([]byte(yaml), "test.yml", variables(services))
		if err != nil {
			t.Fatal(err)
		}
		return gateway.New(c, web.Settings{}, slog.New(slog.DiscardHandler))
	}
	bad := apolloManifest(t, "", "bad", "query Bad {\n  product(id: 3) { nom }\n}")
	_, err = open(safelisted(standard, "off", bad))
	want := bad + `:2:1: operation Name (bad) (line 2, column 20 of it): Cannot query field "nom" on type "Product".`
	if mistakes, ok := errors.AsType[config.Mistakes](err); !ok || mistakes.Error() != want {
		t.Errorf("it starts with %v, want %s", err, want)
	}
	g, err := open(standard)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if _, err := g.Explain(bad); err == nil || err.Error() != want {
		t.Errorf("the check says %v, want %s", err, want)
	}
	relay := filepath.Join(t.TempDir(), "persisted_queries.json")
	if err := os.WriteFile(relay, []byte("{\n\"0123456789abcdef0123456789abcdef\": \"{ user(id: 7) { name } }\"}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		relay: "query, id 0123456789abcdef0123456789abcdef 2 1", apolloManifest(t, "", "n", productName): "query Name, id n 2 1",
	} {
		told, err := g.Explain(file)
		if err != nil || len(told) != 1 {
			t.Fatalf("the check says %v, %v", told, err)
		}
		if got := fmt.Sprint(told[0].Title(), " ", told[0].Line, " ", told[0].Estimate.Calls); got != want {
			t.Errorf("the check says %s, want %s", got, want)
		}
	}
}

func TestInstancesShareTheDocumentsThatClientsRegister(t *testing.T) {
	t.Parallel()
	s := startChain(t)
	one, other := s.joins(t), s.joins(t)
	hash := manifest.Hash(productName)
	one.naming(t, "customer", http.MethodPost, plainJSON, hash, productName)
	waitFor(t, func() string { return "another instance does not know it: " + other.log.String() }, func() bool {
		return strings.Contains(string(other.naming(t, "customer", http.MethodGet, plainJSON, hash, "").body), "Classic Notebook")
	})
	const local = "{ product(id: 3) { id name } }"
	s.redis.Hang()
	waitFor(t, func() string { return "nobody misses Redis" }, func() bool {
		other.naming(t, "customer", http.MethodPost, plainJSON, manifest.Hash(local), "")
		return counted(t, other, "concierge_cache_second_reachable") == 0
	})
	other.naming(t, "customer", http.MethodPost, plainJSON, manifest.Hash(local), local)
	for text, id := range map[string]string{productName: hash, local: manifest.Hash(local)} {
		if r := other.naming(t, "customer", http.MethodPost, plainJSON, id, ""); !strings.Contains(string(r.body), "Classic Notebook") {
			t.Errorf("without Redis, %s is answered with %s", text, r.body)
		}
	}
	s.redis.Continue()
}

// In an array, over a WebSocket, by events or in parts: a document is looked for whichever way it comes.
func TestASafelistHoldsWhicheverWayADocumentComes(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	const trusted, other = `subscription { orderStatusChanged(orderId: 1) { id } }`, `subscription { orderStatusChanged(orderId: 1) { status } }`
	p := start(t, batching(safelisted(standard, "documents", apolloManifest(t, "", "the-name", trusted))))
	for _, accept := range []string{plainJSON, "text/event-stream", "multipart/mixed;deferSpec=20220824"} {
		for _, text := range []string{other, `{ me { id ... @defer { name } } }`, `{ __typename }`} {
			if r := p.post(t, graphqlBody(text, nil), accept); !strings.Contains(string(r.body), "QUERY_NOT_IN_SAFELIST") {
				t.Errorf("%s for %s is answered with %s", text, accept, r.body)
			}
		}
	}
	r := p.post(t, batch(t, other, trusted), plainJSON)
	if got := answersOf(t, r); got[0] != "QUERY_NOT_IN_SAFELIST" || got[1] == got[0] {
		t.Errorf("a batch is answered with %s", r.body)
	}
	s := p.connect(t, "customer")
	for _, text := range []string{other, `{ me { id } }`} {
		s.subscribe("1", text)
		if got := s.hear(); !strings.Contains(got, "QUERY_NOT_IN_SAFELIST") {
			t.Errorf("%s over a WebSocket is answered with %s", text, got)
		}
	}
	s.subscribe("1", trusted)
	if got := s.hear(); strings.Contains(got, "SAFELIST") {
		t.Errorf("a trusted document over a WebSocket is answered with %s", got)
	}
}
