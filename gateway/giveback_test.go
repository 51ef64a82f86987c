package gateway

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/lent"
)

// deaf is a client that has reset its stream.
type deaf struct{ http.ResponseWriter }

func (deaf) Write([]byte) (int, error) { return 0, errors.New("stream closed") }

func TestATextIsUsedAgainOnceAllOfItWasSentAndNotWhereThatFailed(t *testing.T) {
	for name, c := range map[string]struct {
		writer http.ResponseWriter
		back   bool
	}{
		"it was sent":     {httptest.NewRecorder(), true},
		"the client left": {deaf{httptest.NewRecorder()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			text := new(lent.Texts).New()
			data := graphqlhttp.Write(text, func(to []byte) []byte { return append(to, `{"a":1}`...) })
			given := answered{response: &graphql.Response{Data: data}, text: text}
			new(endpoint).write(c.writer, httptest.NewRequest(http.MethodPost, "/graphql", nil), graphqlhttp.PlainJSON, given)
			if back := len(text.Bytes) == 0; back != c.back {
				t.Errorf("it was given back: %v, want %v", back, c.back)
			}
			if sent, ok := c.writer.(*httptest.ResponseRecorder); ok && sent.Body.String() != `{"data":{"a":1}}` {
				t.Errorf("%s was sent", sent.Body)
			}
		})
	}
}
