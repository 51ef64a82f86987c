package rest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// policy is a Cache by which all calls go by the same settings, but for those to one path.
type policy struct {
	inputs   sharing.Inputs
	settings rules.Settings
	wish     rules.Wish // everybody's
	apart    string     // a path whose answers depend on the caller
	off      string     // a path of which nothing is kept

	noted          sync.Mutex
	called, shared int
}

func (p *policy) Enabled(req *http.Request) bool { return req.URL.Path != p.off }

func (p *policy) Inputs(req *http.Request) sharing.Inputs {
	if req.URL.Path == p.apart {
		return sharing.Principal
	}
	return p.inputs
}

func (p *policy) Key(req *http.Request, way string) sharing.Key {
	known, _ := req.Context().Value(identity.Key{}).(*identity.Caller)
	return sharing.ForRecords(p.Inputs(req), sharing.Caller{Known: known, Sent: req.Header}, "thing", way)
}

func (p *policy) Settings(req *http.Request) rules.Settings {
	settings := p.settings
	settings.Private = p.Inputs(req) == sharing.All || p.Inputs(req) == sharing.Principal
	settings.Obey = p.wish != rules.Any
	return settings
}

func (p *policy) Wish(context.Context) rules.Wish { return p.wish }

func (p *policy) Shares(req *http.Request) bool { return p.Enabled(req) }

func (p *policy) Sharable(req *http.Request, res *http.Response, _, _ time.Time) (varied []rules.Varied, ok bool) {
	varied, ok = rules.VariedBy(req, res.Header)
	return varied, ok && rules.Sharable(req, rules.Answer{Status: res.StatusCode, Header: res.Header}, p.Settings(req))
}

func (p *policy) Note(_ context.Context, shared bool) {
	p.noted.Lock()
	defer p.noted.Unlock()
	if shared {
		p.shared++
	} else {
		p.called++
	}
}

// shop is a service that says how long its answers are good, behind caches.
type shop struct {
	policy

	client *Client
	store  *records.Store
	log    *purge.Log
	told   identity.Config
	parts  records.Parts
	style  Style
	join   time.Duration

	mu     sync.Mutex
	asked  []string
	header http.Header
	answer func(*http.Request) (int, string, error)
}

// open begins with answers that are good for a minute, and the same for everybody.
func open(change func(*shop)) *shop {
	s := &shop{
		policy: policy{inputs: sharing.Nothing}, log: purge.NewLog(1000, nil), style: CSV,
		header: http.Header{"Cache-Control": {"max-age=60"}}, answer: all,
	}
	s.parts = records.Parts{Memory: stored.NewMemory(16 << 20).Part("records"), Log: s.log, Absent: 5 * time.Second}
	if change != nil {
		change(s)
	}
	s.store = records.New("thing", s.parts)
	config := DefaultConfig()
	config.Batch = Batch{Style: s.style, Max: 100, Join: s.join}
	log := slog.New(slog.DiscardHandler)
	s.client = New("thing", s, config, s.told, NewMetrics(prometheus.NewRegistry()), log).Cached(Caches{
		Cache: &s.policy, Sharer: &s.policy, Records: s.store, Keeping: s, Sharing: s, Alone: s,
		Served: func(res *http.Response) bool { return res.Header["Served"] != nil },
		Groups: func(header http.Header) (tags []purge.Tag, ok bool) {
			for _, each := range header["Cache-Groups"] {
				tags = append(tags, purge.Group("thing", each))
			}
			return tags, len(tags) < 3
		},
	})
	return s
}

func (s *shop) RoundTrip(req *http.Request) (*http.Response, error) {
	status, body, err := s.answer(req)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, strings.TrimPrefix(req.URL.RequestURI(), "/things"))
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Header: s.header.Clone(),
	}, nil
}

// lookup is things without a query of their own.
func plainThings() Lookup {
	lookup := things
	lookup.Many.Query = nil
	return lookup
}

// expect asks for things, and holds what the service was asked against what is wanted.
func (s *shop) expect(ctx context.Context, t *testing.T, keys []record.ID, asked ...string) map[record.ID]*thing {
	t.Helper()
	got := s.finds(ctx, t, keys)
	s.askedFor(t, asked...)
	return got
}

// finds is expect where the service may be asked by somebody else at the same time.
func (s *shop) finds(ctx context.Context, t *testing.T, keys []record.ID) map[record.ID]*thing {
	t.Helper()
	got, err := ByKey[thing](ctx, s.client.Find(ctx, plainThings(), keys))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if key != 13 && (got[key] == nil || got[key].Name != "thing "+key.String()) {
			t.Errorf("thing %d is %+v", key, got[key])
		}
	}
	return got
}

func (s *shop) askedFor(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(s.asked))); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	s.asked = nil
}

func as(ctx context.Context, id string) context.Context {
	return identity.With(ctx, &identity.Caller{ID: id})
}

func TestTheServiceIsAskedOnlyForWhatIsNotKnown(t *testing.T) {
	s := open(nil)
	s.expect(t.Context(), t, []record.ID{1, 2}, "?ids=1,2")
	s.expect(t.Context(), t, []record.ID{1, 2, 3}, "?ids=3")
	s.expect(t.Context(), t, []record.ID{3, 1})
}

func TestRecordsThatWereAskedForOneByOneServeBatches(t *testing.T) {
	s := open(func(s *shop) { s.style = None })
	s.expect(t.Context(), t, []record.ID{1, 2}, "/1", "/2")
	batches := s.client.config
	batches.Batch.Style = CSV
	s.client.config = batches
	s.expect(t.Context(), t, []record.ID{1, 2, 3}, "?ids=3")
	batches.Batch.Style = None
	s.client.config = batches
	s.expect(t.Context(), t, []record.ID{3, 4}, "/4")
}

func TestThatThereIsNoSuchRecordIsKnownForAMoment(t *testing.T) {
	for _, style := range []Style{CSV, None} {
		synctest.Test(t, func(t *testing.T) {
			s := open(func(s *shop) { s.style = style })
			first := "?ids=13"
			if style == None {
				first = "/13"
			}
			s.expect(t.Context(), t, []record.ID{13}, first)
			if got := s.expect(t.Context(), t, []record.ID{13}); len(got) > 0 {
				t.Errorf("found %v", got)
			}
			time.Sleep(5 * time.Second)
			s.expect(t.Context(), t, []record.ID{13}, first)
		})
	}
}

func TestWhatIsNotToBeKeptIsAskedForAgain(t *testing.T) {
	for name, change := range map[string]func(*shop){
		"nothing said":           func(s *shop) { s.header = http.Header{} },
		"no-store":               func(s *shop) { s.header["Cache-Control"] = []string{"max-age=60, no-store"} },
		"private, for everybody": func(s *shop) { s.header["Cache-Control"] = []string{"max-age=60, private"} },
		"a cookie":               func(s *shop) { s.header["Set-Cookie"] = []string{"a=b"} },
		"anything may matter":    func(s *shop) { s.header["Vary"] = []string{"*"} },
		"it matters who asks":    func(s *shop) { s.header["Vary"] = []string{"Accept, X-User-Id"} },
		"it matters which request": func(s *shop) {
			s.header["Vary"], s.inputs = []string{"X-Request-Id"}, sharing.All
		},
		"a credential matters": func(s *shop) {
			s.header["Vary"], s.told.Credentials, s.inputs = []string{"X-Key"}, []string{"X-Key"}, sharing.Principal
		},
		"a fallback answered":         func(s *shop) { s.header[fallback.Header] = []string{"static"} },
		"more groups than are known":  func(s *shop) { s.header["Cache-Groups"] = []string{"a", "b", "c"} },
		"a setting":                   func(s *shop) { s.off = "/things" },
		"somebody else's call":        func(s *shop) { s.header["Served"] = []string{"yes"} },
		"whoever asks wants it anew":  func(s *shop) { s.wish = rules.NoCache },
		"nobody may see any of it":    func(s *shop) { s.parts.Strip = func(jsontext.Value) (jsontext.Value, bool) { return nil, false } },
		"it is over when it is there": func(s *shop) { s.header["Age"] = []string{"60"} },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(change)
			s.expect(as(t.Context(), "ada"), t, []record.ID{1, 2}, "?ids=1,2")
			s.expect(as(t.Context(), "ada"), t, []record.ID{1, 2}, "?ids=1,2")
		})
	}
}

func TestWhatMayBeKeptIs(t *testing.T) {
	for name, change := range map[string]func(*shop){
		"a setting for a service that says nothing": func(s *shop) { s.header, s.settings.TTL = http.Header{}, time.Minute },
		"private, for whom it is": func(s *shop) {
			s.header["Cache-Control"], s.inputs = []string{"private, max-age=60"}, sharing.Principal
		},
		"what a client always says matters":      func(s *shop) { s.header["Vary"] = []string{"Accept, Origin"} },
		"it matters who asks, who is in the key": func(s *shop) { s.header["Vary"], s.inputs = []string{"X-User-Id"}, sharing.Principal },
		"all that is sent is in the key": func(s *shop) {
			s.header["Vary"], s.told.Credentials, s.inputs = []string{"X-Key"}, []string{"X-Key"}, sharing.All
		},
		"a token for the service alone": func(s *shop) { s.told.Audience, s.inputs = "thing", sharing.All },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(change)
			ctx := as(t.Context(), "ada")
			s.expect(ctx, t, []record.ID{1, 2}, "?ids=1,2")
			s.expect(ctx, t, []record.ID{1, 2, 3}, "?ids=3")
		})
	}
}

func TestATokenIsSignedOnlyForCalls(t *testing.T) {
	s := open(func(s *shop) { s.told.Audience, s.inputs = "thing", sharing.All })
	signed := 0
	ctx := identity.With(t.Context(), &identity.Caller{ID: "ada", Sign: func(string) (string, error) {
		signed++
		return strconv.Itoa(signed), nil
	}})
	s.expect(ctx, t, []record.ID{1}, "?ids=1")
	s.expect(ctx, t, []record.ID{1})
	if signed != 1 {
		t.Errorf("%d tokens were signed, want one", signed)
	}
}

func TestRecordsAreFoundInTheWayInWhichTheyWereAskedFor(t *testing.T) {
	s := open(nil)
	of := func(member string, limit string) Lookup {
		return Lookup{
			Doing: "get things", Many: Get("/things", map[string][]string{"limit_each": {limit}}), Param: "ids", Member: member,
			One: func(id record.ID) Call { return Get(Path("/things", id), nil) },
		}
	}
	for _, each := range []Lookup{plainThings(), of("id", "2"), of("id", "3")} {
		s.client.Find(t.Context(), each, []record.ID{1})
		s.client.Find(t.Context(), each, []record.ID{1})
	}
	s.askedFor(t, "?ids=1", "?ids=1&limit_each=2", "?ids=1&limit_each=3")
}

func TestNobodyIsToldWhatDependsOnAnother(t *testing.T) {
	for inputs, shared := range map[sharing.Inputs]bool{
		sharing.Nothing: true, sharing.Tenant: false, sharing.Principal: false, sharing.All: false, "": false,
	} {
		s := open(func(s *shop) { s.inputs = inputs })
		s.expect(as(t.Context(), "ada"), t, []record.ID{1}, "?ids=1")
		s.expect(as(t.Context(), "ada"), t, []record.ID{1})
		if shared {
			s.expect(as(t.Context(), "bob"), t, []record.ID{1})
		} else {
			s.expect(as(t.Context(), "bob"), t, []record.ID{1}, "?ids=1")
		}
	}
}

// A setting for a single record may have other inputs than that of the others, which must not be found by its key.
func TestRecordsThatGoByTheirOwnSettingsAreNotLookedForTogether(t *testing.T) {
	s := open(func(s *shop) { s.style, s.apart = None, "/things/7" })
	s.expect(as(t.Context(), "ada"), t, []record.ID{7, 8}, "/7", "/8")
	s.expect(as(t.Context(), "bob"), t, []record.ID{8})
	s.expect(as(t.Context(), "bob"), t, []record.ID{7}, "/7")
	s.expect(as(t.Context(), "bob"), t, []record.ID{7, 8}, "/7", "/8")
}

func TestWhatIsPurgedIsAskedForAgain(t *testing.T) {
	for name, tag := range map[string]purge.Tag{
		"by record": purge.Record("thing", "id", 2), "by path": purge.Path("thing", "/things/2"), "by all": purge.All(),
		"by service": purge.Service("thing"), "by group": purge.Group("thing", "spring"),
	} {
		t.Run(name, func(t *testing.T) {
			s := open(func(s *shop) { s.header["Cache-Groups"] = []string{"spring"} })
			s.expect(t.Context(), t, []record.ID{1, 2}, "?ids=1,2")
			s.log.Purge(t.Context(), purge.ByAdmin, tag)
			want := "?ids=2"
			if name == "by all" || name == "by service" || name == "by group" {
				want = "?ids=1,2"
			}
			s.expect(t.Context(), t, []record.ID{1, 2}, want)
		})
	}
}

func TestAnAnswerThatWasBegunBeforeAPurgeIsNotKept(t *testing.T) {
	s := open(nil)
	s.answer = func(req *http.Request) (int, string, error) {
		s.log.Purge(t.Context(), purge.ByWrite, purge.Record("thing", "id", 1))
		return all(req)
	}
	s.expect(t.Context(), t, []record.ID{1, 2}, "?ids=1,2")
	s.answer = all
	s.expect(t.Context(), t, []record.ID{1, 2}, "?ids=1")
}

func TestARecordThatNobodyCanReadIsDropped(t *testing.T) {
	s := open(nil)
	s.answer = answering(`[{"id":1,"name":7},{"id":2,"name":"thing 2"}]`).answer
	for range 2 { // the second time it would be known
		got, err := ByKey[thing](t.Context(), s.client.Find(t.Context(), plainThings(), []record.ID{1, 2}))
		var failed KeyErrors
		if !errors.As(err, &failed) || !slices.Equal(slices.Collect(maps.Keys(failed)), []record.ID{1}) || got[2] == nil {
			t.Errorf("found %v, %v", got, err)
		}
	}
	s.askedFor(t, "?ids=1,2", "?ids=1,2")
	s.answer = all
	s.expect(t.Context(), t, []record.ID{1, 2}, "?ids=1,2")
}

func TestWhatWasAddedFromOtherLookupsIsDroppedToo(t *testing.T) {
	s := open(nil)
	s.answer = answering(`[{"id":1,"name":7},{"id":2,"name":7}]`).answer
	var both Found[record.ID]
	both.Add(t.Context(), s.client.Find(t.Context(), plainThings(), []record.ID{1}))
	both.Add(t.Context(), s.client.Find(t.Context(), plainThings(), []record.ID{2}))
	if _, err := ByKey[thing](t.Context(), both); err == nil {
		t.Fatal("it can be read")
	}
	s.answer, s.asked = all, nil
	s.expect(t.Context(), t, []record.ID{1, 2}, "?ids=1,2")
}

func TestWhoMayAskForWhatIsNewAsksCachesForIt(t *testing.T) {
	s := open(nil)
	s.expect(t.Context(), t, []record.ID{1}, "?ids=1")
	s.wish = rules.NoCache
	asked := ""
	s.answer = func(req *http.Request) (int, string, error) {
		asked = req.Header.Get("Cache-Control")
		return all(req)
	}
	s.expect(t.Context(), t, []record.ID{1, 2}, "?ids=1,2")
	if asked != "no-cache" {
		t.Errorf("the call says %q", asked)
	}
	s.wish = rules.Any
	s.expect(t.Context(), t, []record.ID{2})
}

// A cache on the way may answer by what it has kept, unless it is told no-cache too.
func TestWhoWantsNothingStoredAsksCachesForWhatIsNewAsWell(t *testing.T) {
	s := open(nil)
	s.wish = rules.NoStore
	s.answer = func(req *http.Request) (int, string, error) {
		if said := req.Header["Cache-Control"]; len(said) != 1 || said[0] != "no-store, no-cache" {
			t.Errorf("the call says %q", said)
		}
		return all(req)
	}
	s.expect(t.Context(), t, []record.ID{1}, "?ids=1")
	s.wish = rules.Any
	s.answer = all
	s.expect(t.Context(), t, []record.ID{1}, "?ids=1")
}
