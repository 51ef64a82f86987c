package tests

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// What clients accept an answer in parts by.
const (
	parts2022    = "multipart/mixed;deferSpec=20220824,application/json"                                                               // Apollo Client 3
	partsCurrent = "multipart/mixed;incrementalSpec=v0.2,application/graphql-response+json,application/json;q=0.9"                     // Apollo Client 4
	partsUrql    = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed" // urql
	partsEvents  = "text/event-stream"                                                                                                 // graphql-sse
)

// inPlans skips a test of what only plans do.
func inPlans(t *testing.T) {
	t.Helper()
	if environment(withoutPlans) == "off" {
		t.Skip("what gqlgen runs comes as a whole")
	}
}

// gate is a service that answers nothing until it is opened.
type gate struct {
	url     string
	waiting chan struct{} // one for each call that waits
	left    chan struct{} // one for each call that was given up
	open    chan struct{}
}

// gateBefore stands before a service.
func gateBefore(t *testing.T, service string) *gate {
	t.Helper()
	to, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{waiting: make(chan struct{}, 10), left: make(chan struct{}, 10), open: make(chan struct{})}
	through := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.URL.Query().Has("order_ids") {
			through.ServeHTTP(w, r) // it is asked for something else, such as what happens there
			return
		}
		g.waiting <- struct{}{}
		select {
		case <-g.open:
			through.ServeHTTP(w, r)
		case <-r.Context().Done():
			g.left <- struct{}{}
		}
	}))
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

// startGated runs a gateway whose payment service answers nothing until it is opened.
func startGated(t *testing.T, yaml string) (*program, *gate) {
	t.Helper()
	services, err := demo.Start(demo.Options{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	g := gateBefore(t, services.URLs(demo.Payment)[0])
	yaml = strings.Replace(yaml, `urls: ["${PAYMENT_URL}", "${PAYMENT_URL_2}"]`, `urls: ["`+g.url+`"]`, 1)
	return startBefore(t, services, yaml), g
}

// payloads are those of an answer in parts, as they come.
type payloads struct {
	t    *testing.T
	body io.ReadCloser
	next func() ([]byte, error)
}

// ask sends an operation to a client that takes its answer in parts.
func (p *program) ask(t *testing.T, op operation, accept string) (*http.Response, *payloads) {
	t.Helper()
	req := p.request(t, op)
	req.Header.Set("Accept", accept)
	return p.askBy(t, req)
}

func (*program) askBy(t *testing.T, req *http.Request) (*http.Response, *payloads) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	all := &payloads{t: t, body: res.Body}
	t.Cleanup(func() { _ = res.Body.Close() })
	media, params, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	switch media {
	case "multipart/mixed":
		all.next = eachPart(multipart.NewReader(res.Body, params["boundary"]))
	case "text/event-stream":
		all.next = eachEvent(bufio.NewScanner(res.Body))
	default:
		all.next = func() ([]byte, error) { return nil, io.EOF }
	}
	return res, all
}

func eachPart(r *multipart.Reader) func() ([]byte, error) {
	return func() ([]byte, error) {
		part, err := r.NextRawPart()
		if err != nil {
			return nil, err
		}
		return io.ReadAll(part)
	}
}

func eachEvent(lines *bufio.Scanner) func() ([]byte, error) {
	event := ""
	return func() ([]byte, error) {
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ":")
			value = strings.TrimPrefix(value, " ")
			switch {
			case name == "event":
				event = value
			case name == "data" && event == "complete":
				return nil, io.EOF
			case name == "data":
				return []byte(value), nil
			}
		}
		return nil, io.ErrUnexpectedEOF
	}
}

// want reads the next payload, which is this one.
func (p *payloads) want(want string) {
	p.t.Helper()
	got, err := p.next()
	if err != nil || string(got) != want {
		p.t.Fatalf("the next payload is %s, %v\nwant %s", got, err, want)
	}
}

// ends reads the end of the answer.
func (p *payloads) ends() {
	p.t.Helper()
	if got, err := p.next(); err != io.EOF { //nolint:errorlint // as it comes
		p.t.Errorf("the answer goes on with %s, %v", got, err)
	}
}

// all reads the payloads that are left.
func (p *payloads) all() (texts [][]byte) {
	for next, err := p.next(); err == nil; next, err = p.next() {
		texts = append(texts, next)
	}
	return texts
}

const slowPart = `{ order(id: 1) { id status ... @defer(label: "slow") { payment { status } } items { quantity } } }`

// TestWhatIsNotDeferredArrivesBeforeASlowServiceAnswers holds the payment service until the first payload has been read.
func TestWhatIsNotDeferredArrivesBeforeASlowServiceAnswers(t *testing.T) {
	inPlans(t)
	t.Parallel()
	const first = `{"data":{"order":{"id":"1","status":"PENDING","items":[{"quantity":1},{"quantity":3},{"quantity":1}]}},`
	const later = `"data":{"payment":{"status":"AUTHORIZED"}}}],`
	current := [2]string{
		first + `"pending":[{"id":"0","path":["order"],"label":"slow"}],"hasNext":true}`,
		`{"incremental":[{"id":"0",` + later + `"completed":[{"id":"0"}],"hasNext":false}`,
	}
	for name, c := range map[string]struct {
		accept, media string
		want          [2]string
	}{
		"as Apollo Client 3 takes it": {
			parts2022, `multipart/mixed; boundary="-"; deferSpec=20220824`,
			[2]string{first + `"hasNext":true}`, `{"incremental":[{"path":["order"],"label":"slow",` + later + `"hasNext":false}`},
		},
		"as Apollo Client 4 takes it": {partsCurrent, `multipart/mixed; boundary="-"; incrementalSpec=v0.2`, current},
		"as urql takes it":            {partsUrql, `multipart/mixed; boundary="-"; incrementalSpec=v0.2`, current},
		"as graphql-sse takes it":     {partsEvents, `text/event-stream; charset=utf-8`, current},
	} {
		t.Run(name, func(t *testing.T) {
			p, payment := startGated(t, patient(standard))
			res, came := p.ask(t, operation{as: "support", query: slowPart}, c.accept) // it may be compressed, as far as this client is concerned
			if media := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || media != c.media {
				t.Fatalf("the answer is %d in %s, want %s", res.StatusCode, media, c.media)
			}
			if kept := res.Header.Get("Cache-Control"); kept != "no-store" {
				t.Errorf("Cache-Control: %s", kept)
			}
			came.want(c.want[0])
			<-payment.waiting
			close(payment.open)
			came.want(c.want[1])
			came.ends()
		})
	}
}

// TestAPartIsWholeAsSoonAsItIsThere: clients take a part for whole when they have read the delimiter behind it.
func TestAPartIsWholeAsSoonAsItIsThere(t *testing.T) {
	inPlans(t)
	t.Parallel()
	p, payment := startGated(t, patient(standard))
	res, _ := p.ask(t, operation{as: "support", query: slowPart}, parts2022)
	const delimiter = "\r\n---"
	var text []byte
	for one := make([]byte, 1); bytes.Count(text, []byte(delimiter+"\r\n")) < 2; text = append(text, one...) {
		if _, err := res.Body.Read(one); err != nil {
			t.Fatalf("%v after %s", err, text)
		}
	}
	if !bytes.HasPrefix(text, []byte(delimiter+"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{")) {
		t.Errorf("the first part is %q", text)
	}
	close(payment.open)
	rest, err := io.ReadAll(res.Body)
	if err != nil || !bytes.HasSuffix(rest, []byte("}"+delimiter+"--\r\n")) {
		t.Errorf("the answer ends with %q, %v", rest, err)
	}
}

func TestAnAnswerIsWholeForThoseWhoTakeNoParts(t *testing.T) {
	t.Parallel()
	p := start(t, standard)
	op := operation{as: "support", query: slowPart}
	plain := p.run(t, operation{as: "support", query: strings.Replace(slowPart, `@defer(label: "slow")`, "", 1)}).body
	for name, accept := range map[string]string{
		"nothing is said":               "",
		"anything":                      "*/*",
		"JSON":                          "application/json",
		"JSON rather":                   "multipart/mixed;q=0.5, application/json",
		"not at all":                    "multipart/mixed;q=0, */*",
		"another format":                "multipart/mixed;deferSpec=20200101, application/json",
		"subscriptions in multipart":    "multipart/mixed;subscriptionSpec=1.0, application/json",
		"events, but rather one answer": "text/event-stream;q=0.1, application/json",
	} {
		req := p.request(t, op)
		req.Header.Set("Accept", accept)
		r := send(t, req)
		if media, _, _ := mime.ParseMediaType(r.header.Get("Content-Type")); media != "application/json" || !bytes.Equal(r.body, plain) {
			t.Errorf("%s: the answer is %s in %s", name, r.body, media)
		}
	}
}

func TestWhatIsNotDeferredInTheEndIsWhole(t *testing.T) {
	t.Parallel()
	p := start(t, standard)
	for name, c := range map[string]struct{ query, want string }{
		"it is off":      {`query($on: Boolean = false) { order(id: 1) { id ... @defer(if: $on) { payment { status } } } }`, `{"data":{"order":{"id":"1","payment":{"status":"AUTHORIZED"}}}}`},
		"there is none":  {`{ order(id: 999999) { id ... @defer { payment { id } } } }`, `{"data":{"order":null}}`},
		"a mutation's":   {`mutation { cancelOrder(id: 999999) { ... @defer { order { id } } } }`, `{"data":{"cancelOrder":{"order":null}}}`},
		"gqlgen runs it": {`{ __type(name: "User") { name ... @defer { kind } } }`, `{"data":{"__type":{"name":"User","kind":"OBJECT"}}}`},
	} {
		req := p.request(t, operation{as: "admin", query: c.query})
		req.Header.Set("Accept", partsCurrent)
		r := send(t, req)
		if media, _, _ := mime.ParseMediaType(r.header.Get("Content-Type")); !strings.HasPrefix(media, "application/") || string(r.body) != c.want {
			t.Errorf("%s: the answer is %s in %s, want %s", name, r.body, media, c.want)
		}
	}
	res, came := p.ask(t, operation{query: `{ me { id } }`}, "multipart/mixed")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("who takes nothing else is answered %d", res.StatusCode)
	}
	came.want(`{"data":{"me":{"id":"7"}},"hasNext":false}`)
	came.ends()
}

func TestAnAnswerIsWholeWithoutPlans(t *testing.T) {
	t.Parallel()
	p := start(t, with(standard, "graphql", "plans: {enabled: false}"))
	req := p.request(t, operation{as: "support", query: slowPart})
	req.Header.Set("Accept", parts2022)
	want := `{"data":{"order":{"id":"1","status":"PENDING","payment":{"status":"AUTHORIZED"},"items":[{"quantity":1},{"quantity":3},{"quantity":1}]}}}`
	if r := send(t, req); string(r.body) != want {
		t.Errorf("the answer is %s, want %s", r.body, want)
	}
}

// TestWhoeverLeavesEndsWhatIsDeferred goes after the first payload.
func TestWhoeverLeavesEndsWhatIsDeferred(t *testing.T) {
	inPlans(t)
	t.Parallel()
	p, payment := startGated(t, patient(standard))
	ctx, leave := context.WithCancel(t.Context())
	req := p.request(t, operation{as: "support", query: slowPart}).WithContext(ctx)
	req.Header.Set("Accept", parts2022)
	_, came := p.askBy(t, req)
	if _, err := came.next(); err != nil {
		t.Fatal(err)
	}
	<-payment.waiting
	leave()
	<-payment.left
	p.log.await(t, func(log string) bool { return strings.Contains(log, `"path":"/graphql"`) })
}

// TestTheTimeOfAnOperationBoundsAllOfItsParts lets the payment service answer never.
func TestTheTimeOfAnOperationBoundsAllOfItsParts(t *testing.T) {
	inPlans(t)
	t.Parallel()
	p, _ := startGated(t, with(patient(standard), "graphql", "timeout: 3s"))
	_, came := p.ask(t, operation{as: "support", query: slowPart}, parts2022)
	if _, err := came.next(); err != nil {
		t.Fatal(err)
	}
	last, err := came.next()
	if err != nil || !bytes.Contains(last, []byte(`"path":["order","payment"]`)) || !bytes.Contains(last, []byte(`"data":{"payment":null}`)) {
		t.Errorf("the last payload is %s, %v", last, err)
	}
	came.ends()
	p.log.await(t, func(log string) bool { return strings.Contains(log, `"errors":1`) })
}

func TestADocumentMayDeferOnlySoMuch(t *testing.T) {
	t.Parallel()
	p := start(t, with(standard, "graphql", "limits: {deferred: 2}"))
	off := start(t, with(standard, "graphql", "defer: {enabled: false}"))
	for name, c := range map[string]struct {
		p           *program
		query, want string
	}{
		"too many":               {p, `{ me { ... @defer { id } ... @defer { name } ... @defer { role } } }`, "the document defers 3 fragments where 2 are allowed"},
		"a label that is none":   {p, `query($l: String) { me { ... @defer(label: $l) { id } } }`, "the label of @defer is written down"},
		"a label twice":          {p, `{ me { ... @defer(label: "a") { id } ... @defer(label: "a") { name } } }`, "different from each other"},
		"the top of a mutation":  {p, `mutation { ... @defer { cancelOrder(id: 1) { order { id } } } }`, "top of a mutation"},
		"what may not be there":  {p, `{ me { id @defer } }`, "may not be used on FIELD"},
		"where it is turned off": {off, `{ me { ... @defer { id } } }`, `Unknown directive`},
	} {
		req := c.p.request(t, operation{query: c.query})
		req.Header.Set("Accept", partsCurrent)
		if r := send(t, req); r.status != http.StatusBadRequest && r.status != http.StatusOK || !strings.Contains(string(r.body), c.want) {
			t.Errorf("%s: the answer is %d %s, want %q", name, r.status, r.body, c.want)
		}
	}
}

// TestAnAnswerInPartsCostsWhatTheWholeAnswerDoes asks for the cost, which the last payload has. Only calls are reckoned for each part.
func TestAnAnswerInPartsCostsWhatTheWholeAnswerDoes(t *testing.T) {
	inPlans(t)
	t.Parallel()
	p := start(t, standard)
	const query = `{ orders(first: 7) { nodes { id ... @defer { payment { status amount { amount } } items { product { name } } } } ... @defer { pageInfo { hasNextPage } } } }`
	costOf := func(accept string) any {
		var sent map[string]any
		req := p.request(t, operation{as: "support", query: query})
		body, _ := io.ReadAll(req.Body)
		_ = json.Unmarshal(body, &sent)
		sent["extensions"] = map[string]any{"cost": true}
		body = []byte(mustJSON(t, sent))
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		req.Header.Set("Accept", accept)
		if accept == "application/json" {
			return readableMap(t, send(t, req).body)["extensions"]
		}
		_, came := p.askBy(t, req)
		all := came.all()
		return readableMap(t, all[len(all)-1])["extensions"]
	}
	whole, inParts := mustJSON(t, costOf("application/json")), mustJSON(t, costOf(parts2022))
	inParts = strings.Replace(inParts, `"calls":{"actual":3,"estimated":18}`, `"calls":{"actual":3,"estimated":6}`, 1)
	if whole != inParts || whole == "null" {
		t.Errorf("the whole answer costs %s, and in parts %s", whole, inParts)
	}
}

// TestEachPartMakesOneCallToAServiceOnALevel compares what services are asked for an answer in parts with what they are for the whole
// answer, from outside: the same keys, each of them once, in no more calls than each part makes for its levels.
func TestEachPartMakesOneCallToAServiceOnALevel(t *testing.T) {
	inPlans(t)
	t.Parallel()
	p := start(t, standard)
	for query, parts := range map[string]int{
		`{ orders(first: 9) { nodes { id ... @defer { user { name } payment { status } } } } }`:                                                   2,
		`{ orders(first: 9) { nodes { id ... @defer { user { name } } ... @defer { user { email } items { product { name } } } } } }`:             4,
		`{ users(first: 5) { nodes { ... @defer { orders(first: 3) { nodes { id ... @defer { payment { order { user { name } } } } } } } } } }`:   3,
		`{ a: order(id: 1) { ... @defer { user { name } } } b: order(id: 2) { user { name } ... @defer { user { email } payment { status } } } }`: 3,
	} {
		op := operation{as: "support", query: query}
		p.services.ResetCalls()
		p.run(t, op)
		calls, keys := p.wereAsked()
		p.services.ResetCalls()
		_, came := p.ask(t, op, partsCurrent)
		came.all()
		inParts, same := p.wereAsked()
		if diff := cmp.Diff(keys, same); diff != "" {
			t.Errorf("%s asks for (-whole +parts):\n%s", query, diff)
		}
		for service, n := range inParts {
			if n > parts*calls[service] {
				t.Errorf("%s makes %d calls to %s, and %d for the whole answer", query, n, service, calls[service])
			}
		}
	}
}

// wereAsked are how many calls each service got, and the keys that all of them had.
func (p *program) wereAsked() (calls map[string]int, keys []string) {
	calls = make(map[string]int)
	for _, call := range p.services.Calls() {
		calls[call.Service]++
		name, ids, found := strings.Cut(call.Query, "ids=")
		if !found {
			keys = append(keys, call.Path+" "+call.Query)
			continue
		}
		ids, _, _ = strings.Cut(ids, "&")
		ids, _ = url.QueryUnescape(ids)
		for id := range strings.SplitSeq(ids, ",") {
			keys = append(keys, call.Path+" "+name+id)
		}
	}
	slices.Sort(keys)
	return calls, keys
}

// TestWhatMakesTooManyCallsInPartsIsWhole: limits hold for an answer in parts, too, and refuse nothing that they let pass as a whole.
func TestWhatMakesTooManyCallsInPartsIsWhole(t *testing.T) {
	inPlans(t)
	t.Parallel()
	const query = `{ ... @defer { a: order(id: 1) { id } } ... @defer { b: order(id: 2) { id } } ... @defer { c: order(id: 3) { id } } }`
	for calls, media := range map[string]string{"3": "multipart/mixed", "2": "application/json"} {
		p := start(t, with(standard, "graphql", "demand: {calls: "+calls+"}"))
		p.services.ResetCalls()
		res, came := p.ask(t, operation{as: "support", query: query}, parts2022)
		came.all()
		got, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
		if made := len(p.services.Calls()); got != media || made > int(calls[0]-'0') {
			t.Errorf("with %s calls it comes in %s after %d", calls, got, made)
		}
	}
}

func readableMap(t *testing.T, text []byte) (value map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

func mustJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
