package routing

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/problem"
)

// catchAll is a table that takes every path that is not refused.
func catchAll(t testing.TB, policy Policy) *Table {
	t.Helper()
	table, _ := New([]Rule{ruleOf(t, "/{path...}")}, policy)
	return table
}

func TestPathsThatCouldBeReadInTwoWaysAreRefused(t *testing.T) {
	const (
		dots     = "the path holds a dot segment"
		empty    = "the path holds an empty segment"
		back     = "the path holds a backslash"
		slash    = "the path holds an encoded slash"
		control  = "the path holds a control character"
		encoding = "the path has an invalid percent-encoding"
		utf8     = "the path is not UTF-8"
		plain    = "the path holds a character that must be percent-encoded"
		begin    = "the path must begin with /"
	)
	for path, want := range map[string]string{
		"/a/../b":       dots,
		"/..":           dots,
		"/.":            dots,
		"/a/./b":        dots,
		"/a/..":         dots,
		"/a/../":        dots,
		"/a/%2e%2e/b":   dots,
		"/a/%2E./b":     dots,
		"/a/.%2e":       dots,
		"/%2e":          dots,
		"/a/..;/b":      dots, // servlet containers drop what follows the semicolon
		"/a/..;x=1/b":   dots,
		"/a/.;/b":       dots,
		"/a/%2e%2e%3b/": dots,

		"//":         empty,
		"//a":        empty,
		"/a//b":      empty,
		"/a//":       empty,
		"//evil.org": empty,

		"/a\\b":        back,
		"/a/..\\..\\b": back,
		"/a%5cb":       back,
		"/a%5Cb":       back,
		"/%5c%5cevil":  back,

		"/a%2fb":            slash,
		"/a%2Fb":            slash,
		"/a/..%2fb":         slash,
		"/%2f":              slash,
		"/é%2fb":            slash, // though url.URL.EscapedPath shows this one decoded
		"/a%2fb/\"quoted\"": slash,

		"/a%00":       control,
		"/a%0d%0aX:1": control,
		"/a%09b":      control,
		"/a%1Fb":      control,
		"/a%7fb":      control,
		"/a\x01b":     control,
		"/a\x7fb":     control,

		"/a%":     encoding,
		"/a%2":    encoding,
		"/a%zz":   encoding,
		"/a%2/b":  encoding,
		"/%%2e":   encoding,
		"/a%u002": encoding,

		"/a%ff":        utf8,
		"/%c0%ae./":    utf8, // a dot in the longer form that UTF-8 forbids
		"/%c0%af":      utf8, // a slash in it
		"/%e0%80%ae":   utf8,
		"/%ed%a0%80":   utf8, // half of a surrogate pair
		"/caf%e9":      utf8, // Latin-1
		"/caf\xe9":     utf8,
		"/%e2%82/%ac":  utf8, // divided by a slash
		"/\xc3/\xa9/a": utf8,

		"/a b":  plain,
		"/a#b":  plain,
		"/a?b":  plain,
		"/#":    plain,
		"/a# b": plain,

		"":                                      begin,
		"*":                                     begin,
		"a/b":                                   begin,
		"%2fa":                                  begin,
		"example.com:443":                       begin,
		"http://a.org/a":                        begin,
		"\\a":                                   begin,
		"/" + strings.Repeat("a", MaxPath):      "the path is longer than 8192 bytes",
		strings.Repeat("/a", MaxSegments) + "/": "the path has more than 64 segments",
	} {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{RawPath: path, Path: "x"}}
		if path == "" {
			r.URL.Path = ""
		}
		_, err := catchAll(t, Policy{}).Find(r)
		var known *problem.Error
		if !errors.As(err, &known) || known.Kind != problem.BadInput || known.Message != want {
			t.Errorf("%q: got %v, want %s", path, err, want)
		}
	}
}

func TestPathsThatEverybodyReadsAlikeAreTaken(t *testing.T) {
	for path, want := range map[string]string{
		"/":                                  "",
		"/a":                                 "a",
		"/a/":                                "a/",
		"/a/b/":                              "a/b/",
		"/...":                               "...",
		"/..a/b..":                           "..a/b..",
		"/.well-known/x":                     ".well-known/x",
		"/a;x=1/b":                           "a;x=1/b",
		"/a;../b":                            "a;../b",
		"/a%20b":                             "a b",
		"/a+b":                               "a+b",
		"/a%23b%3Fc":                         "a#b?c",
		"/%252e%252e/":                       "%2e%2e/", // decoded once, and encoded again on the way out
		"/100%25":                            "100%",
		"/caf%C3%A9":                         "café",
		"/café":                              "café",
		"/a|b[c]{d}^\"<>`":                   "a|b[c]{d}^\"<>`",
		"/%E2%80%AE":                         "\u202e",
		"/" + strings.Repeat("a", MaxPath-1): strings.Repeat("a", MaxPath-1),
		strings.Repeat("/a", MaxSegments):    strings.Repeat("/a", MaxSegments)[1:],
	} {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{RawPath: path, Path: "x"}}
		match, err := catchAll(t, Policy{}).Find(r)
		if got, ok := match.Params.Get("path"); err != nil || !ok || got != want {
			t.Errorf("%q: got %q, %v, want %q", path, got, err, want)
		}
	}
}

func TestAnEncodedSlashCanBelongToItsSegment(t *testing.T) {
	table, _ := New([]Rule{ruleOf(t, "/{all...}"), ruleOf(t, "/sites/{url}/{page}")}, Policy{EncodedSlashes: true})
	match, err := table.Find(httptest.NewRequest(http.MethodGet, "/sites/https:%2f%2Fexample.com%2F/a%2eb", nil))
	if err != nil || match.Rule != 1 {
		t.Fatalf("got %+v, %v, want the rule for a site", match, err)
	}
	if got, _ := match.Params.Get("url"); got != "https://example.com/" {
		t.Errorf("the url is %q", got)
	}
	template, err := ParseTemplate("/{page}/of/{url}", patternOf(t, "/sites/{url}/{page}"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(template.Append(nil, match.Params)), "/a.b/of/https:%2F%2Fexample.com%2F"; got != want {
		t.Errorf("the path at the service is %s, want %s", got, want)
	}
	for _, path := range []string{"/a%2f..%2fb", "/..%2fb", "/a%2f.", "/a/%2e%2e%2fadmin", "/a%2f..;%2fb"} {
		if _, err := table.Find(httptest.NewRequest(http.MethodGet, path, nil)); problem.KindOf(err) != problem.BadInput {
			t.Errorf("%s: got %v, want it refused: its dots are segments once the service decodes it", path, err)
		}
	}
}

func TestFormsOfTheTargetThatHaveNoPathAreRefused(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"asterisk":  {Method: http.MethodOptions, URL: &url.URL{Path: "*"}},
		"authority": {Method: http.MethodConnect, URL: &url.URL{Host: "example.com:443"}},
		"opaque":    {Method: http.MethodGet, URL: &url.URL{Scheme: "mailto", Opaque: "a@example.com"}},
	} {
		if _, err := catchAll(t, Policy{}).Find(r); problem.KindOf(err) != problem.BadInput {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
}
