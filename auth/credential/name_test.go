package credential_test

import (
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth/credential"
)

func TestANameIsShortAndCanBeSeen(t *testing.T) {
	long := strings.Repeat("a", 100)
	for text, good := range map[string]bool{
		"gold":                     true,
		"https://app.example/a?b":  true,
		"größe":                    true,
		`"x"\`:                     true,
		long:                       true,
		long[:98] + "ü":            true,
		"":                         false,
		long + "a":                 false,
		long[:99] + "ü":            false,
		"a b":                      false,
		" gold":                    false,
		"gold ":                    false,
		"a\tb":                     false,
		"a\n":                      false,
		"a\x00":                    false,
		"a\u007f":                  false,
		"a\u0085b":                 false, // a C1 control
		"a\u00a0b":                 false, // a space that breaks no line
		"a\u2028b":                 false, // a line's end
		"a\u3000b":                 false, // a wide space
		"a\u200bb":                 false, // a space without a width
		"a\u202eb":                 false, // turns what follows around
		"a\xff":                    false,
		strings.Repeat("a b", 1e6): false,
	} {
		want := ""
		if good {
			want = text
		}
		if got := credential.Name(text); got != want {
			t.Errorf("%q gives %q", text, got)
		}
	}
}
