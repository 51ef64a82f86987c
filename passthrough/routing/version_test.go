package routing

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAVersionIsNamedInTheWaysThatARuleAllows(t *testing.T) {
	for name, tt := range map[string]struct {
		rules string
		want  map[string]string // the line, and by which means
	}{
		"in all of them": {
			rules: `
				GET /users/{id} v1 path header media default
				GET /users/{id} v2 path header media
				GET /users/{id} v10 path header media
				POST /users/{id} v2 path header media`,
			want: map[string]string{
				"GET /v1/users/7":                                          "v1 path",
				"GET /v2/users/7":                                          "v2 path",
				"GET /V2/users/7":                                          "NOT_FOUND",
				"GET /v3/users/7":                                          "NOT_FOUND",
				"GET /v2/users/7 API-Version: 1":                           "v2 path", // counts alone
				"GET /v2/users/7 API-Version: 9":                           "v2 path",
				"GET /users/7":                                             "v1 default",
				"GET /users/7 API-Version: 1":                              "v1 header",
				"GET /users/7 API-Version: v2":                             "v2 header",
				"GET /users/7 API-Version: V2":                             "v2 header",
				"GET /users/7 API-Version: 10":                             "v10 header",
				"GET /users/7 API-Version: 3":                              "BAD_USER_INPUT API-Version names no version of this path, which has v1, v2, v10",
				"GET /users/7 API-Version:":                                "BAD_USER_INPUT API-Version names no version of this path, which has v1, v2, v10",
				"GET /users/7 API-Version: vv2":                            "BAD_USER_INPUT API-Version names no version of this path, which has v1, v2, v10",
				"GET /users/7 API-Version: 2|API-Version: 2":               "BAD_USER_INPUT API-Version names no version of this path, which has v1, v2, v10",
				"POST /users/7 API-Version: 2":                             "POST v2 header",
				"POST /users/7 API-Version: 1":                             "405 GET, HEAD", // version 1 has no POST
				"POST /users/7":                                            "405 GET, HEAD",
				"PUT /users/7 API-Version: 2":                              "405 GET, HEAD, POST",
				"PUT /v2/users/7":                                          "405 GET, HEAD, POST",
				"PUT /users/7 API-Version: 3":                              "BAD_USER_INPUT API-Version names no version of this path, which has v1, v2, v10",
				"GET /users/7 Accept: application/json;version=2":          "v2 media_type",
				"GET /users/7 Accept: application/json; Version=\"v2\"":    "v2 media_type",
				"GET /users/7 Accept: application/json;v=2":                "v2 media_type",
				"GET /users/7 Accept: application/vnd.user+json;v=2;q=0.1": "v2 media_type",
				"GET /users/7 Accept: application/json;version=9":          "NOT_ACCEPTABLE Accept names no version of this path, which has v1, v2, v10",
				"GET /users/7 Accept: application/json;version=9, */*":     "v1 default",
				"GET /users/7 Accept: text/html, application/json;v=2":     "v2 media_type",
				"GET /users/7 Accept: */*, a/b;v=2;q=0.9":                  "v1 default",
				"GET /users/7 Accept: a/b;v=2;q=0.5, a/b;v=10;q=0.501":     "v10 media_type",
				"GET /users/7 Accept: a/b;v=2;q=0.5, a/b;v=9":              "v2 media_type",
				"GET /users/7 Accept: a/b;v=2|Accept: a/b;v=10":            "v2 media_type",
				"GET /users/7 Accept: a/b;v=2;q=0":                         "v1 default",
				"GET /users/7 Accept: a/b;v=2;q=0.000, c/d;v=10;q=0.001":   "v10 media_type",
				"GET /users/7 Accept: a/b;x=\"c/d;v=2, \\\"\";v=10":        "v10 media_type",
				"GET /users/7 Accept: */*":                                 "v1 default",
				"GET /users/7 Accept:":                                     "v1 default",
				"GET /users/7 Accept: ,;v=2,":                              "v1 default",
				"GET /users/7 API-Version: 1|Accept: a/b;v=2":              "v1 header", // it says nothing else
				"GET /users/7 API-Version: 1|Accept: a/b;v=9":              "v1 header",
				"GET /users/7 Accept: text/html,application/xml;q=0.9,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7": "v1 default",
			},
		},
		"by header alone": {
			rules: `
				GET /users/{id} v1 header
				GET /users/{id} v2 header`,
			want: map[string]string{
				"GET /v1/users/7":                "NOT_FOUND",
				"GET /users/7":                   "BAD_USER_INPUT API-Version must name a version of this path, which has v1, v2",
				"GET /users/7 Accept: a/b;v=2":   "BAD_USER_INPUT API-Version must name a version of this path, which has v1, v2",
				"GET /users/7 API-Version: 2":    "v2 header",
				"DELETE /users/7 API-Version: 2": "405 GET, HEAD",
			},
		},
		"by media type alone": {
			rules: `
				GET /users/{id} v1 media
				GET /users/{id} v2 media`,
			want: map[string]string{
				"GET /users/7":                                "NOT_ACCEPTABLE Accept must name a version of this path, which has v1, v2",
				"GET /users/7 API-Version: 2":                 "NOT_ACCEPTABLE Accept must name a version of this path, which has v1, v2",
				"GET /users/7 Accept: a/b;v=3, */*":           "NOT_ACCEPTABLE Accept names no version of this path, which has v1, v2",
				"GET /users/7 API-Version: 1|Accept: a/b;v=2": "v2 media_type",
			},
		},
		"by path and default, where the header belongs to the service": {
			rules: `
				GET /users/{id} v1 path
				GET /users/{id} v2 path default`,
			want: map[string]string{
				"GET /v1/users/7":             "v1 path",
				"GET /users/7":                "v2 default",
				"GET /users/7 API-Version: 1": "v2 default",
			},
		},
		"beside rules for any version": {
			rules: `
				GET /users/{id} v1 header default
				GET /users/{id}
				GET /orders/{id} v2 header
				/{all...}`,
			want: map[string]string{
				"GET /users/7":                 "v1 default",
				"GET /users/7 API-Version: 1":  "v1 header",
				"GET /users/7 API-Version: 9":  "GET none",
				"GET /orders/7 API-Version: 2": "v2 header",
				"GET /orders/7 API-Version: 9": "all none",
				"GET /orders/7":                "all none",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			table, lines := tableOf(t, tt.rules)
			for request, want := range tt.want {
				match, err := table.Find(requestOf(request))
				got := said(lines, match, err)
				if err == nil {
					got = got[:0] + shortName(lines[match.Rule]) + " " + match.Named.String()
				}
				if got != want {
					t.Errorf("%s: got %s, want %s", request, got, want)
				}
			}
		})
	}
}

// shortName is the version of a rule, with the method where that is another than GET, or what else tells it from others.
func shortName(line string) string {
	words := strings.Fields(line)
	switch {
	case len(words) == 1:
		return "all"
	case len(words) == 2:
		return words[0]
	case words[0] == http.MethodGet:
		return words[2]
	default:
		return words[0] + " " + words[2]
	}
}

func TestAMatchTellsWhichHeadersDecided(t *testing.T) {
	table, _ := tableOf(t, `
		GET /plain
		GET /users/{id} v1 path header media default
		GET /users/me header:x-beta=*
		/{all...}`)
	for request, want := range map[string][]string{
		"GET /plain":       nil,
		"GET /v1/users/7":  nil,
		"GET /users/7":     {"Accept", "Api-Version"},
		"GET /users/me":    {"Accept", "Api-Version", "X-Beta"}, // passed over, but it was asked
		"POST /users/me":   {"Accept", "Api-Version", "X-Beta"},
		"GET /elsewhere/7": nil,
	} {
		match, err := table.Find(requestOf(request))
		if err != nil {
			t.Fatal(request, err)
		}
		if diff := cmp.Diff(want, match.Vary); diff != "" {
			t.Errorf("%s varies by (-want +got):\n%s", request, diff)
		}
	}
}
