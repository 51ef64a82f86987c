package tests

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// bearings are how a service speaks to caches: lines of a header.
var bearings = map[string][]string{
	"for everybody": {"Cache-Control: public, max-age=60"},
	"for one":       {"Cache-Control: private, max-age=60"},
	"for a while":   {"Cache-Control: max-age=60"},
	"for caches":    {"Cache-Control: max-age=0, s-maxage=60"},
	"ask each time": {"Cache-Control: public, no-cache"},
	"old already":   {"Cache-Control: public, max-age=60, stale-while-revalidate=600", "Age: 100"},
	"if it fails":   {"Cache-Control: public, max-age=60, stale-if-error=600", "Age: 100"},
	"not at all":    {"Cache-Control: no-store"},
	"nothing":       nil,
	"to us alone":   {"Cache-Control: no-store", "Concierge-Cache-Control: max-age=60"},
	"by a date":     {"Cache-Control: public", "Expires: in a minute"},
	"with a must":   {"Cache-Control: public, max-age=60, must-revalidate"},
}

func bearingNames() []string { return slices.Sorted(maps.Keys(bearings)) }

// variations are fields that an answer varies by, besides what the service declares. Most vary by none.
var variations = []string{"", "", "", "Accept-Language", "X-User-Id", "Accept-Encoding", "*"}

// wording is how one answer speaks to caches.
type wording struct {
	bearing string
	varies  string
	// tag, weak and dated are by what it can be asked whether the answer is still good.
	tag, weak, dated bool
	// cookie is one for whoever asked, and grouped names the group of the records.
	cookie, grouped bool
}

// wordingOf chooses one, by a bearing if there is one.
func wordingOf(random *rand.Rand, bearing string) wording {
	if bearing == "" {
		bearing = one(random, bearingNames())
	}
	by := random.IntN(5)
	return wording{
		bearing: bearing, varies: one(random, variations), tag: by != 0 && by != 3, weak: by == 2, dated: by >= 3,
		cookie: random.IntN(16) == 0, grouped: random.IntN(2) == 0,
	}
}

// write puts it into a header.
func (s *wording) write(header http.Header, tag string, changed time.Time) {
	for _, line := range bearings[s.bearing] {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Expires" {
			value = time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)
		}
		header.Add(name, value)
	}
	if s.varies != "" {
		header.Set("Vary", s.varies)
	}
	if s.weak {
		tag = "W/" + tag
	}
	if s.tag {
		header.Set("ETag", tag)
	}
	if s.dated {
		header.Set("Last-Modified", changed.UTC().Format(http.TimeFormat))
	}
}
