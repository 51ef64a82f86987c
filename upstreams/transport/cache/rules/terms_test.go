package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// until writes terms as seconds from noon, 0 where they are not at all.
func until(t Terms) [3]float64 {
	from := func(at time.Time) float64 {
		if at.IsZero() {
			return 0
		}
		return at.Sub(noon).Seconds()
	}
	return [3]float64{from(t.Fresh), from(t.StaleWhile), from(t.StaleIfError)}
}

func TestHowLongAnAnswerMayBeUsed(t *testing.T) {
	targets := []string{"Concierge-Cache-Control", "Cdn-Cache-Control"}
	setting := Settings{Targets: targets, TTL: seconds(50), NegativeTTL: seconds(5), StaleWhileRevalidate: seconds(20), StaleIfError: seconds(200)}
	capped := setting
	capped.MaxAge = seconds(15)
	own := setting
	own.Private = true
	cases := []struct {
		name     string
		s        Settings
		status   int
		fields   []string
		want     [3]float64
		explicit bool
	}{
		{"silence, without settings", Settings{}, 200, nil, [3]float64{0, 0, 0}, false},
		{"silence, with settings", setting, 200, nil, [3]float64{50, 70, 250}, false},
		{"silence of what is not there", setting, 404, nil, [3]float64{5, 25, 205}, false},
		{"silence of what moved", setting, 301, nil, [3]float64{50, 70, 250}, false},
		{"silence of what was found elsewhere", setting, 302, nil, [3]float64{0, 20, 200}, false},
		{"silence of what was found elsewhere, for everybody", setting, 302, []string{"Cache-Control: public"}, [3]float64{50, 70, 250}, false},
		{"silence of an error", setting, 503, []string{"Cache-Control: public"}, [3]float64{0, 20, 0}, false},
		{"silence of the time", setting, 200, []string{"Cache-Control: public"}, [3]float64{50, 70, 250}, false},
		{"the settings are for silence only", setting, 200, []string{"Cache-Control: max-age=10, stale-while-revalidate=1, stale-if-error=2"}, [3]float64{10, 11, 12}, true},
		{"what is said of one", setting, 200, []string{"Cache-Control: max-age=10, stale-if-error=2"}, [3]float64{10, 30, 12}, true},
		{"no stale answers", setting, 200, []string{"Cache-Control: max-age=10, stale-while-revalidate=0, stale-if-error=0"}, [3]float64{10, 0, 0}, true},
		{"stale for a time that cannot be read", setting, 200, []string{"Cache-Control: max-age=10, stale-while-revalidate=x, stale-if-error=-1"}, [3]float64{10, 0, 0}, true},
		{"stale at once", setting, 200, []string{"Cache-Control: max-age=0, stale-while-revalidate=9"}, [3]float64{0, 9, 200}, true},
		{"old already", setting, 200, []string{"Cache-Control: max-age=10", "Age: 8"}, [3]float64{2, 22, 202}, true},
		{"stale already", setting, 200, []string{"Cache-Control: max-age=10", "Age: 18"}, [3]float64{0, 12, 192}, true},
		{"of an age that cannot be read", setting, 200, []string{"Cache-Control: max-age=10", "Age: old"}, [3]float64{0, 0, 0}, true},
		{"must be validated", setting, 200, []string{"Cache-Control: max-age=10, must-revalidate, stale-while-revalidate=9"}, [3]float64{10, 0, 0}, true},
		{"must be validated, with an argument", setting, 200, []string{"Cache-Control: max-age=10, must-revalidate=no"}, [3]float64{10, 0, 0}, true},
		{"must be validated by those who share", setting, 200, []string{"Cache-Control: max-age=10, proxy-revalidate"}, [3]float64{10, 0, 0}, true},
		{"the same for one caller", own, 200, []string{"Cache-Control: max-age=10, proxy-revalidate"}, [3]float64{10, 30, 210}, true},
		{"for those who share", setting, 200, []string{"Cache-Control: max-age=10, s-maxage=20"}, [3]float64{20, 0, 0}, true},
		{"the same for one caller", own, 200, []string{"Cache-Control: max-age=10, s-maxage=20"}, [3]float64{10, 30, 210}, true},
		{"never without asking", setting, 200, []string{"Cache-Control: max-age=10, no-cache"}, [3]float64{0, 0, 0}, true},
		{"never without asking, as a token", setting, 200, []string{"Cache-Control: max-age=10, no-cache=set-cookie"}, [3]float64{0, 0, 0}, true},
		{"never without asking, of old", setting, 200, []string{"Pragma: no-cache"}, [3]float64{0, 0, 0}, true},
		{"never without asking, of no field", setting, 200, []string{`Cache-Control: max-age=10, no-cache=""`}, [3]float64{0, 0, 0}, true},
		{"never without asking, of no name", setting, 200, []string{`Cache-Control: max-age=10, no-cache="a b"`}, [3]float64{0, 0, 0}, true},
		{"never without asking, of what the cache reads", setting, 200, []string{`Cache-Control: max-age=10, no-cache="vary"`}, [3]float64{0, 0, 0}, true},
		{"a field of it never", setting, 200, []string{`Cache-Control: max-age=10, no-cache="Set-Cookie"`}, [3]float64{10, 30, 210}, true},
		{"a string that does not end", setting, 200, []string{`Cache-Control: max-age=10, a="b`}, [3]float64{0, 0, 0}, true},
		{"never without asking, behind a blank", setting, 200, []string{`Cache-Control: max-age=10 no-cache`}, [3]float64{0, 0, 0}, true},
		{"not kept, behind a semicolon", setting, 200, []string{`Cache-Control: public; no-store`}, [3]float64{0, 0, 0}, true},
		{"not kept, before a semicolon", setting, 200, []string{`Cache-Control: No-Store; max-age=10`}, [3]float64{0, 0, 0}, true},
		{"a time behind a semicolon", setting, 200, []string{`Cache-Control: public; max-age=10`}, [3]float64{0, 20, 200}, true},
		{"a time of what is quoted", setting, 200, []string{`Cache-Control: max-age=10, a="no-store; b"`}, [3]float64{10, 30, 210}, true},
		{"until a time", setting, 200, []string{"Expires: @10"}, [3]float64{10, 30, 210}, true},
		{"until a time by the service's clock", setting, 200, []string{"Expires: @110", "Date: @100"}, [3]float64{10, 30, 210}, true},
		{"until a time, twice", setting, 200, []string{"Expires: @10", "Expires: @10"}, [3]float64{10, 30, 210}, true},
		{"until a time that was", setting, 200, []string{"Expires: @-10"}, [3]float64{0, 20, 200}, true},
		{"capped", capped, 200, []string{"Cache-Control: max-age=100"}, [3]float64{15, 15, 300}, true},
		{"capped, stale", capped, 200, []string{"Cache-Control: max-age=10, stale-while-revalidate=100"}, [3]float64{10, 15, 210}, true},
		{"capped, old", capped, 200, []string{"Cache-Control: max-age=100", "Age: 10"}, [3]float64{5, 5, 290}, true},
		{"capped silence", capped, 200, nil, [3]float64{15, 15, 250}, false},

		{"targeted", setting, 200, []string{"Concierge-Cache-Control: max-age=30", "CDN-Cache-Control: max-age=20", "Cache-Control: no-store", "Expires: @1"}, [3]float64{30, 50, 230}, true},
		{"targeted less", setting, 200, []string{"CDN-Cache-Control: max-age=20", "Cache-Control: max-age=40"}, [3]float64{20, 40, 220}, true},
		{"targeted at others", setting, 200, []string{"Other-Cache-Control: max-age=20", "Cache-Control: max-age=40"}, [3]float64{40, 60, 240}, true},
		{"targeted, empty", setting, 200, []string{"Concierge-Cache-Control: ", "Cache-Control: max-age=40"}, [3]float64{40, 60, 240}, true},
		{"targeted, invalid", setting, 200, []string{"Concierge-Cache-Control: max-age=10000, &&&&", "CDN-Cache-Control: max-age=20"}, [3]float64{20, 40, 220}, true},
		{"targeted, in the wrong case", setting, 200, []string{"Concierge-Cache-Control: Max-Age=10", "Cache-Control: max-age=40"}, [3]float64{40, 60, 240}, true},
		{"targeted, of the wrong type", setting, 200, []string{"Concierge-Cache-Control: max-age=10.5", "Cache-Control: max-age=40"}, [3]float64{0, 20, 200}, true},
		{"targeted, in two lines", setting, 200, []string{"Concierge-Cache-Control: max-age=10", "Concierge-Cache-Control: must-revalidate"}, [3]float64{10, 0, 0}, true},
		{"targeted, the last counts", setting, 200, []string{"Concierge-Cache-Control: max-age=10, max-age=20"}, [3]float64{20, 40, 220}, true},
		{"targeted, with parameters", setting, 200, []string{`Concierge-Cache-Control: max-age=10;a;b="c", x=(1 2);y, z=:YQ==:`}, [3]float64{10, 30, 210}, true},
		{"targeted, saying nothing", setting, 200, []string{"Concierge-Cache-Control: none", "Cache-Control: max-age=40", "Expires: @9"}, [3]float64{50, 70, 250}, false},
		{"targeted, forbidding", setting, 200, []string{"Concierge-Cache-Control: no-store", "Cache-Control: max-age=40"}, [3]float64{0, 0, 0}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := answer(c.status, c.s, c.fields...)
			if diff := cmp.Diff(c.want, until(TermsOf(a, c.s))); diff != "" {
				t.Errorf("terms: %s", diff)
			}
			if diff := cmp.Diff(TermsOf(a, c.s), TermsOf(byHand(a), c.s)); diff != "" {
				t.Errorf("terms that are read anew: %s", diff)
			}
			if got := Explicit(a, c.s); got != c.explicit {
				t.Errorf("explicit %v, want %v", got, c.explicit)
			}
		})
	}
}

func TestAnAnswersAgeCountsTheWayHereAndTheTimeBefore(t *testing.T) {
	cases := []struct {
		name         string
		fields       []string
		asked, since float64
		want         float64
	}{
		{"just made", nil, 0, 0, 0},
		{"made in this second", []string{"Date: @0"}, 0, 0.9, 0.9},
		{"kept here", []string{"Date: @0"}, 0, 7, 7},
		{"kept elsewhere", []string{"Age: 30"}, 0, 7, 37},
		{"long under way", []string{"Age: 30"}, -3, 7, 40},
		{"made before", []string{"Date: @-20"}, -3, 7, 27},
		{"made before, as is known", []string{"Date: @-20", "Age: 30"}, -3, 7, 40},
		{"made in the future", []string{"Date: @20"}, 0, 7, 7},
		{"made at no time", []string{"Date: never"}, 0, 7, 7},
		{"made at two times", []string{"Date: @-20", "Date: @-10"}, 0, 7, 7},
		{"asked later than it came, by a clock that was set", nil, 5, 7, 7},
		{"looked at before it came", []string{"Age: 30"}, 0, -7, 30},
	}
	for _, c := range cases {
		a := NewAnswer(200, header(c.fields...), noon.Add(seconds(c.asked)), noon, nil, Settings{})
		for _, a := range []Answer{a, byHand(a)} {
			if got := AgeOf(a, noon.Add(seconds(c.since))); got != seconds(c.want) {
				t.Errorf("%s: %v, want %v", c.name, got, seconds(c.want))
			}
		}
	}
}

func TestWhatARequestWishesCountsOnlyWhereItIsObeyed(t *testing.T) {
	cases := []struct {
		wish   string
		answer string
		since  float64
		want   Use
		onFail bool
	}{
		{"Cache-Control: nothing-to-see-here", "max-age=60", 3, Fresh, true},
		{"Cache-Control: max-age=0", "max-age=60", 0, Validate, true},
		{"Cache-Control: max-age=1", "max-age=60", 3, Validate, true},
		{"Cache-Control: max-age=3", "max-age=60", 3, Fresh, true},
		{"Cache-Control: max-age=x", "max-age=60", 3, Validate, true},
		{"Cache-Control: min-fresh=58", "max-age=60", 3, Validate, true},
		{"Cache-Control: min-fresh=57", "max-age=60", 3, Fresh, true},
		{"Cache-Control: min-fresh", "max-age=60", 3, Validate, true},
		{"Cache-Control: max-stale=10", "max-age=1", 3, Fresh, false},
		{"Cache-Control: max-stale", "max-age=1", 1e6, Fresh, false},
		{"Cache-Control: max-stale=10", "max-age=1", 30, Validate, false},
		{"Cache-Control: max-stale=x", "max-age=1", 3, Validate, false},
		{"Cache-Control: max-stale=10", "max-age=1, must-revalidate", 3, Validate, false},
		{"Cache-Control: max-stale=10", "s-maxage=1", 3, Validate, false},
		{"Cache-Control: max-stale=10", "max-age=60, no-cache", 3, Validate, false},
		{"Cache-Control: max-stale=10", "max-age=60, no-store", 3, Validate, false},
		{"Cache-Control: max-stale=10, min-fresh=1", "max-age=1", 3, Validate, false},
		{"Cache-Control: max-stale=10, max-age=2", "max-age=1", 3, Validate, false},
		{"Cache-Control: max-stale=10, max-age=5", "max-age=1", 3, Fresh, false},
		{"Cache-Control: no-cache", "max-age=60", 3, Validate, false},
		{`Cache-Control: a="b`, "max-age=60", 3, Validate, false},
		{"Cache-Control: no-store", "max-age=60", 3, Miss, false},
		{"Pragma: no-cache", "max-age=60", 3, Validate, false},
		{"Cache-Control: only-if-cached", "max-age=60", 3, Fresh, true},
		{"Cache-Control: stale-if-error=9", "max-age=1", 3, Validate, true},
		{"Cache-Control: stale-if-error=9", "max-age=1", 30, Validate, false},
		{"Cache-Control: stale-if-error=9", "max-age=1, must-revalidate", 3, Validate, false},
		{"Cache-Control: max-age=90", "max-age=1, stale-while-revalidate=60", 3, Validate, false},
		{"Cache-Control: anything", "max-age=1, stale-while-revalidate=60", 3, StaleWhileRevalidating, false},
	}
	for _, c := range cases {
		t.Run(c.wish+" of "+c.answer, func(t *testing.T) {
			a, now, req := ok(Settings{}, "Cache-Control: "+c.answer), noon.Add(seconds(c.since)), get(c.wish)
			if got := Judge(req, a, now, Settings{Obey: true}); got != c.want {
				t.Errorf("use %v, want %v", got, c.want)
			}
			if got := MayServeOnError(req, a, now, Settings{Obey: true}); got != c.onFail {
				t.Errorf("on an error %v, want %v", got, c.onFail)
			}
			if got, want := Judge(req, a, now, Settings{}), Judge(get(), a, now, Settings{}); got != want {
				t.Errorf("without being obeyed %v, want %v", got, want)
			}
		})
	}
	if OnlyIfCached(get("Cache-Control: only-if-cached"), Settings{}) || !OnlyIfCached(get("Cache-Control: only-if-cached"), Settings{Obey: true}) {
		t.Error("only-if-cached counts wrongly")
	}
	if Storable(get("Cache-Control: no-store"), ok(Settings{}, "Cache-Control: max-age=9"), Settings{Obey: true}) {
		t.Error("an answer is kept against the wish of the request")
	}
}

func TestAStaleAnswerStandsInForAnErrorOnlyWhereNothingForbidsIt(t *testing.T) {
	s := Settings{StaleIfError: time.Hour}
	cases := []struct {
		name   string
		status int
		cc     string
		since  float64
		want   bool
	}{
		{"fresh", 200, "max-age=60", 3, true},
		{"stale", 200, "max-age=2", 3, true},
		{"stale for too long", 200, "max-age=2, stale-if-error=4", 7, false},
		{"stale-close-must-revalidate", 200, "max-age=2, must-revalidate", 3, false},
		{"stale-close-proxy-revalidate", 200, "max-age=2, proxy-revalidate", 3, false},
		{"stale-close-no-cache", 200, "max-age=2, no-cache", 3, false},
		{"stale-close-s-maxage=2", 200, "max-age=2, s-maxage=2", 3, false},
		{"an error", 503, "max-age=2", 3, false},
		{"an absence", 404, "max-age=2", 3, true},
	}
	for _, c := range cases {
		if got := MayServeOnError(get(), answer(c.status, s, "Cache-Control: "+c.cc), noon.Add(seconds(c.since)), s); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for status, want := range map[int]bool{200: false, 404: false, 429: false, 500: true, 501: false, 502: true, 503: true, 504: true} {
		if Failed(status) != want {
			t.Errorf("%d failed: %v", status, !want)
		}
	}
}

func TestWhatForbidsKeepingCountsHoweverItIsWritten(t *testing.T) {
	s := Settings{TTL: time.Hour}
	for _, line := range []string{
		"no-store", "NO-STORE", "max-age=60,no-store", "public , no-store", "no-store=1", `no-store="x"`, "no-store =x", "no-store x", ",,no-store,,",
		`a="\"", no-store`, `a="b, no-store`, `a="`, "private", "private=x", `private=""`, `private="a b"`, `private="vary"`, "private, public",
		"private; max-age=60", "max-age=60; private", "public;no-store", "max-age=60 private", `x "a" no-store`, "\xff no-store",
	} {
		if Storable(get(), ok(s, "Cache-Control: "+line), s) {
			t.Errorf("kept in spite of %q", line)
		}
	}
	for _, line := range []string{`a="no-store"`, "x-no-store", "no-storex", `a="b, no-store, c"`, `a="\", no-store"`, "x-private; no-stores"} {
		if !Storable(get(), ok(s, "Cache-Control: "+line), s) {
			t.Errorf("not kept because of %q", line)
		}
	}
}

func TestAnAnswerToCredentialsIsForOthersOnlyWhereThatIsSaidAsItIsDefined(t *testing.T) {
	for line, want := range map[string]bool{
		"public, max-age=60": true, "s-maxage=60": true, `s-maxage="60"`: true, "max-age=60, must-revalidate": true,
		"max-age=60": false, "max-age=60, public=x": false, "max-age=60, must-revalidate=no": false,
		"max-age=60, x must-revalidate": false, "max-age=60, a; public": false,
	} {
		a := ok(Settings{}, "Cache-Control: "+line, `Etag: "a"`)
		if got := Storable(get("Authorization: Bearer x"), a, Settings{}); got != want {
			t.Errorf("%q: kept %v", line, got)
		}
	}
	if Storable(get("Authorization: Bearer x"), ok(Settings{}, "Cache-Control: s-maxage=x", `Etag: "a"`), Settings{}) {
		t.Error("a time that cannot be read allows it")
	}
}

func TestAnAnswerThatSetsCookiesIsKeptForOneCallerOrByRequest(t *testing.T) {
	for name, c := range map[string]struct {
		s      Settings
		fields []string
		want   bool
	}{
		"for everybody":                       {Settings{}, []string{"Cache-Control: max-age=60, public"}, false},
		"for everybody, as the operator says": {Settings{Cookies: true}, []string{"Cache-Control: max-age=60"}, true},
		"for everybody, without the cookie":   {Settings{}, []string{`Cache-Control: max-age=60, no-cache="set-cookie"`}, true},
		"for everybody, but for the cookie":   {Settings{}, []string{`Cache-Control: max-age=60, private="Set-Cookie"`}, true},
		"for one caller":                      {Settings{Private: true}, []string{"Cache-Control: max-age=60"}, true},
	} {
		a := ok(c.s, append(c.fields, "Set-Cookie: a=b")...)
		plain := Answer{Status: 200, Header: header(append(c.fields, "Set-Cookie: a=b")...), Asked: noon, Came: noon}
		if got, anew := Storable(get(), a, c.s), Storable(get(), plain, c.s); got != c.want || anew != c.want {
			t.Errorf("%s: kept %v and %v, want %v", name, got, anew, c.want)
		}
	}
}

func TestWhatNobodyCouldUseIsNotKept(t *testing.T) {
	var s Settings
	for fields, want := range map[string]bool{
		"Cache-Control: max-age=0":                           false,
		"Cache-Control: no-cache":                            false,
		"Content-Type: text/plain":                           false,
		"Last-Modified: yesterday":                           false,
		"Cache-Control: max-age=0, stale-if-error=9":         true,
		"Cache-Control: max-age=0, stale-while-revalidate=9": true,
		`Etag: "a"`:           true,
		"Last-Modified: @-10": true,
	} {
		if got := Storable(get(), ok(s, fields), s); got != want {
			t.Errorf("%s: kept %v, want %v", fields, got, want)
		}
	}
}
