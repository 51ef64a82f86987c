package purge_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/purge"
)

func names() purge.Names {
	return purge.Names{
		Services: []string{"product", "user"},
		Types:    map[string]purge.RecordType{"Product": {Service: "product", Member: "id", Path: "/products"}},
	}
}

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/purge", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// ask sends a request, and says what was answered and logged.
func ask(l *purge.Log, r *http.Request) (answer *httptest.ResponseRecorder, logged string) {
	var log bytes.Buffer
	answer = httptest.NewRecorder()
	purge.Handler(l, names(), slog.New(slog.NewTextHandler(&log, nil))).ServeHTTP(answer, r)
	return answer, log.String()
}

func TestARequestPurgesWhatItNames(t *testing.T) {
	all := []purge.Tag{
		purge.Service("product"), purge.Service("user"), purge.Path("product", "/products/7"), purge.Group("product", "bestsellers"),
		purge.Record("product", "id", 7), purge.Record("product", "id", 8), purge.Path("product", "/a b"),
		purge.Lists("product"), purge.Owned("product"),
	}
	seven := []purge.Tag{
		purge.Record("product", "id", 7), purge.Path("product", "/products/7"), purge.Lists("product"), purge.Owned("product"),
	}
	for body, want := range map[string][]purge.Tag{
		`{"all":true}`:           all,
		`{"upstream":"product"}`: {purge.Service("product")},

		`{"upstream":"product","path":"/products/7"}`:                                   {purge.Path("product", "/products/7")},
		`{"upstream":"product","path":"/a%20b"}`:                                        {purge.Path("product", "/a b")},
		`{"upstream":"product","group":"bestsellers"}`:                                  {purge.Group("product", "bestsellers")},
		`{"type":"Product","id":"7"}`:                                                   seven,
		`{"purges":[{"type":"Product","id":"7"},{"type":"Product","id":"8"}]}`:          append(slices.Clone(seven), purge.Record("product", "id", 8)),
		`{"purges":[{"upstream":"user"},{"upstream":"product","group":"bestsellers"}]}`: {purge.Service("user"), purge.Group("product", "bestsellers")},
	} {
		l := purge.NewLog(100, nil)
		since := l.Now()
		answer, log := ask(l, post(body))
		count := max(1, strings.Count(body, "},{")+1)
		if answer.Code != http.StatusOK || answer.Body.String() != `{"purged":`+string(rune('0'+count))+"}\n" {
			t.Errorf("%s: the answer is %d %s", body, answer.Code, answer.Body)
		}
		if strings.Count(log, "msg=purged by=admin") != count {
			t.Errorf("%s: the log says %s", body, log)
		}
		for _, tag := range all {
			purged := !l.Holds(since, time.Time{}, []purge.Tag{tag})
			wanted := cmp.Equal(want, all)
			for _, each := range want {
				wanted = wanted || each == tag
			}
			if purged != wanted {
				t.Errorf("%s: the tag %x is purged: %t", body, uint64(tag), purged)
			}
		}
	}
}

func TestWhatIsPurgedIsLogged(t *testing.T) {
	_, log := ask(purge.NewLog(100, nil), post(`{"purges":[{"upstream":"product","path":"/products/7"},{"type":"Product","id":"9"}]}`))
	for _, want := range []string{
		`msg=purged by=admin upstream=product path=/products/7`, `msg=purged by=admin type=Product id=9`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
}

func TestARequestThatNamesNothingKnownPurgesNothing(t *testing.T) {
	for body, want := range map[string]string{
		``:                                       "JSON object",
		`{`:                                      "JSON object",
		`[]`:                                     "JSON object",
		`"all"`:                                  "JSON object",
		`{"all":"true"}`:                         "JSON object",
		`{"all":true}{"all":true}`:               "JSON object",
		`{"all":true,"all":true}`:                "JSON object",
		`{"All":true}`:                           "JSON object",
		`{"everything":true}`:                    "JSON object",
		`{"upstream":"product","tag":"x"}`:       "JSON object",
		`{"type":"Product","id":7}`:              "JSON object",
		`{"purges":[{"purges":[{"all":true}]}]}`: "JSON object",
		`{}`:                                     "it must be all",
		`{"all":false}`:                          "it must be all",
		`{"all":true,"upstream":"product"}`:      "it must be all",
		`{"path":"/products/7"}`:                 "it must be all",
		`{"upstream":"product","id":"7"}`:        "it must be all",
		`{"type":"Product","id":"7","path":"/x"}`:                               "it must be all",
		`{"type":"Product"}`:                                                    "the id must be",
		`{"type":"Product","id":"0"}`:                                           "the id must be",
		`{"type":"Product","id":"-1"}`:                                          "the id must be",
		`{"type":"Product","id":"+7"}`:                                          "the id must be",
		`{"type":"Product","id":"07"}`:                                          "the id must be",
		`{"type":"Product","id":"99999999999999999999"}`:                        "the id must be",
		`{"type":"Order","id":"7"}`:                                             "no such type",
		`{"upstream":"order"}`:                                                  "no such upstream",
		`{"upstream":"PRODUCT"}`:                                                "no such upstream",
		`{"upstream":"product","path":"products"}`:                              "the path must",
		`{"upstream":"product","path":"/a?b"}`:                                  "the path must",
		`{"upstream":"product","path":"/a%2"}`:                                  "the path must",
		`{"upstream":"product","path":"/a#b"}`:                                  "the path must",
		`{"upstream":"product","path":"/a b"}`:                                  "the path must",
		`{"upstream":"product","path":"/` + strings.Repeat("a", 2048) + `"}`:    "the path must",
		`{"upstream":"product","group":"` + strings.Repeat("a", 2049) + `"}`:    "too long",
		`{"upstream":"product","path":"/a","group":"b"}`:                        "of a path or of a group",
		`{"purges":[]}`:                                                         "1 to 500",
		`{"purges":null}`:                                                       "it must be all",
		`{"purges":[{"all":true}],"all":true}`:                                  "stand alone",
		`{"purges":[{"upstream":"product"},{"upstream":"x"}]}`:                  "purges[1]: there is no such upstream",
		`{"purges":[` + strings.Repeat(`{"all":true},`, 500) + `{"all":true}]}`: "1 to 500",
	} {
		l := purge.NewLog(100, nil)
		answer, log := ask(l, post(body))
		if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%.100s: the answer is %d %s, want one that says %q", body, answer.Code, answer.Body, want)
		}
		if log != "" || l.Now() != (purge.Position{}) {
			t.Errorf("%.100s: something was purged: %s", body, log)
		}
	}
}

func TestOnlyAPostOfJSONPurges(t *testing.T) {
	for name, c := range map[string]struct {
		method, kind, body string
		status             int
	}{
		"a GET":                   {http.MethodGet, "application/json", "", http.StatusMethodNotAllowed},
		"a PURGE":                 {"PURGE", "application/json", `{"all":true}`, http.StatusMethodNotAllowed},
		"a form":                  {http.MethodPost, "application/x-www-form-urlencoded", `{"all":true}`, http.StatusUnsupportedMediaType},
		"a text":                  {http.MethodPost, "text/plain", `{"all":true}`, http.StatusUnsupportedMediaType},
		"a text named JSON":       {http.MethodPost, "text/plain; application/json", `{"all":true}`, http.StatusUnsupportedMediaType},
		"nothing said":            {http.MethodPost, "", `{"all":true}`, http.StatusUnsupportedMediaType},
		"JSON in UTF-8":           {http.MethodPost, "application/json; charset=utf-8", `{"all":true}`, http.StatusOK},
		"a body that is too long": {http.MethodPost, "application/json", `{"all":true` + strings.Repeat(" ", 64<<10) + `}`, http.StatusRequestEntityTooLarge},
	} {
		l := purge.NewLog(100, nil)
		r := httptest.NewRequest(c.method, "/purge", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		answer, _ := ask(l, r)
		if answer.Code != c.status || (l.Now().Local > 0) != (c.status == http.StatusOK) {
			t.Errorf("%s: the answer is %d, want %d; there were %d purges", name, answer.Code, c.status, l.Now().Local)
		}
		if allow := answer.Header().Get("Allow"); (allow == http.MethodPost) != (c.status == http.StatusMethodNotAllowed) {
			t.Errorf("%s: Allow is %q", name, allow)
		}
	}
}

func TestABodyThatBreaksOffPurgesNothing(t *testing.T) {
	l := purge.NewLog(100, nil)
	r := post("")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"all":true}`), broken{}))
	if answer, _ := ask(l, r); answer.Code != http.StatusBadRequest || l.Now().Local != 0 {
		t.Errorf("the answer is %d", answer.Code)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func FuzzNames(f *testing.F) {
	for _, seed := range []string{
		`{"all":true}`, `{"upstream":"product","path":"/products/7"}`, `{"type":"Product","id":"7"}`,
		`{"purges":[{"upstream":"product","group":"bestsellers"},{"upstream":"user"}]}`, `{"purges":null}`, `{"id":"\ud800"}`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		asked, err := names().Read(text)
		if err != nil {
			return
		}
		if len(asked) == 0 {
			t.Fatal("nothing was asked for")
		}
		for _, each := range asked {
			if each.All != slices.Contains(each.Tags, purge.All()) || each.All != (each.Service == "") {
				t.Fatalf("all was not asked for as all: %+v", each)
			}
			if !each.All && each.Service != "product" && each.Service != "user" {
				t.Fatalf("it is of an unknown service: %+v", each)
			}
		}
	})
}
