package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// soak is a run: the site, what is known of its records, and what became of all that was asked.
type soak struct {
	*site
	*oracle
	*journal
	*tally

	clients *http.Client
}

func newSoak(s *site, o *oracle) *soak {
	return &soak{
		site: s, oracle: o, journal: new(journal), tally: newTally(),
		clients: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, // on kept ones, Go repeats requests by itself
	}
}

func everybody() (all []caller) {
	for _, each := range demo.Principals() {
		c := caller{name: each.Name, scopes: each.Scopes}
		for _, digit := range each.ID {
			c.id = c.id*10 + int64(digit-'0')
		}
		all = append(all, c)
	}
	return append(all, caller{name: "anonymous"}, caller{name: "another", id: 8})
}

// request is what is asked.
type request struct {
	kind   string // for the tally
	as     caller
	method string
	path   string
	body   any
	header map[string]string
}

// reply is an answer.
type reply struct {
	status int
	header http.Header
	body   []byte
	from   time.Time
	err    error
}

// send asks, and reads all of the answer.
func (s *soak) send(r request) (got reply) {
	got.from = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := s.made(ctx, r)
	if err != nil {
		panic(err) // a mistake here
	}
	res, err := s.clients.Do(req)
	if err != nil {
		got.err = err
		return got
	}
	defer res.Body.Close()
	got.status, got.header = res.StatusCode, res.Header
	got.body, got.err = io.ReadAll(res.Body)
	return got
}

func (s *soak) made(ctx context.Context, r request) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, "http://"+s.public+r.path, body)
	if err != nil {
		return nil, err
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token := s.issuer.token(r.as); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	return req, nil
}

// lost says whether an answer is none of a gateway, and puts it down.
func (s *soak) lost(r request, got reply) bool {
	if got.err == nil && got.header.Get("X-Request-ID") != "" {
		return false
	}
	if s.during(killed, got.from, time.Now()) {
		s.explain(r.kind, killed)
		return true
	}
	s.failf(r.kind, "no answer of a gateway: %d %v %s", got.status, got.err, got.body)
	return true
}

// answer is a GraphQL answer.
type answer struct {
	Data   any       `json:"data"`
	Errors []failure `json:"errors"`
}

// graphql sends an operation, and holds its answer against what the oracle says.
func (s *soak) graphql(kind string, as caller, of []sel, header map[string]string, body any) {
	r := request{kind: kind, as: as, method: http.MethodPost, path: "/graphql", body: body, header: header}
	got := s.send(r)
	if s.lost(r, got) {
		return
	}
	said, err := read(got)
	if err != nil {
		s.failf(kind, "%v: %d %s", err, got.status, got.body)
		return
	}
	if strings.HasPrefix(got.header.Get("Content-Type"), "multipart/") {
		s.count("answers that came in parts")
	}
	s.judge(r, got, said, of)
}

// judge holds an answer against what the oracle says.
func (s *soak) judge(r request, got reply, said answer, of []sel) {
	data, denied := s.answer(r.as, of)
	failed := s.excuse(got, data, denied, said)
	if failed == "" && len(denied) > 0 {
		failed = "not denied: " + strings.Join(keys(denied), " ")
	}
	if diff := cmp.Diff(any(data), said.Data); failed == "" && diff != "" {
		failed = diff
	}
	switch {
	case failed != "":
		s.failf(r.kind, "%s asks %s and gets %d: %s\n%s", r.as.name, document(of), got.status, failed, got.body)
	case partial(said):
		s.explain(r.kind, paymentDown)
	default:
		s.good(r.kind)
	}
}

func keys(of map[string]string) (all []string) {
	for key := range of {
		all = append(all, key)
	}
	return all
}

func partial(said answer) bool {
	for _, each := range said.Errors {
		if upstreams(each.Extensions.Code) {
			return true
		}
	}
	return false
}

// excuse takes each error out of what is wanted, and says which has no reason.
func (s *soak) excuse(got reply, data any, denied map[string]string, said answer) (wrong string) {
	for _, each := range said.Errors {
		at, code := each.at(), each.Extensions.Code
		switch {
		case denied[at] == code:
			delete(denied, at)
		case upstreams(code) && strings.Contains(at, "payment") && s.during(paymentDown, got.from, time.Now()):
			missing(data, said.Data, each.Path)
		default:
			return "an error without a reason: " + code + " at " + at
		}
	}
	return ""
}

// read reads an answer, whole or in parts.
func read(got reply) (said answer, err error) {
	media, parameters, _ := mime.ParseMediaType(got.header.Get("Content-Type"))
	if media != "multipart/mixed" {
		err = decode(bytes.NewReader(got.body), &said)
		return said, err
	}
	parts := multipart.NewReader(bytes.NewReader(got.body), parameters["boundary"])
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return said, nil
		}
		if err != nil {
			return said, err
		}
		var more struct {
			answer

			Incremental []struct {
				answer

				Path []any `json:"path"`
			} `json:"incremental"`
		}
		if err := decode(part, &more); err != nil {
			return said, err
		}
		if more.Data != nil {
			said.Data = more.Data
		}
		said.Errors = append(said.Errors, more.Errors...)
		for _, each := range more.Incremental {
			said.Errors = append(said.Errors, each.Errors...)
			merge(said.Data, each.Data, each.Path)
		}
	}
}

// merge puts a later part in its place.
func merge(into, part any, path []any) {
	for _, step := range path {
		switch at := into.(type) {
		case map[string]any:
			name, _ := step.(string)
			into = at[name]
		case []any:
			index, _ := step.(json.Number)
			n, _ := index.Int64()
			into = at[n]
		}
	}
	target, _ := into.(map[string]any)
	more, _ := part.(map[string]any)
	maps.Copy(target, more)
}
