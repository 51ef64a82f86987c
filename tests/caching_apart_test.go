package tests

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// repeating answers with what a call says in some fields, as services do that make links of where they are asked, or show what the
// caller of a credential may see.
func repeating(names ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=60")
		said := []string{r.Method}
		for _, name := range names {
			said = append(said, r.Header.Get(name))
		}
		_, _ = io.WriteString(w, strconv.Quote(strings.Join(said, " ")))
	}
}

// Who asks first must not choose what others get: by no field that the gateway itself makes, or lets pass as something else than
// what the caller wrote.
func TestNobodyChoosesWhatOthersGet(t *testing.T) {
	t.Parallel()
	o := newOther(t)
	yaml := with(standard, "upstreams", fmt.Sprintf(
		`other: {urls: [%q], identity: {credentials: [X-Session]}, %s, cache: {depends: nothing, routes: [{match: "GET /own/{id}", depends: principal}]}}`,
		o.URL, attentive))
	yaml += `rest:
  routes:
    - {match: "GET /all/{id}", upstream: other, raw: true, public: true, to: "/{id}", request: {headers: {set: {x-view: all}}}}
    - {match: "GET /some/{id}", upstream: other, raw: true, public: true, to: "/{id}", request: {headers: {set: {x-view: some}}}}
    - {match: "GET /own/{id}", upstream: other, raw: true, public: true}
`
	yaml = anonymous(yaml)
	p := startBefore(t, nil, caching(sampleURLs.ReplaceAllString(yaml, `urls: ["http://127.0.0.1:1"]`)))
	o.answers(repeating("X-Forwarded-Host", "X-Session", "X-View"))
	for name, c := range map[string]struct{ attack, ask, want string }{
		"a host":              {"GET /all/1\nAs: nobody\nHost: evil.example", "GET /all/1\nAs: nobody\nHost: shop.example", `"GET shop.example  all"`},
		"another route":       {"GET /all/2\nHost: a", "GET /some/2\nHost: a", `"GET a  some"`},
		"another's session":   {"GET /own/3\nAs: nobody\nHost: a\nX-Session: 1", "GET /own/3\nAs: nobody\nHost: a\nX-Session: 2", `"GET a 2 "`},
		"a field that hides":  {"GET /all/4\nAs: nobody\nHost: a\nX_Session: 1", "GET /all/4\nAs: nobody\nHost: a", `"GET a  all"`},
		"a field that is set": {"GET /all/5\nAs: nobody\nHost: a\nX-View: evil", "GET /all/5\nAs: nobody\nHost: a", `"GET a  all"`},
		"another address":     {"GET /all/6\nAs: nobody\nHost: a\nX-Forwarded-Host: evil", "GET /all/6\nAs: nobody\nHost: a", `"GET a  all"`},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				p.speak(t, c.attack)
				if got := p.speak(t, c.ask); got.status != http.StatusOK || string(got.body) != c.want {
					t.Errorf("it is answered with %d %s, want %s", got.status, got.body, c.want)
				}
			}
		})
	}
	o.forget()
	for range 3 {
		p.speak(t, "GET /all/7\nHost: a")
	}
	if n := len(o.calls()); n != 1 {
		t.Errorf("the service was asked %d times for the same", n)
	}
}

// What is absent is known for less long than what is there. Who may not see a record must not find out by that whether it is there.
func TestWhatAnAnswerTookTellsNoStrangerWhetherThereIsARecord(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, with(caching(standard, trusting()...), "cache", "absent: 0s"), forAll)
	for _, query := range []string{`{ payment(id: %d) { status } }`, `{ order(id: %d) { status } }`} {
		var told []string
		for _, id := range []int{4994, 999999} {
			op := operation{as: "stranger", query: fmt.Sprintf(query, id)}
			for range 2 {
				p.run(t, op) // now all is kept that may be
			}
			told = append(told, fmt.Sprintf("%+v", *spentOn(t, send(t, p.weighing(t, op)).body)))
		}
		if told[0] != told[1] {
			t.Errorf("%s: of one that is there %s is told, and of one that is not %s", query, told[0], told[1])
		}
	}
}
