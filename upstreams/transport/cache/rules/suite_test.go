package rules

import (
	"net/http"
	"testing"
	"time"
)

// The cases are those of the suite of HTTP working group members that caches are measured with, as far as one answer and one more
// request three seconds later decide them. "used" is whether the second request is answered from the store.
func TestAnAnswerIsUsedAgainWhereTheSuiteWantsIt(t *testing.T) {
	const past, present, future = "Expires: @-5000", "Expires: @0", "Expires: @100000"
	date := "Date: @0"
	cases := []struct {
		name   string
		status int
		fields []string
		used   bool
	}{
		{"freshness-none", 200, []string{}, false},
		{"freshness-max-age", 200, []string{"Cache-Control: max-age=3600"}, true},
		{"freshness-max-age-0", 200, []string{"Cache-Control: max-age=0"}, false},
		{"freshness-max-age-max-minus-1", 200, []string{"Cache-Control: max-age=2147483647"}, true},
		{"freshness-max-age-max", 200, []string{"Cache-Control: max-age=2147483648"}, true},
		{"freshness-max-age-max-plus", 200, []string{"Cache-Control: max-age=99999999999"}, true},
		{"as long as a number may be", 200, []string{"Cache-Control: max-age=9999999999999999999999999999999999999999"}, true},
		{"freshness-max-age-age", 200, []string{date, "Cache-Control: max-age=3600", "Age: 7200"}, false},
		{"freshness-max-age-date", 200, []string{"Date: @-7200", "Cache-Control: max-age=3600"}, false},
		{"freshness-max-age-expires", 200, []string{"Cache-Control: max-age=3600", past, date}, true},
		{"freshness-max-age-expires-invalid", 200, []string{"Cache-Control: max-age=3600", "Expires: 0", date}, true},
		{"freshness-max-age-0-expires", 200, []string{future, "Cache-Control: max-age=0", date}, false},
		{"freshness-max-age-extension", 200, []string{"Cache-Control: foobar, max-age=3600"}, true},
		{"freshness-max-age-case-insenstive", 200, []string{"Cache-Control: MaX-aGe=3600"}, true},
		{"freshness-max-age-negative", 200, []string{"Cache-Control: max-age=-3600"}, false},
		{"freshness-s-maxage-shared", 200, []string{"Cache-Control: s-maxage=3600"}, true},
		{"freshness-max-age-s-maxage-shared-longer", 200, []string{"Cache-Control: max-age=3600, s-maxage=1"}, false},
		{"freshness-max-age-s-maxage-shared-longer-reversed", 200, []string{"Cache-Control: s-maxage=1, max-age=3600"}, false},
		{"freshness-max-age-s-maxage-shared-longer-multiple", 200, []string{"Cache-Control: max-age=3600", "Cache-Control: s-maxage=1"}, false},
		{"freshness-max-age-s-maxage-shared-shorter", 200, []string{"Cache-Control: max-age=1, s-maxage=3600"}, true},
		{"freshness-max-age-s-maxage-shared-shorter-expires", 200, []string{"Expires: @-10", "Cache-Control: max-age=0, s-maxage=3600"}, true},

		{"freshness-max-age-quoted", 200, []string{`Cache-Control: max-age="3600"`}, true},
		{"freshness-max-age-single-quoted", 200, []string{"Cache-Control: max-age='3600'"}, false},
		{"freshness-max-age-ignore-quoted", 200, []string{`Cache-Control: extension="max-age=3600", max-age=1`}, false},
		{"freshness-max-age-ignore-quoted-rev", 200, []string{`Cache-Control: max-age=1, extension="max-age=3600"`}, false},
		{"freshness-max-age-ignore-quoted-all", 200, []string{`Cache-Control: extension="max-age=3600", max-age="1"`}, false},
		{"freshness-max-age-ignore-quoted-all-rev", 200, []string{`Cache-Control: max-age="1", extension="max-age=3600"`}, false},
		{"freshness-max-age-leading-zero", 200, []string{"Cache-Control: max-age=003600"}, true},
		{"freshness-max-age-decimal-zero", 200, []string{"Cache-Control: max-age=3600.0"}, false},
		{"freshness-max-age-space-before-equals", 200, []string{"Cache-Control: max-age =3600"}, false},
		{"freshness-max-age-space-after-equals", 200, []string{"Cache-Control: max-age= 3600"}, false},
		{"freshness-max-age-a100", 200, []string{"Cache-Control: max-age=a3600"}, false},
		{"freshness-max-age-100a", 200, []string{"Cache-Control: max-age=3600a"}, false},
		{"freshness-max-age-multiple-line", 200, []string{"Cache-Control: max-age=3600", "Cache-Control: max-age=1800"}, true},
		{"freshness-max-age-two-stale-fresh-sameline", 200, []string{"Cache-Control: max-age=1, max-age=1800"}, false},
		{"freshness-max-age-two-fresh-stale-sepline", 200, []string{"Cache-Control: max-age=1800", "Cache-Control: max-age=1"}, false},

		{"age-parse-nonnumeric", 200, []string{date, "Cache-Control: max-age=3600", "Age: abc"}, false},
		{"age-parse-negative", 200, []string{date, "Cache-Control: max-age=3600", "Age: -7200"}, false},
		{"age-parse-float", 200, []string{date, "Cache-Control: max-age=3600", "Age: 7200.0"}, false},
		{"age-parse-suffix", 200, []string{date, "Cache-Control: max-age=3600", "Age: 7200,0"}, false},
		{"age-parse-prefix", 200, []string{date, "Cache-Control: max-age=3600", "Age: 0,7200"}, true},
		{"age-parse-suffix-twoline", 200, []string{date, "Cache-Control: max-age=3600", "Age: 7200", "Age: 0"}, false},
		{"age-parse-prefix-twoline", 200, []string{date, "Cache-Control: max-age=3600", "Age: 0", "Age: 7200"}, false},
		{"age-parse-dup-0", 200, []string{date, "Cache-Control: max-age=3600", "Age: 0, 0"}, false},
		{"age-parse-dup-0-twoline", 200, []string{date, "Cache-Control: max-age=3600", "Age: 0", "Age: 0"}, false},
		{"age-parse-dup-old", 200, []string{date, "Cache-Control: max-age=10000", "Age: 3600, 3600"}, false},
		{"age-parse-parameter", 200, []string{date, "Cache-Control: max-age=3600", "Age: 7200;foo=bar"}, false},
		{"age-parse-numeric-parameter", 200, []string{date, "Cache-Control: max-age=3600", "Age: 7200;foo=111"}, false},

		{"freshness-expires-future", 200, []string{future, date}, true},
		{"freshness-expires-past", 200, []string{past, date}, false},
		{"freshness-expires-present", 200, []string{present, date}, false},
		{"freshness-expires-old-date", 200, []string{"Expires: @300", "Date: @400"}, false},
		{"freshness-expires-invalid", 200, []string{"Expires: 0", date}, false},
		{"freshness-expires-invalid-date", 200, []string{"Date: foo", "Expires: @10"}, true},
		{"freshness-expires-age-slow-date", 200, []string{"Date: @-10", "Expires: @10", "Age: 25"}, false},
		{"freshness-expires-age-fast-date", 200, []string{"Date: @10", "Expires: @20", "Age: 15"}, false},
		{"freshness-expires-rfc850", 200, []string{"Expires: Thursday, 18-Aug-50 02:01:18 GMT", date}, true},
		{"freshness-expires-ansi-c", 200, []string{"Expires: Thu Aug  8 02:01:18 2050", date}, true},
		{"freshness-expires-invalid-aest", 200, []string{"Expires: Thu, 18 Aug 2050 02:01:18 AEST", date}, false},
		{"another zone in the form of RFC 850", 200, []string{"Expires: Thursday, 18-Aug-50 02:01:18 PST", date}, false},
		{"freshness-expires-invalid-2-digit-year", 200, []string{"Expires: Thu, 18 Aug 50 02:01:18 GMT", date}, false},
		{"freshness-expires-invalid-multiple-lines", 200, []string{"Expires: @1000", "Expires: @2000", date}, false},

		{"cc-resp-private-shared", 200, []string{"Cache-Control: private, max-age=3600"}, false},
		{"cc-resp-no-store", 200, []string{"Cache-Control: no-store"}, false},
		{"cc-resp-no-store-case-insensitive", 200, []string{"Cache-Control: No-StOrE"}, false},
		{"cc-resp-no-store-fresh", 200, []string{"Cache-Control: max-age=10000, no-store", future, date}, false},
		{"cc-resp-no-cache", 200, []string{"Cache-Control: max-age=10000, no-cache", future, date}, false},
		{"cc-resp-no-cache-case-insensitive", 200, []string{"Cache-Control: max-age=10000, No-CaChE", future, date}, false},
		{"headers-omit-headers-listed-in-Cache-Control-no-cache", 200, []string{`Cache-Control: no-cache="a, b"`, "Cache-Control: max-age=3600"}, true},
		{"cc-resp-must-revalidate-fresh", 200, []string{"Cache-Control: max-age=10000, must-revalidate", `ETag: "abcd"`}, true},
		{"cc-resp-must-revalidate-stale", 200, []string{"Cache-Control: max-age=2, must-revalidate", `ETag: "abcd"`}, false},
		{"cc-resp-immutable-stale", 200, []string{"Cache-Control: max-age=2, immutable", `ETag: "abcd"`}, false},

		{"heuristic-201-not_cached", 201, []string{"Last-Modified: @-86400", date}, false},
		{"heuristic-403-not_cached", 403, []string{"Last-Modified: @-86400", date}, false},
		{"heuristic-502-not_cached", 502, []string{"Last-Modified: @-86400", date}, false},
		{"heuristic-599-not_cached", 599, []string{"Last-Modified: @-86400", date}, false},

		{"status-200-fresh", 200, []string{future, "Last-Modified: @0", date}, true},
		{"status-203-fresh", 203, []string{future, "Last-Modified: @0", date}, true},
		{"status-204-fresh", 204, []string{future, "Last-Modified: @0", date}, true},
		{"status-299-fresh", 299, []string{future, "Last-Modified: @0", date}, true},
		{"status-301-fresh", 301, []string{future, "Last-Modified: @0", date}, true},
		{"status-302-fresh", 302, []string{future, "Last-Modified: @0", date}, true},
		{"status-307-fresh", 307, []string{future, "Last-Modified: @0", date}, true},
		{"status-400-fresh", 400, []string{future, "Last-Modified: @0", date}, true},
		{"status-404-fresh", 404, []string{future, "Last-Modified: @0", date}, true},
		{"status-499-fresh", 499, []string{future, "Last-Modified: @0", date}, true},
		{"status-500-fresh", 500, []string{future, "Last-Modified: @0", date}, true},
		{"status-504-fresh", 504, []string{future, "Last-Modified: @0", date}, true},
		{"status-599-fresh", 599, []string{future, "Last-Modified: @0", date}, true},
		{"status-200-stale", 200, []string{past, "Last-Modified: @-100000", date}, false},
		{"status-299-stale", 299, []string{past, "Last-Modified: @-100000", date}, false},
		{"status-404-stale", 404, []string{past, "Last-Modified: @-100000", date}, false},
		{"status-599-stale", 599, []string{past, "Last-Modified: @-100000", date}, false},
		{"status-599-must-understand", 599, []string{"Cache-Control: max-age=3600, must-understand"}, false},
		{"the same of a status that is understood", 200, []string{"Cache-Control: max-age=3600, must-understand"}, true},

		{"pragma-response-no-cache", 200, []string{"Cache-Control: max-age=3600", "Pragma: no-cache"}, true},
		{"pragma alone", 200, []string{future, "Pragma: no-cache"}, false},
		{"vary-star", 200, []string{future, date, "Vary: *"}, false},
		{"vary-syntax-star-star", 200, []string{future, date, "Vary: *, *"}, false},
		{"vary-syntax-star-star-lines", 200, []string{future, date, "Vary: *", "Vary: *"}, false},
		{"vary-syntax-empty-star", 200, []string{future, date, "Vary: , *"}, false},
		{"vary-syntax-empty-star-lines", 200, []string{future, date, "Vary: ", "Vary: *"}, false},
		{"vary-syntax-star-foo", 200, []string{future, date, "Vary: *, Foo"}, false},
		{"vary-syntax-foo-star", 200, []string{future, date, "Vary: Foo, *"}, false},
		{"a name in Vary that is none", 200, []string{future, date, `Vary: "Foo"`}, false},
		{"other-set-cookie", 200, []string{"Cache-Control: max-age=3600", "Set-Cookie: a=b"}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var s Settings
			for _, a := range []Answer{answer(c.status, s, c.fields...), {Status: c.status, Header: header(c.fields...), Asked: noon, Came: noon}} {
				used := Storable(get(), a, s) && Judge(get(), a, noon.Add(3*time.Second), s) == Fresh
				if used != c.used {
					t.Errorf("used %v, want %v; terms %+v", used, c.used, TermsOf(a, s))
				}
			}
		})
	}
}

func TestAnAnswerIsUsedByHeuristicsWhereTheSuiteWantsIt(t *testing.T) {
	s := Settings{Heuristic: true}
	cases := []struct {
		status int
		fields []string
		used   bool
	}{
		{200, []string{"Last-Modified: @-86400", "Date: @0"}, true},
		{203, []string{"Last-Modified: @-86400", "Date: @0"}, true},
		{204, []string{"Last-Modified: @-86400", "Date: @0"}, true},
		{404, []string{"Last-Modified: @-86400", "Date: @0"}, true},
		{405, []string{"Last-Modified: @-86400", "Date: @0"}, true},
		{410, []string{"Last-Modified: @-86400", "Date: @0"}, true},
		{414, []string{"Last-Modified: @-86400", "Date: @0"}, true},
		{501, []string{"Last-Modified: @-86400", "Date: @0"}, true},
		{599, []string{"Last-Modified: @-86400", "Date: @0", "Cache-Control: public"}, true},
		{201, []string{"Last-Modified: @-86400", "Date: @0"}, false},
		{202, []string{"Last-Modified: @-86400", "Date: @0"}, false},
		{403, []string{"Last-Modified: @-86400", "Date: @0"}, false},
		{502, []string{"Last-Modified: @-86400", "Date: @0"}, false},
		{503, []string{"Last-Modified: @-86400", "Date: @0"}, false},
		{504, []string{"Last-Modified: @-86400", "Date: @0"}, false},
		{599, []string{"Last-Modified: @-86400", "Date: @0"}, false},
		{200, []string{"Last-Modified: @-20", "Date: @0"}, false},
		{200, []string{"Last-Modified: @20", "Date: @0"}, false},
		{200, []string{"Date: @0"}, false},
	}
	for _, c := range cases {
		a := answer(c.status, s, c.fields...)
		used := Storable(get(), a, s) && Judge(get(), a, noon.Add(3*time.Second), s) == Fresh
		if used != c.used {
			t.Errorf("%d %q: used %v, want %v", c.status, c.fields, used, c.used)
		}
	}
	long := ok(s, "Last-Modified: Mon, 01 Jan 2001 00:00:00 GMT", "Date: @0")
	if got := TermsOf(long, s).Fresh.Sub(noon); got != 24*time.Hour {
		t.Errorf("an old answer is fresh for %v, want a day", got)
	}
}

func TestAnAnswerToCredentialsIsKeptForOthersOnlyIfItSaysSo(t *testing.T) {
	authorized := get("Authorization: Bearer x")
	cases := []struct {
		fields []string
		kept   bool
	}{
		{[]string{"Expires: @2592000", "Date: @0"}, false},
		{[]string{"Cache-Control: max-age=3600"}, false},
		{[]string{"Cache-Control: max-age=3600, proxy-revalidate"}, false},
		{[]string{"Cache-Control: max-age=3600, public"}, true},
		{[]string{"Cache-Control: max-age=3600, must-revalidate"}, true},
		{[]string{"Cache-Control: s-maxage=3600"}, true},
	}
	for _, c := range cases {
		shared, own := Settings{TTL: time.Hour}, Settings{Private: true}
		if got := Storable(authorized, ok(shared, c.fields...), shared); got != c.kept {
			t.Errorf("%q: kept for everybody %v, want %v", c.fields, got, c.kept)
		}
		if want := c.fields[0] != "Cache-Control: s-maxage=3600"; Storable(authorized, ok(own, c.fields...), own) != want {
			t.Errorf("%q: kept for the caller alone %v, want %v", c.fields, !want, want)
		}
		if !Storable(get(), ok(shared, c.fields...), shared) {
			t.Errorf("%q: not kept without credentials", c.fields)
		}
	}
}

func TestOnlyAPlainGetIsKeptAndAnswered(t *testing.T) {
	var s Settings
	a := ok(s, "Cache-Control: max-age=60")
	body := get()
	body.Body, body.ContentLength = http.NoBody, 3
	chunked := get("Transfer-Encoding: chunked")
	cases := []struct {
		name       string
		req        *http.Request
		kept, used bool
	}{
		{"GET", get(), true, true},
		{"HEAD", with("HEAD"), false, true},
		{"POST", with("POST"), false, false},
		{"QUERY", with("QUERY"), false, false},
		{"GET with a body", body, false, false},
		{"GET with a body of unknown length", chunked, false, false},
		{"GET that means DELETE", get("X-HTTP-Method-Override: DELETE"), false, false},
		{"GET that means PUT", get("X-Method-Override: PUT"), false, false},
		{"GET if a version is there", get(`If-Match: "a"`), true, false},
		{"GET if none is newer", get("If-Unmodified-Since: @0"), true, false},
	}
	for _, c := range cases {
		if got := Storable(c.req, a, s); got != c.kept {
			t.Errorf("%s: kept %v, want %v", c.name, got, c.kept)
		}
		if got := Judge(c.req, a, noon, s) == Fresh; got != c.used {
			t.Errorf("%s: used %v, want %v", c.name, got, c.used)
		}
		if got := MayServeOnError(c.req, a, noon, s); got != c.used {
			t.Errorf("%s: used on an error %v, want %v", c.name, got, c.used)
		}
	}
}

func TestAStatusThatIsAboutTheRequestIsNeverKept(t *testing.T) {
	s := Settings{TTL: time.Hour, NegativeTTL: time.Hour, Private: true, Heuristic: true}
	for _, status := range []int{
		0, 100, 101, 103, 199, 206, 304, 401, 406, 407, 408, 411, 412, 413, 415, 416, 417, 421, 425, 426, 428, 429, 431, 511, 600, 999,
	} {
		if Storable(get(), answer(status, s, "Cache-Control: public, max-age=60", `ETag: "a"`), s) {
			t.Errorf("%d is kept", status)
		}
	}
}
