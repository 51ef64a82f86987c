package graphqlhttp

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
)

// bodies are what clients send, and what they should not.
var bodies = []string{
	`{"query": "{ me { id } }"}`,
	`{"operationName": null, "variables": {}, "query": "query Q {\n  me { id }\n}\n", "extensions": null}`,
	`{"query":"\u007b me \u003e \u00e9é☃ \"\\\/\b\f\r\t","operationName":"Q","variables":{"a":[],"b":[1,-2.5e+3,{"c":null}],"d":true,"e":false}}`,
	" \t\r\n{ \"query\" : \"x\" , \"variables\" : { \"a\" : [ 1 , \"b\" ] } } \n",
	`{"documentId":"sha256:00","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`,
	`{"variables":{"a":1,"a":{"b":2},"":0}}`,
	`{}`,
	// What is left to encoding/json.
	`{"query": "\ud83d\ude00", "variables": {"a": "\udead"}}`,
	"{\"query\": \"\xff\", \"variables\": {\"\xc3\": 1}}",
	`{"query": null, "documentId": null}`,
	`{"query": "a", "query": "b"}`,
	`{"Query": "a", "other": [1, {"b": 2}]}`,
	`{"query": "a"} 1`, `{"query": "a"`, `{"query": "a",}`, `{"query" "a"}`, `{query: "a"}`, `"query"`, `[]`, ``, `{"query": "a\`, `{"query": "a`,
	`{"query": "\x"}`, `{"query": "\u12"}`, `{"query": "\u+123"}`, "{\"query\": \"\n\"}",
	`{"variables": 1}`, `{"variables": [1]}`, `{"variables": "x"}`, `{"operationName": 1}`,
	`{"variables": {"a": 01}}`, `{"variables": {"a": -}}`, `{"variables": {"a": 1.}}`, `{"variables": {"a": .5}}`, `{"variables": {"a": +1}}`,
	`{"variables": {"a": 1e}}`, `{"variables": {"a": 1E9}}`, `{"variables": {"a": -0}}`, `{"variables": {"a": 1 2}}`, `{"variables": {"a": NaN}}`,
	`{"variables": {"a": tru}}`, `{"variables": {"a": truefalse}}`, `{"variables": {"a": nulls}}`,
	`{"variables": {"a": [1,]}}`, `{"variables": {"a": [,1]}}`, `{"variables": {"a": [1}}`, `{"variables": {"a"}}`,
	`{"variables": {"a": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}}`,
}

// whole is all that is read of a body.
type whole struct {
	Params graphql.RawParams
	Query  bool
	ID     *string
}

// unlike says how a body that is read plainly differs from what encoding/json reads.
func unlike(body string) (difference string, plainly bool) {
	var p, j whole
	sent, ok := readPlainly([]byte(body), &p.Params)
	if !ok {
		return "", false
	}
	p.Query, p.ID = sent.query, sent.id
	sent, err := readStrictly([]byte(body), &j.Params)
	if err != nil {
		return "encoding/json says " + err.Error(), true
	}
	j.Query, j.ID = sent.query, sent.id
	return cmp.Diff(j, p), true
}

func TestWhatIsReadPlainlyIsWhatEncodingJSONReads(t *testing.T) {
	const plain = 7
	for i, body := range bodies {
		difference, plainly := unlike(body)
		if difference != "" {
			t.Errorf("%s (-encoding/json +plainly):\n%s", body, difference)
		}
		if i < plain && !plainly {
			t.Errorf("%s is left to encoding/json", body)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, body := range bodies {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if difference, _ := unlike(body); difference != "" {
			t.Errorf("%q (-encoding/json +plainly):\n%s", body, difference)
		}
	})
}

// BenchmarkReadBody reads the body of an operation as clients write it.
func BenchmarkReadBody(b *testing.B) {
	query := "query Page($cursor: String) {\n  orders(first: 20, after: $cursor) {\n    nodes {\n      id\n      user { name }\n    }\n  }\n}"
	body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{"cursor": "bzoyMA"}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := readMembers(body); err != nil {
			b.Fatal(err)
		}
	}
}
