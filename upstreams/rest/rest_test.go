package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// service is a fake: it notes what it was asked and answers as it is told.
type service struct {
	mu     sync.Mutex
	asked  []string
	answer func(*http.Request) (status int, body string, err error)
}

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.asked = append(s.asked, req.Method+" "+req.URL.RequestURI())
	s.mu.Unlock()
	status, body, err := s.answer(req)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{},
	}, nil
}

func (s *service) calls() []string { return slices.Sorted(slices.Values(s.asked)) }

func (s *service) client(change func(*Config)) *Client {
	config := DefaultConfig()
	if change != nil {
		change(&config)
	}
	return New("thing", s, config, identity.Config{}, NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
}

type thing struct {
	ID   record.ID `json:"id"`
	Name string    `json:"name"`
}

var things = Lookup{
	Doing:  "get things",
	Many:   Get("/things", url.Values{"sort": {"id"}}),
	Param:  "ids",
	Member: "id",
	One:    func(id record.ID) Call { return Get(Path("/things", id), nil) },
}

func get(ctx context.Context, c *Client, keys []record.ID) (map[record.ID]*thing, error) {
	return ByKey[thing](ctx, c.Find(ctx, things, keys))
}

func list(ctx context.Context, c *Client, part record.Part) ([]*thing, error) {
	return List[thing](ctx, c.Part(ctx, "list things", Get("/things", Window(nil, part.Offset, part.Limit)), part), part)
}

// all answers every id that a request names, by whatever style, but for 13.
func all(req *http.Request) (int, string, error) {
	if id, ok := strings.CutPrefix(req.URL.Path, "/things/"); ok {
		if id == "13" {
			return http.StatusNotFound, `{}`, nil
		}
		return http.StatusOK, fmt.Sprintf(`{"id":%s,"name":"thing %s"}`, id, id), nil
	}
	var records []string
	for _, list := range req.URL.Query()["ids"] {
		for id := range strings.SplitSeq(list, ",") {
			if id != "13" {
				records = append(records, fmt.Sprintf(`{"name":"thing %s","id":%s}`, id, id))
			}
		}
	}
	slices.Reverse(records) // services answer in whatever order they like
	return http.StatusOK, "[" + strings.Join(records, ",") + "]", nil
}

func ids(n int) []record.ID {
	keys := make([]record.ID, n)
	for i := range keys {
		keys[i] = record.ID(n - i)
	}
	return keys
}

func TestKeysAreAskedForAsTheServiceTakesThem(t *testing.T) {
	for name, c := range map[string]struct {
		batch Batch
		want  []string
	}{
		"as one list":                  {Batch{Style: CSV, Max: 100}, []string{"GET /things?ids=1,2,3,4,5&sort=id"}},
		"as a list of another name":    {Batch{Style: CSV, Max: 5, Params: map[string]string{"ids": "id"}}, []string{"GET /things?id=1,2,3,4,5&sort=id"}},
		"as a repeated parameter":      {Batch{Style: Repeated, Max: 9}, []string{"GET /things?ids=1&ids=2&ids=3&ids=4&ids=5&sort=id"}},
		"in parts of the largest size": {Batch{Style: CSV, Max: 2}, []string{"GET /things?ids=1,2&sort=id", "GET /things?ids=3,4&sort=id", "GET /things?ids=5&sort=id"}},
		"one by one":                   {Batch{Style: None, Max: 100}, []string{"GET /things/1", "GET /things/2", "GET /things/3", "GET /things/4", "GET /things/5"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{answer: all}
			client := s.client(func(config *Config) { config.Batch = c.batch })
			_, err := get(t.Context(), client, ids(5))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, s.calls()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEachKeyGetsItsOwnRecord(t *testing.T) {
	for _, style := range []Style{CSV, None} {
		s := &service{answer: all}
		found, err := get(t.Context(), s.client(func(c *Config) { c.Batch = Batch{Style: style, Max: 7} }), ids(20))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 19 || found[13] != nil {
			t.Errorf("%s: found %d records and %v for 13, want 19 and none", style, len(found), found[13])
		}
		for id, each := range found {
			if each.ID != id || each.Name != "thing "+id.String() {
				t.Errorf("%s: the record of %d is %v", style, id, each)
			}
		}
	}
}

func TestCallsOfOneLookupAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most := 0, 0
		gate := make(chan struct{})
		s := &service{answer: func(req *http.Request) (int, string, error) {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			<-gate
			mu.Lock()
			running--
			mu.Unlock()
			return all(req)
		}}
		client := s.client(func(c *Config) { c.Batch.Style, c.MaxConcurrency = None, 4 })
		done := make(chan error)
		go func() {
			_, err := get(t.Context(), client, ids(12))
			done <- err
		}()
		synctest.Wait()
		if running != 4 {
			t.Errorf("%d calls are under way, want 4 at the same time", running)
		}
		close(gate)
		if err := <-done; err != nil || most != 4 || len(s.asked) != 12 {
			t.Errorf("%d calls, at most %d at a time, %v; want 12 and 4", len(s.asked), most, err)
		}
	})
}

func TestAFailedPartFailsItsOwnKeys(t *testing.T) {
	s := &service{answer: func(req *http.Request) (int, string, error) {
		if strings.Contains(req.URL.RawQuery, "ids=3,4") {
			return http.StatusInternalServerError, `{"secret": "hunter2"}`, nil
		}
		return all(req)
	}}
	found, err := get(t.Context(), s.client(func(c *Config) { c.Batch.Max = 2 }), ids(5))
	var failed KeyErrors
	if !errors.As(err, &failed) {
		t.Fatalf("ByKey = %v, want KeyErrors", err)
	}
	if got := slices.Sorted(maps.Keys(failed)); !slices.Equal(got, []record.ID{3, 4}) || len(found) != 3 {
		t.Errorf("%v failed and %d were found, want 3 and 4 to fail and 3 to be found", got, len(found))
	}
	if problem.KindOf(failed[3]) != problem.UpstreamError || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the failure is %v, want an UpstreamError without the answer", failed[3])
	}
}

func TestAnswersThatAreNoneAreFailures(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		err    error
		kind   problem.Kind
	}{
		"an error":                    {status: 500, kind: problem.UpstreamError},
		"a redirect":                  {status: 302, kind: problem.UpstreamError},
		"overload":                    {status: 503, kind: problem.UpstreamUnavailable},
		"a gateway's timeout":         {status: 504, kind: problem.UpstreamTimeout},
		"no such list":                {status: 404, kind: problem.UpstreamRejected},
		"a refusal":                   {status: 422, kind: problem.UpstreamRejected},
		"too many calls":              {status: 429, kind: problem.UpstreamRejected},
		"not allowed":                 {status: 403, kind: problem.UpstreamRejected},
		"nothing":                     {status: 200, body: ``, kind: problem.UpstreamError},
		"half a list":                 {status: 200, body: `[{"id":1}`, kind: problem.UpstreamError},
		"more than a list":            {status: 200, body: `[{"id":1}] true`, kind: problem.UpstreamError},
		"a page of HTML":              {status: 200, body: `<html>`, kind: problem.UpstreamError},
		"a list of numbers":           {status: 200, body: `[1]`, kind: problem.UpstreamError},
		"a record without its key":    {status: 200, body: `[{"name":"x"}]`, kind: problem.UpstreamError},
		"a key that is none":          {status: 200, body: `[{"id":"one"}]`, kind: problem.UpstreamError},
		"null":                        {status: 200, body: `null`, kind: problem.UpstreamError},
		"a record that is null":       {status: 200, body: `[null]`, kind: problem.UpstreamError},
		"a record cut short":          {status: 200, body: `[{"id":1,"name"]`, kind: problem.UpstreamError},
		"a record that is no JSON":    {status: 200, body: `[{"id":1,"name":x}]`, kind: problem.UpstreamError},
		"a name of the wrong type":    {status: 200, body: `[{"id":1,"name":2}]`, kind: problem.UpstreamError},
		"a member that stands twice":  {status: 200, body: `[{"id":1,"name":"a","name":"b"}]`, kind: problem.UpstreamError},
		"more than may be taken in":   {status: 200, body: `[` + strings.Repeat(" ", 2000) + `]`, kind: problem.UpstreamError},
		"a connection that is closed": {err: io.ErrUnexpectedEOF, kind: problem.UpstreamUnavailable},
		"a timeout":                   {err: context.DeadlineExceeded, kind: problem.UpstreamTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{answer: func(*http.Request) (int, string, error) { return c.status, c.body, c.err }}
			found, err := get(t.Context(), s.client(func(c *Config) { c.MaxResponse = units.KiB }), ids(1))
			var failed KeyErrors
			if !errors.As(err, &failed) || problem.KindOf(failed[1]) != c.kind || len(found) != 0 {
				t.Errorf("ByKey = %v, %v, want %v", found, err, c.kind)
			}
			if name == "a record without its key" {
				return // which a list does not need
			}
			if got, err := list(t.Context(), s.client(func(c *Config) { c.MaxResponse = units.KiB }), record.Part{}); problem.KindOf(err) != c.kind {
				t.Errorf("List = %v, %v, want %v", got, err, c.kind)
			}
		})
	}
}

func TestACallerWhoHasGoneIsNotTheServicesFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &service{answer: func(req *http.Request) (int, string, error) {
		cancel()
		return 0, "", req.Context().Err()
	}}
	_, err := list(ctx, s.client(nil), record.Part{})
	if problem.KindOf(err) != problem.Cancelled {
		t.Errorf("List = %v, want a problem of kind Cancelled", err)
	}
}

func TestAWriteIsRefusedWithReasons(t *testing.T) {
	s := &service{answer: func(*http.Request) (int, string, error) {
		return 422, `{"detail":"internals","errors":[{"field":"items[0].id","code":"UNKNOWN"},{"code":"OTHER"}]}`, nil
	}}
	_, err := Write[thing](t.Context(), s.client(nil), Call{Method: "POST", Path: "/things", Body: thing{Name: "x"}})
	var rejection *Rejection
	if !errors.As(err, &rejection) {
		t.Fatalf("Write = %v, want a Rejection", err)
	}
	want := &Rejection{Status: 422, Reasons: []Reason{{Field: "items[0].id", Code: "UNKNOWN"}, {Code: "OTHER"}}}
	if diff := cmp.Diff(want, rejection); diff != "" {
		t.Errorf("the rejection (-want +got):\n%s", diff)
	}
}

func TestAConflictIsFinalUnlessTheServiceSaysWhenToAskAgain(t *testing.T) {
	for retryAfter, final := range map[string]bool{"": true, "1": false} {
		header := http.Header{}
		if retryAfter != "" {
			header.Set("Retry-After", retryAfter)
		}
		err := refused(&http.Response{StatusCode: http.StatusConflict, Header: header}, nil)
		if _, rejected := errors.AsType[*Rejection](err); rejected != final {
			t.Errorf("with Retry-After %q, 409 is %v; want a final no: %t", retryAfter, err, final)
		}
		if !final && problem.KindOf(err) != problem.UpstreamUnavailable {
			t.Errorf("a write that is under way is of kind %v", problem.KindOf(err))
		}
	}
}

func TestAListKeepsItsOrder(t *testing.T) {
	s := &service{answer: func(*http.Request) (int, string, error) { return 200, `[{"id":2},{"id":1}]`, nil }}
	found, err := list(t.Context(), s.client(nil), record.Part{Offset: 40, Limit: 20})
	if err != nil || len(found) != 2 || found[0].ID != 2 {
		t.Errorf("List = %v, %v, want things 2 and 1", found, err)
	}
	if want := []string{"GET /things?limit=20&offset=40"}; !slices.Equal(s.asked, want) {
		t.Errorf("asked %v, want %v", s.asked, want)
	}
}
