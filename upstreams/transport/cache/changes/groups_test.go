package changes_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

func TestGroupsAreAListOfStrings(t *testing.T) {
	long := strings.Repeat("a", 256)
	many := strings.TrimSuffix(strings.Repeat(`"a", `, 64), ", ")
	for name, tt := range map[string]struct {
		lines []string
		want  []string
		over  bool
	}{
		"no field":                   {nil, nil, false},
		"an empty field":             {[]string{""}, nil, false},
		"one":                        {[]string{`"scripts"`}, []string{"scripts"}, false},
		"two":                        {[]string{`"eurovision-results", "kylie-minogue"`}, []string{"eurovision-results", "kylie-minogue"}, false},
		"on two lines":               {[]string{`"a"`, `"b"`}, []string{"a", "b"}, false},
		"a list over two lines":      {[]string{`"a", "b`, `c"`}, []string{"a", "b,c"}, false},
		"an empty name":              {[]string{`""`}, []string{""}, false},
		"in any case":                {[]string{`"A", "a"`}, []string{"A", "a"}, false},
		"escapes":                    {[]string{`"a\\b\"c"`}, []string{`a\b"c`}, false},
		"blanks":                     {[]string{"  \"a\" \t,\t \"b\"  "}, []string{"a", "b"}, false},
		"parameters":                 {[]string{`"a";b;*c=1;d=-1.5; e="x;,";f=?0;g=:aGk=:;h=a/b:c;i=@5;j=%"%c3%a4"`}, []string{"a"}, false},
		"a comma at the end":         {[]string{`"a",`}, nil, false},
		"two commas":                 {[]string{`"a",,"b"`}, nil, false},
		"no comma":                   {[]string{`"a" "b"`}, nil, false},
		"a token":                    {[]string{`"a", b`}, nil, false},
		"an inner list":              {[]string{`("a" "b")`}, nil, false},
		"other letters":              {[]string{`"ä"`}, nil, false},
		"a control character":        {[]string{"\"a\x00\""}, nil, false},
		"another escape":             {[]string{`"\a"`}, nil, false},
		"no end":                     {[]string{`"a`}, nil, false},
		"no end after an escape":     {[]string{`"a\`}, nil, false},
		"a tab before":               {[]string{"\t\"a\""}, nil, false},
		"a parameter without a name": {[]string{`"a";`}, nil, false},
		"a capital parameter":        {[]string{`"a";B=1`}, nil, false},
		"a parameter of nothing":     {[]string{`"a";b=`}, nil, false},
		"a number of 16 digits":      {[]string{`"a";b=1234567890123456`}, nil, false},
		"a long fraction":            {[]string{`"a";b=1.2345`}, nil, false},
		"a date with a fraction":     {[]string{`"a";b=@1.5`}, nil, false},
		"no truth":                   {[]string{`"a";b=?2`}, nil, false},
		"no bytes":                   {[]string{`"a";b=:?:`}, nil, false},
		"no display string":          {[]string{`"a";b=%"%C3"`}, nil, false},
		"half an escape":             {[]string{`"a";b=%"%c"`}, nil, false},
		"the longest":                {[]string{`"` + long + `"`}, []string{long}, false},
		"too long":                   {[]string{`"a", "` + long + `a"`}, nil, true},
		"the most":                   {[]string{many}, slices.Repeat([]string{"a"}, 64), false},
		"too many":                   {[]string{many, `"b"`}, nil, true},
		"far too long":               {slices.Repeat([]string{`"` + long + `"`}, 64), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := changes.Groups(tt.lines)
			if !slices.Equal(got, tt.want) || ok == tt.over {
				t.Errorf("got %q, %t", got, ok)
			}
		})
	}
}
