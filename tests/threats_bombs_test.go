package tests

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// zippedBlanks are so many blanks around an empty list, packed.
func zippedBlanks(t *testing.T, length int) string {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for _, part := range []string{"[", strings.Repeat(" ", length), "]"} {
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

// What a service packs into few bytes is bounded by what it unpacks into.
func TestAnAnswerThatUnpacksIntoTooMuchIsNotRead(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, standard)
	const tooMuch = 16 << 20 // max_response is 8MiB
	p.services.SetFault(demo.Product, demo.Fault{
		Body: zippedBlanks(t, tooMuch), Header: http.Header{"Content-Encoding": {"gzip"}},
	})
	r := p.run(t, operation{query: `{ product(id: 8) { name } }`})
	if r.status != http.StatusOK || !strings.Contains(string(r.body), `"code":"UPSTREAM_ERROR"`) {
		t.Errorf("it is answered with %d %.300s", r.status, r.body)
	}
}

// A client's body is taken as it is. Nobody unpacks it.
func TestABodyThatIsPackedIsNotUnpacked(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, withREST(nil, demoSection()))
	packed := zippedBlanks(t, 1<<20)
	for _, path := range []string{"/graphql", "/v2/users"} {
		header := map[string]string{
			"Content-Type": "application/json", "Content-Encoding": "gzip", "Authorization": "Bearer " + p.token(t, "support"),
		}
		if r := send(t, p.raw(t, http.MethodPost, path, header, packed, false)); r.status < 400 || r.status > 499 {
			t.Errorf("%s answers %d %.300s", path, r.status, r.body)
		}
	}
}
