package rules

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyDirectives are directives as services write them, and as they should not.
var anyDirectives = []string{
	"public", "private", "no-cache", "must-revalidate", "proxy-revalidate", "must-understand", "immutable",
	"max-age=0", "max-age=5", "max-age=60", "max-age=x", "max-age", "s-maxage=0", "s-maxage=30", "s-maxage=-1",
	"stale-while-revalidate=20", "stale-while-revalidate", "stale-if-error=100", "stale-if-error=0", `no-cache="a"`, `private="a"`,
	`ext="max-age=9, no-store"`, "Max-Age=70", `max-age="50"`, "x", "",
}

// anyFields are fields that answers have besides.
var anyFields = []string{
	`ETag: "a"`, "Last-Modified: @-86400", "Date: @0", "Date: @-100", "Date: @100", "Date: x", "Expires: @50", "Expires: @-50", "Expires: 0",
	"Age: 3", "Age: 90", "Age: x", "Vary: Foo", "Vary: *", "Set-Cookie: a=b", "Pragma: no-cache", "CDN-Cache-Control: max-age=40",
	"CDN-Cache-Control: no-cache", "CDN-Cache-Control: &", "Connection: a", "A: 1",
}

var anyStatus = rapid.SampledFrom([]int{200, 203, 204, 206, 301, 302, 304, 400, 401, 404, 410, 429, 500, 503, 599})

func anyDuration(t *rapid.T, name string) time.Duration {
	return rapid.SampledFrom([]time.Duration{0, 0, time.Second, 15 * time.Second, time.Minute, time.Hour}).Draw(t, name)
}

func anySettings(t *rapid.T) Settings {
	s := Settings{
		Private: rapid.Bool().Draw(t, "private"), Obey: rapid.Bool().Draw(t, "obey"),
		Heuristic: rapid.Bool().Draw(t, "heuristic"), Cookies: rapid.Bool().Draw(t, "cookies"),
		TTL: anyDuration(t, "ttl"), NegativeTTL: anyDuration(t, "negative ttl"), MaxAge: anyDuration(t, "max age"),
		StaleWhileRevalidate: anyDuration(t, "stale while"), StaleIfError: anyDuration(t, "stale if error"),
	}
	if rapid.Bool().Draw(t, "targets") {
		s.Targets = []string{"Cdn-Cache-Control"}
	}
	return s
}

func anyHeader(t *rapid.T, more ...string) http.Header {
	list := rapid.SliceOfN(rapid.SampledFrom(anyDirectives), 0, 6).Draw(t, "directives")
	fields := rapid.SliceOfN(rapid.SampledFrom(anyFields), 0, 6).Draw(t, "fields")
	at := rapid.IntRange(0, len(list)).Draw(t, "at")
	list = append(append(append([]string{}, list[:at]...), more...), list[at:]...)
	if len(list) > 0 {
		fields = append(fields, "Cache-Control: "+strings.Join(list, ", "))
	}
	return header(fields...)
}

func anyAnswer(t *rapid.T, s Settings, more ...string) Answer {
	asked := noon.Add(-anyDuration(t, "way"))
	return NewAnswer(anyStatus.Draw(t, "status"), anyHeader(t, more...), asked, noon, nil, s)
}

func anyRequest(t *rapid.T) *http.Request {
	fields := rapid.SliceOfN(rapid.SampledFrom([]string{
		"Cache-Control: max-age=9", "Cache-Control: max-stale", "Cache-Control: max-stale=99, min-fresh=1", "Cache-Control: no-cache",
		"Cache-Control: stale-if-error=9999", "Pragma: no-cache", "Authorization: x", "Foo: 1", "Range: bytes=0-1", `If-None-Match: "a"`,
	}), 0, 4).Draw(t, "request")
	return get(fields...)
}

func anyMoment(t *rapid.T) time.Time {
	return noon.Add(time.Duration(rapid.IntRange(-100, 20000).Draw(t, "now")) * time.Second / 4)
}

func TestNoStoreIsNeverKeptWhateverElseIsSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySettings(t)
		s.Targets = nil // a targeted field may say otherwise: it counts alone
		a, req := anyAnswer(t, s, "no-store"), anyRequest(t)
		if Storable(req, a, s) || Judge(req, a, anyMoment(t), s) == Fresh || MayServeOnError(req, a, anyMoment(t), s) {
			t.Fatalf("it is, with %v", a.Header)
		}
	})
}

func TestPrivateIsKeptForOneCallerOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySettings(t)
		s.Private, s.Targets = false, nil
		if a := anyAnswer(t, s, "private"); Storable(anyRequest(t), a, s) {
			t.Fatalf("it is kept for others, with %v", a.Header)
		}
	})
}

func TestCredentialsAndCookiesAreKeptForOneCallerOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySettings(t)
		s.Private, s.Cookies = false, false
		a, req := anyAnswer(t, s), anyRequest(t)
		if !Storable(req, a, s) {
			return
		}
		if a.Header.Get("Set-Cookie") != "" {
			t.Fatalf("a cookie is kept, with %v", a.Header)
		}
		said := strings.Join(a.Header.Values("Cache-Control"), ",")
		if req.Header.Get("Authorization") != "" && !strings.Contains(said, "public") && !strings.Contains(said, "must-revalidate") &&
			!strings.Contains(said, "s-maxage") {
			t.Fatalf("an answer to credentials is kept, with %v", a.Header)
		}
	})
}

func TestWhatForbidsMoreNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySettings(t)
		s.Targets = nil
		less := anyAnswer(t, s)
		more := less.Header.Clone()
		more.Add("Cache-Control", rapid.SampledFrom([]string{
			"must-revalidate", "proxy-revalidate", "no-cache", "no-store", "max-age=0", "s-maxage=0", "private", "stale-if-error=0", `x="`,
		}).Draw(t, "forbids"))
		if len(less.Header["Pragma"]) > 0 && len(less.Header["Cache-Control"]) == 0 {
			return // Pragma counts only where there is nothing better
		}
		before := TermsOf(less, s)
		after := TermsOf(NewAnswer(less.Status, more, less.Asked, less.Came, nil, s), s)
		if after.Fresh.After(before.Fresh) || after.StaleWhile.After(before.StaleWhile) || after.StaleIfError.After(before.StaleIfError) {
			t.Fatalf("%+v, and then %+v, with %v", before, after, more)
		}
		if before.MustRevalidate && !after.MustRevalidate {
			t.Fatalf("it need not be validated any more, with %v", more)
		}
	})
}

func TestAnAnswerThatMustBeValidatedIsNeverUsedStale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySettings(t)
		a, req, now := anyAnswer(t, s, "must-revalidate"), anyRequest(t), anyMoment(t)
		terms := TermsOf(a, s)
		if s.Targets == nil && !terms.MustRevalidate {
			t.Fatal("it need not be")
		}
		if !terms.MustRevalidate || now.Before(terms.Fresh) {
			return
		}
		if use := Judge(req, a, now, s); use == Fresh || use == StaleWhileRevalidating || MayServeOnError(req, a, now, s) {
			t.Fatalf("it is, with %v", a.Header)
		}
	})
}

func TestTermsFollowEachOtherAndTheirCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySettings(t)
		a := anyAnswer(t, s)
		terms := TermsOf(a, s)
		for _, until := range [...]time.Time{terms.Fresh, terms.StaleWhile, terms.StaleIfError} {
			if !until.IsZero() && !until.After(a.Came) {
				t.Fatalf("until %v, before it came", until)
			}
			if until.After(terms.Last()) {
				t.Fatalf("until %v, after the last", until)
			}
		}
		if s.MaxAge > 0 && (terms.Fresh.Sub(a.Came) > s.MaxAge || !terms.StaleWhile.IsZero() && terms.StaleWhile.Sub(a.Came) > s.MaxAge) {
			t.Fatalf("%+v, of %v at most", terms, s.MaxAge)
		}
	})
}

func TestAnAnswerReadsTheSameHoweverItIsMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySettings(t)
		a, req, now := anyAnswer(t, s), anyRequest(t), anyMoment(t)
		anew := byHand(a)
		if diff := cmp.Diff(TermsOf(a, s), TermsOf(anew, s)); diff != "" {
			t.Fatal(diff)
		}
		if Storable(req, a, s) != Storable(req, anew, s) || Judge(req, a, now, s) != Judge(req, anew, now, s) || AgeOf(a, now) != AgeOf(anew, now) {
			t.Fatalf("it does not, with %v", a.Header)
		}
		if diff := cmp.Diff(a.Header, Stored(a.Header, s)); diff != "" {
			t.Fatalf("what is kept is not kept again: %s", diff)
		}
	})
}

func TestAgeIsNeverNegativeAndGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, now := anyAnswer(t, Settings{}), anyMoment(t)
		age, later := AgeOf(a, now), AgeOf(a, now.Add(anyDuration(t, "later")))
		if age < 0 || later < age {
			t.Fatalf("%v, then %v", age, later)
		}
	})
}

func TestWithoutObedienceTheRequestsWishesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySettings(t)
		s.Obey = false
		a, req, now := anyAnswer(t, s), anyRequest(t), anyMoment(t)
		silent := get()
		silent.Header = req.Header.Clone()
		silent.Header.Del("Cache-Control")
		silent.Header.Del("Pragma")
		if Judge(req, a, now, s) != Judge(silent, a, now, s) || Storable(req, a, s) != Storable(silent, a, s) ||
			MayServeOnError(req, a, now, s) != MayServeOnError(silent, a, now, s) || OnlyIfCached(req, s) {
			t.Fatal("they do")
		}
	})
}
