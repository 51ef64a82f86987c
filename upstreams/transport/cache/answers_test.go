package cache_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

func TestAnAnswerIsGivenAgainAsLongAsTheServiceLetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := always(200, "Ada", "Cache-Control", "max-age=60", "X-Own", "1", "Connection", "X-Hop", "X-Hop", "1")
		o := open(t, s)
		first := o.get(t, "/users/7")
		time.Sleep(59 * time.Second)
		second := o.get(t, "/users/7")
		if first.served || !second.served || second.body != "Ada" || s.calls.Load() != 1 {
			t.Errorf("got %+v and %+v by %d calls", first, second, s.calls.Load())
		}
		if second.header.Get("Age") != "59" || second.header.Get("X-Own") != "1" || second.header.Get("X-Hop") != "" {
			t.Errorf("the header is %v", second.header)
		}
		if first.did() != "concierge; fwd=uri-miss; stored" || second.did() != "concierge; hit; ttl=1" {
			t.Errorf("it says %q and %q", first.did(), second.did())
		}
		time.Sleep(time.Second)
		if third := o.get(t, "/users/7"); third.served || s.calls.Load() != 2 {
			t.Errorf("got %+v by %d calls after its time", third, s.calls.Load())
		}
	})
}

func TestOnlyWhatTheServiceLetsBeKeptIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header []string
		kept   bool
	}{
		"fresh":                     {200, []string{"Cache-Control", "max-age=60"}, true},
		"fresh by another field":    {200, []string{"Cdn-Cache-Control", "max-age=60", "Cache-Control", "no-store"}, true},
		"silent":                    {200, nil, false},
		"not to be stored":          {200, []string{"Cache-Control", "no-store, max-age=60"}, false},
		"one caller's alone":        {200, []string{"Cache-Control", "private, max-age=60"}, false},
		"with a cookie":             {200, []string{"Cache-Control", "public, max-age=60", "Set-Cookie", "a=b"}, false},
		"of everything":             {200, []string{"Cache-Control", "max-age=60", "Vary", "*"}, false},
		"a failure":                 {500, nil, false},
		"a part":                    {206, []string{"Cache-Control", "max-age=60"}, false},
		"that there is nothing":     {404, []string{"Cache-Control", "max-age=60"}, true},
		"a fallback":                {200, []string{"Cache-Control", "max-age=60", fallback.Header, "static"}, false},
		"of too many groups":        {200, []string{"Cache-Control", "max-age=60", "Cache-Groups", `"` + strings.Repeat(`a", "`, 300) + `"`}, false},
		"of many groups":            {200, []string{"Cache-Control", "max-age=60", "Cache-Groups", `"` + strings.Repeat(`a", "`, 30) + `"`}, true},
		"that ends with connection": {200, []string{"Cache-Control", "max-age=60", "Test-Length", "-1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{answer: func(*http.Request) (*http.Response, error) {
				res := says(c.status, "x", c.header...)
				if res.Header.Get("Test-Length") != "" {
					res.ContentLength = -1
				}
				return res, nil
			}}
			o := open(t, s)
			o.get(t, "/users")
			if got := o.get(t, "/users"); got.served != c.kept || got.status != c.status || got.body != "x" {
				t.Errorf("got %+v, want it served: %t", got, c.kept)
			}
		})
	}
}

func TestSettingsAreForServicesThatSayNothing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*cache.Config)
		status int
		header []string
		kept   bool
	}{
		"none":                    {func(*cache.Config) {}, 200, nil, false},
		"a time":                  {func(c *cache.Config) { c.TTL = time.Minute }, 200, nil, true},
		"a time for what is not":  {func(c *cache.Config) { c.NegativeTTL = time.Minute }, 404, nil, true},
		"a time, for what is not": {func(c *cache.Config) { c.TTL = time.Minute }, 404, nil, false},
		"a time, and no":          {func(c *cache.Config) { c.TTL = time.Minute }, 200, []string{"Cache-Control", "no-store"}, false},
		"a route's time": {func(c *cache.Config) {
			c.Routes = []cache.Route{{Match: "GET /users", Enabled: true, TTL: time.Minute}}
		}, 200, nil, true},
		"another route's time": {func(c *cache.Config) {
			c.Routes = []cache.Route{{Match: "GET /orders", Enabled: true, TTL: time.Minute}}
		}, 200, nil, false},
		"a route that is off":    {func(c *cache.Config) { c.Routes = []cache.Route{{Match: "GET /users"}} }, 200, []string{"Cache-Control", "max-age=60"}, false},
		"a service that is off":  {func(c *cache.Config) { c.Enabled = false }, 200, []string{"Cache-Control", "max-age=60"}, false},
		"a cookie for everybody": {func(c *cache.Config) { c.Cookies = true }, 200, []string{"Cache-Control", "max-age=60", "Set-Cookie", "a=b"}, true},
		"a guess":                {func(c *cache.Config) { c.Heuristic = true }, 200, []string{"Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, always(c.status, "x", c.header...), func(s *setting) { c.change(&s.config) })
			o.get(t, "/users")
			if got := o.get(t, "/users"); got.served != c.kept {
				t.Errorf("served: %t, want %t", got.served, c.kept)
			}
		})
	}
}

func TestAnAnswerIsFoundByWhatVaryNames(t *testing.T) {
	s := &service{answer: func(req *http.Request) (*http.Response, error) {
		return says(200, req.Header.Get("Accept-Language"), "Cache-Control", "max-age=60", "Vary", "Accept-Language"), nil
	}}
	o := open(t, s)
	for _, language := range []string{"en", "de", "en", "de", ""} {
		if got := o.get(t, "/users", "Accept-Language", language); got.body != language {
			t.Errorf("%q got %q", language, got.body)
		}
	}
	if s.calls.Load() != 3 {
		t.Errorf("%d calls, want one for each language", s.calls.Load())
	}
	if got := o.get(t, "/users", "Accept-Language", "fr"); got.did() != "concierge; fwd=vary-miss; stored" {
		t.Errorf("it says %q", got.did())
	}
}

func TestWhatAServiceForgetsToSayInVaryCountsAllTheSame(t *testing.T) {
	for name, c := range map[string]struct{ asked, value, says, said string }{
		"an encoding":   {"Accept-Encoding", "gzip", "Content-Encoding", "gzip"},
		"a language":    {"Accept-Language", "de", "Content-Language", "de"},
		"an origin":     {"Origin", "https://a.example", "Access-Control-Allow-Origin", "https://a.example"},
		"a media type":  {"Accept", "text/csv", "Content-Type", "text/csv"},
		"no media type": {"Accept", "text/csv", "X-Other", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{answer: func(req *http.Request) (*http.Response, error) {
				if req.Header.Get(c.asked) == c.value {
					return says(200, "theirs", "Cache-Control", "max-age=60", c.says, c.said), nil
				}
				return says(200, "ours", "Cache-Control", "max-age=60", "Content-Type", "application/json"), nil
			}}
			o := open(t, s)
			o.get(t, "/users", c.asked, c.value)
			if got := o.get(t, "/users"); got.body != "ours" {
				t.Errorf("got %q", got.body)
			}
		})
	}
}

func TestOnlyTheNewestVariantsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{answer: func(req *http.Request) (*http.Response, error) {
			return says(200, req.Header.Get("X-By"), "Cache-Control", "max-age=600", "Vary", "X-By", "Date", time.Now().UTC().Format(http.TimeFormat)), nil
		}}
		o := open(t, s)
		for i := range 40 {
			o.get(t, "/users", "X-By", strings.Repeat("x", i))
			time.Sleep(time.Second)
		}
		served := 0
		for i := 39; i >= 0; i-- {
			if got, _ := o.do(asking(t.Context(), "GET", "/users", "X-By", strings.Repeat("x", i), "X-Peek", "1")); got.served {
				served++
			} else {
				break
			}
		}
		if served != 16 {
			t.Errorf("the %d newest are kept, want 16", served)
		}
	})
}

// tagged answers with an entity tag, and 304 where that is asked for.
func tagged(tag *string, header ...string) *service {
	return &service{answer: func(req *http.Request) (*http.Response, error) {
		if req.Header.Get("If-None-Match") == *tag {
			res := says(304, "", append(header, "Etag", *tag)...)
			res.Body = http.NoBody
			return res, nil
		}
		return says(200, "body of "+*tag, append(header, "Etag", *tag)...), nil
	}}
}

func TestAStaleAnswerIsAskedAboutByItsTag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tag := `"1"`
		s := tagged(&tag, "Cache-Control", "max-age=10")
		o := open(t, s)
		o.get(t, "/users/7")
		time.Sleep(time.Minute)
		got := o.get(t, "/users/7")
		if got.status != 200 || got.body != `body of "1"` || got.did() != "concierge; fwd=stale; fwd-status=304; ttl=10; stored" || got.served {
			t.Errorf("got %+v", got)
		}
		if got := o.get(t, "/users/7"); !got.served || got.header.Get("Age") != "0" {
			t.Errorf("afterwards got %+v", got)
		}
		time.Sleep(time.Minute)
		tag = `"2"`
		if got := o.get(t, "/users/7"); got.body != `body of "2"` || got.did() != "concierge; fwd=stale; stored" {
			t.Errorf("another version: %+v", got)
		}
	})
}

// The body that is kept was made for who named a language, whatever the service says when it is asked whether that has changed.
func TestAnAnswerThatIsStillGoodIsForThoseForWhomItWasChosen(t *testing.T) {
	for name, method := range map[string]string{"a 304": "GET", "a HEAD": "HEAD"} {
		synctest.Test(t, func(t *testing.T) {
			s := &service{answer: func(req *http.Request) (*http.Response, error) {
				header := []string{"Cache-Control", "max-age=10", "Last-Modified", "Wed, 01 Jan 2020 00:00:00 GMT", "Vary", "Accept-Language"}
				switch {
				case req.Header.Get("If-Modified-Since") != "", req.Method == "HEAD":
					res := says(304, "", header[:4]...)
					if req.Method == "HEAD" {
						res = says(200, "", append(header[:4], "Content-Length", "2")...)
					}
					res.Header["Vary"] = []string{"Accept-Encoding"}
					res.Body = http.NoBody
					return res, nil
				default:
					return says(200, req.Header.Get("Accept-Language"), append(header, "Content-Length", "2")...), nil
				}
			}}
			o := open(t, s)
			o.get(t, "/users/7", "Accept-Language", "de")
			time.Sleep(time.Minute)
			if _, err := o.do(asking(t.Context(), method, "/users/7", "Accept-Language", "de")); err != nil {
				t.Fatal(err)
			}
			got := o.get(t, "/users/7", "Accept-Language", "de")
			if says := got.header["Vary"]; got.body != "de" || !got.served || !slices.Contains(says, "Accept-Language") {
				t.Errorf("%s: who asks the same got %+v", name, got)
			}
			if got := o.get(t, "/users/7", "Accept-Language", "fr"); got.body != "fr" {
				t.Errorf("%s: who asks otherwise got %+v", name, got)
			}
		})
	}
}

func TestAClientThatHasTheAnswerDoesNotGetItAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tag := `"1"`
		s := tagged(&tag, "Cache-Control", "max-age=10")
		o := open(t, s)
		if got := o.get(t, "/users/7", "If-None-Match", `"1"`); got.status != 304 || s.calls.Load() != 1 {
			t.Errorf("from the service: %+v", got)
		}
		o.get(t, "/users/7")
		if got := o.get(t, "/users/7", "If-None-Match", `"1"`); got.status != 304 || !got.served || got.body != "" {
			t.Errorf("from what is kept: %+v", got)
		}
		time.Sleep(time.Minute)
		if got := o.get(t, "/users/7", "If-None-Match", `"1"`); got.status != 304 || s.calls.Load() != 3 {
			t.Errorf("from what is still good: %+v", got)
		}
		time.Sleep(time.Minute)
		tag = `"2"`
		if got := o.get(t, "/users/7", "If-None-Match", `"1"`); got.status != 200 || got.body != `body of "2"` {
			t.Errorf("of another version: %+v", got)
		}
		time.Sleep(time.Minute)
		if got := o.get(t, "/users/7", "If-None-Match", `"1"`); got.status != 200 || got.body != `body of "2"` {
			t.Errorf("of the version that is kept: %+v", got)
		}
	})
}

func TestAClientThatHasTheNewAnswerGets304ThoughAnOldOneIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tag := `"1"`
		o := open(t, tagged(&tag, "Cache-Control", "max-age=10"))
		o.get(t, "/users/7")
		time.Sleep(time.Minute)
		tag = `"2"`
		if got := o.get(t, "/users/7", "If-None-Match", `"2"`); got.status != 304 || got.body != "" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestHeadIsAnsweredByWhatIsKeptOfGet(t *testing.T) {
	s := always(200, "Ada", "Cache-Control", "max-age=60")
	o := open(t, s)
	if got, err := o.do(asking(t.Context(), "HEAD", "/users/7")); err != nil || got.served {
		t.Errorf("before: %+v, %v", got, err)
	}
	o.get(t, "/users/7")
	got, err := o.do(asking(t.Context(), "HEAD", "/users/7"))
	if err != nil || !got.served || got.body != "" || got.header.Get("Content-Length") != "3" || s.calls.Load() != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestHeadTellsThatWhatIsKeptIsOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tag := `"1"`
		s := tagged(&tag, "Cache-Control", "max-age=10")
		o := open(t, s)
		o.get(t, "/users/7")
		time.Sleep(time.Minute)
		_, _ = o.do(asking(t.Context(), "HEAD", "/users/7"))
		if got := o.get(t, "/users/7"); !got.served {
			t.Errorf("HEAD confirmed the version, and the next got %+v", got)
		}
		time.Sleep(time.Minute)
		tag = `"2"`
		_, _ = o.do(asking(t.Context(), "HEAD", "/users/7"))
		if got := o.get(t, "/users/7"); got.did() != "concierge; fwd=uri-miss; stored" {
			t.Errorf("HEAD named another version, and the next got %+v", got)
		}
	})
}

func TestAPartIsCutFromWhatIsKept(t *testing.T) {
	s := &service{answer: func(req *http.Request) (*http.Response, error) {
		if req.Header.Get("Range") != "" {
			return says(206, "ell", "Cache-Control", "max-age=60", "Content-Range", "bytes 1-3/5"), nil
		}
		return says(200, "hello", "Cache-Control", "max-age=60"), nil
	}}
	o := open(t, s)
	for range 2 {
		if got := o.get(t, "/file", "Range", "bytes=1-3"); got.status != 206 || got.served || got.body != "ell" {
			t.Errorf("from the service: %+v", got)
		}
	}
	o.get(t, "/file")
	if got := o.get(t, "/file", "Range", "bytes=1-3"); got.status != 206 || got.body != "ell" || !got.served || s.calls.Load() != 3 {
		t.Errorf("from what is kept: %+v", got)
	}
	if got := o.get(t, "/file", "Range", "bytes=9-"); got.status != 416 {
		t.Errorf("beyond its end: %+v", got)
	}
}

func TestAnOldAnswerIsBetterThanNone(t *testing.T) {
	broken := errors.New("connection refused")
	cutOff := func(*http.Request) (*http.Response, error) {
		res := says(200, "half", "Cache-Control", "max-age=60, stale-if-error=60")
		res.ContentLength = 100
		return res, nil
	}
	status := func(status int, header ...string) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) { return says(status, "instead", header...), nil }
	}
	for name, c := range map[string]struct {
		control string
		then    func(*http.Request) (*http.Response, error)
		old     bool
	}{
		"an error":                     {"max-age=1, stale-if-error=60", func(*http.Request) (*http.Response, error) { return nil, broken }, true},
		"500":                          {"max-age=1, stale-if-error=60", status(500), true},
		"503":                          {"max-age=1, stale-if-error=60", status(503), true},
		"501":                          {"max-age=1, stale-if-error=60", status(501), false},
		"404":                          {"max-age=1, stale-if-error=60", status(404), false},
		"a fallback":                   {"max-age=1, stale-if-error=60", status(200, fallback.Header, "static"), true},
		"half an answer":               {"max-age=1, stale-if-error=60", cutOff, true},
		"503, and nothing allows that": {"max-age=1", status(503), false},
		"503, and something forbids":   {"max-age=1, stale-if-error=60, must-revalidate", status(503), false},
		"503, too late":                {"max-age=1, stale-if-error=5", status(503), false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := always(200, "old", "Cache-Control", c.control)
				o := open(t, s)
				o.get(t, "/users")
				time.Sleep(10 * time.Second)
				s.answer = c.then
				got, err := o.do(asking(t.Context(), "GET", "/users"))
				if old := err == nil && got.body == "old"; old != c.old {
					t.Errorf("got %+v, %v, want the old answer: %t", got, err, c.old)
				}
				if c.old && (got.status != 200 || !strings.Contains(got.did(), "stale-if-error")) {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestAnOldAnswerIsGivenWhileItIsAskedForAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := "old"
		s := &service{answer: func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return says(200, body, "Cache-Control", "max-age=10, stale-while-revalidate=60"), nil
		}}
		o := open(t, s)
		o.get(t, "/users")
		time.Sleep(20 * time.Second)
		body = "new"
		for range 50 {
			got := o.get(t, "/users")
			if got.body != "old" || !got.served || !strings.Contains(got.did(), "stale-while-revalidate") {
				t.Fatalf("got %+v", got)
			}
		}
		time.Sleep(2 * time.Second)
		if got := o.get(t, "/users"); got.body != "new" || s.calls.Load() != 2 {
			t.Errorf("got %+v by %d calls", got, s.calls.Load())
		}
		time.Sleep(2 * time.Minute)
		if got := o.get(t, "/users"); got.served {
			t.Errorf("too late, and got %+v", got)
		}
	})
}

func TestACallInTheBackgroundTakesNoLongerThanAnyOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := always(200, "old", "Cache-Control", "max-age=1, stale-while-revalidate=600")
		o := open(t, s, func(s *setting) { s.calls.Total = func(*http.Request) time.Duration { return 3 * time.Second } })
		o.get(t, "/users")
		time.Sleep(2 * time.Second)
		began, took := time.Now(), time.Duration(0)
		s.answer = func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			took = time.Since(began)
			return nil, context.Cause(req.Context())
		}
		o.get(t, "/users")
		time.Sleep(time.Minute)
		synctest.Wait()
		if took != 3*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestCloseEndsWhatIsAskedInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := always(200, "old", "Cache-Control", "max-age=1, stale-while-revalidate=60")
		o := open(t, s)
		o.get(t, "/users")
		time.Sleep(2 * time.Second)
		s.answer = func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}
		o.get(t, "/users")
		synctest.Wait()
		o.shared.Close()
		o.get(t, "/users")
		if s.calls.Load() != 2 {
			t.Errorf("%d calls, want no further one after the end", s.calls.Load())
		}
	})
}

func TestAPanicInTheBackgroundEndsNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := always(200, "old", "Cache-Control", "max-age=1, stale-while-revalidate=60")
		o := open(t, s)
		o.get(t, "/users")
		time.Sleep(2 * time.Second)
		s.answer = func(*http.Request) (*http.Response, error) { panic("broken") }
		o.get(t, "/users")
		synctest.Wait()
		if got := o.get(t, "/users"); got.body != "old" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestEachAnswersHeaderIsTheCallersOwn(t *testing.T) {
	o := open(t, always(200, "x", "Cache-Control", "max-age=60", "X-Own", "1"))
	for range 3 {
		got := o.get(t, "/users")
		if got.header.Get("X-Own") != "1" || len(got.header["X-Own"]) != 1 {
			t.Fatalf("the header is %v", got.header)
		}
		got.header.Set("X-Own", "2")
		got.header.Add("X-Own", "3")
		got.header.Del("Cache-Control")
	}
}

func TestWhatNobodyMaySeeIsNotKept(t *testing.T) {
	strip := func(_ string, body []byte) ([]byte, bool) {
		if strings.Contains(string(body), "unreadable") {
			return nil, false
		}
		return []byte(strings.ReplaceAll(string(body), "secret", "")), true
	}
	with := func(s *setting) { s.parts.Strip = strip }
	header := []string{"Cache-Control", "max-age=60", "Content-Length", "10", "Etag", `"1"`, "Digest", "x", "Repr-Digest", "x"}
	o := open(t, always(200, "a secret b", header...), with)
	if got := o.get(t, "/users"); got.body != "a secret b" {
		t.Errorf("who asked got %+v", got)
	}
	got := o.get(t, "/users")
	want := http.Header{"Content-Length": {"4"}, "Etag": {`W/"1"`}, "Cache-Control": {"max-age=60"}}
	for _, name := range []string{"Content-Length", "Etag", "Digest", "Repr-Digest", "Cache-Control"} {
		if diff := cmp.Diff(want[name], got.header[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got.body != "a  b" || !got.served {
		t.Errorf("got %+v", got)
	}
	if got := o.get(t, "/users", "Range", "bytes=0-1"); got.status != 200 || got.body != "a  b" {
		t.Errorf("a part of what is not the service's: %+v", got)
	}
	o = open(t, always(200, "unreadable", header...), with)
	o.get(t, "/users")
	if got := o.get(t, "/users"); got.served {
		t.Errorf("what cannot be read was kept: %+v", got)
	}
	o = open(t, always(200, "xxx", "Cache-Control", "max-age=60", "Content-Encoding", "gzip", "Content-Type", "application/json"), with)
	o.get(t, "/users")
	if got := o.get(t, "/users"); got.served {
		t.Errorf("what nobody has looked into was kept: %+v", got)
	}
}

// A door that does not repeat what its client has said leaves it to the cache to say it.
func TestWhatACallerWantsCountsWithoutARequestThatSaysIt(t *testing.T) {
	for _, wish := range []rules.Wish{rules.NoCache, rules.NoStore} {
		wants, said := wish, ""
		s := &service{answer: func(req *http.Request) (*http.Response, error) {
			said = req.Header.Get("Cache-Control")
			return says(200, "x", "Cache-Control", "max-age=60"), nil
		}}
		o := open(t, s, func(s *setting) { s.parts.Bypass = func(context.Context) rules.Wish { return wants } })
		o.get(t, "/users")
		if said != string(wish) || !o.Settings(asking(t.Context(), "GET", "/users", "Cache-Control", said)).Obey {
			t.Errorf("%q is sent on as %q", wish, said)
		}
		wants = rules.Any
		if got := o.get(t, "/users"); got.served != (wish == rules.NoCache) {
			t.Errorf("after %q, others get %+v", wish, got)
		}
	}
}

func TestARequestsOwnWishesCountOnlyWhereTheCallerMayHaveThem(t *testing.T) {
	for _, wish := range []rules.Wish{rules.NoCache, rules.Any} {
		may := wish != rules.Any
		s := always(200, "x", "Cache-Control", "max-age=60")
		o := open(t, s, func(s *setting) {
			s.parts.Bypass = func(context.Context) rules.Wish { return wish }
		})
		o.get(t, "/users")
		if got := o.get(t, "/users", "Cache-Control", "no-cache"); got.served == may {
			t.Errorf("the caller may: %t, and got %+v", may, got)
		}
		if got := o.get(t, "/orders", "Cache-Control", "only-if-cached"); (got.status == 504) != may {
			t.Errorf("the caller may: %t, and got %+v of what is not kept", may, got)
		}
	}
}
