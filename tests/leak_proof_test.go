package tests

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// A search that finds nothing proves something only where it would find something: each member of a service's own answer is found,
// whatever stands around it, and told to nobody who may not see it.
func TestTheSearchFindsEveryValueOfARecord(t *testing.T) {
	m := newMint()
	services, err := demo.Start(demo.Options{Wrap: m.wrap})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	s := &leakSite{mint: m}
	stranger := asker{name: "somebody", user: 8}
	for _, service := range demo.Names() {
		id := focus()[typesOf()[service]][0]
		record := string(get(t, fmt.Sprintf("%s/%ss/%d", services.URLs(service)[0], service, id)).body)
		for form, text := range map[string]string{
			"as it is": record, "in a line of a log": `{"msg":` + fmt.Sprintf("%q", record) + `}`, "in a header": strings.ReplaceAll(record, `"`, ""),
			"in capitals": strings.ToUpper(record), "in the middle": strings.Repeat("x", 1<<16) + record,
		} {
			facts := s.found(text)
			for _, member := range allMembers(s, service) {
				each := fact{service, member, id}
				if !facts[each] && member != cardEnd { // which is looked for where it stands alone
					t.Errorf("%v is not found %s: %s", each, form, text)
				}
			}
			told := make(map[fact]question)
			for each := range facts {
				told[each] = question{}
			}
			if service != demo.Product && len(s.secretsTold(stranger, told)) < len(facts)-2 {
				t.Errorf("of %v, a stranger may know all but %v", facts, s.secretsTold(stranger, told))
			}
		}
	}
}

func TestTheSearchFindsTheEndOfACard(t *testing.T) {
	s := &leakSite{mint: newMint()}
	s.orders[4993] = 8
	for _, text := range []string{`{"cardLast4":"9993"}`, `{"x2_cardLast4":"••••9993"}`} {
		if facts := s.found(text); !facts[fact{demo.Payment, cardEnd, 4993}] {
			t.Errorf("of %s, only %v is found", text, facts)
		}
	}
}

// allMembers are the members of a service that have values of their own.
func allMembers(s *leakSite, service string) []string {
	var members []string
	for name := range s.made {
		if of, member, _ := strings.Cut(name, " "); of == service {
			members = append(members, member)
		}
	}
	return members
}

// What an asker was told is held against who may know it, for each member of the table: had anybody without the right got what the
// admin gets, it would have been noticed.
func (s *leakSite) wouldNotice(t *testing.T, of map[fact]question, askers []asker) {
	t.Helper()
	for _, as := range askers {
		noticed := strings.Join(s.secretsTold(as, of), "\n")
		for name, by := range audiences() {
			service, member, _ := strings.Cut(name, " ")
			for _, id := range focus()[typesOf()[service]] {
				each := fact{service, member, id}
				public := by.everybody || by.named && !as.nobody
				if _, told := of[each]; told && !as.may(each, s.owner(each)) != strings.Contains(noticed, fmt.Sprint(each)) || public && !as.refused && !as.may(each, 0) {
					t.Errorf("that %s is told %v would not be noticed, or is taken for a leak", as.name, each)
				}
			}
		}
	}
}

// Each of the outputs is what it is said to be, and is searched.
func TestEachOutputIsSearched(t *testing.T) {
	s := startLeakSite(t, steadfast, unchanged)
	s.ask(t, question{method: "GET", path: "/v2/users/8"}, s.asker(t, "owner"))
	for name, want := range map[string]string{
		"the log": `"msg":"request"`, "the metrics": "concierge_requests_total{", "the status page": "Concierge", "the routes": "/v2/users/{id}",
		"readiness": "ready", "liveness": "alive", "the goroutines": "goroutine ", "the command line": "test",
		"who was refused": `"refused":[]`,
	} {
		if text := outputs()[name](t, s.program); !strings.Contains(text, want) {
			t.Errorf("%s is %.200q, without %q", name, text, want)
		}
	}
	if len(outputs()) != 9 {
		t.Errorf("there are %d outputs: say here what each of them holds", len(outputs()))
	}
	record := get(t, s.services.URLs(demo.User)[0]+"/users/8").body
	if _, err := s.log.Write(record); err != nil {
		t.Fatal(err)
	}
	if facts := s.found(outputs()["the log"](t, s.program)); !facts[fact{demo.User, "email", 8}] {
		t.Errorf("of a record in the log, only %v is found", facts)
	}
}

// Of an answer, each part is searched: its status line, its header, its body however it is compressed, and its trailers.
func TestEachPartOfAnAnswerIsSearched(t *testing.T) {
	m := newMint()
	planted := func(n int64) string { return m.text(demo.User, "email", n) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", planted(1))
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Trailer", "X-End")
		w.Header().Set("X-Some", planted(2))
		_, _ = io.WriteString(w, planted(3))
		w.Header().Set("X-End", planted(4))
	}))
	t.Cleanup(server.Close)
	s := &leakSite{mint: m, program: &program{public: server.URL}, client: server.Client()}
	facts := s.told(t, asker{}, []question{{method: "GET", path: "/"}})
	for n := range int64(4) {
		if _, found := facts[fact{demo.User, "email", n + 1}]; !found {
			t.Errorf("part %d is not searched: %v", n+1, facts)
		}
	}
}
