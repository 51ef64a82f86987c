package audit_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/concierge-gateway/concierge/audit"
)

func TestACallersTextIsBoundedAndClean(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"plain":                   {"auth0|7", "auth0|7"},
		"other letters":           {"Zoë Дом", "Zoë Дом"},
		"another line":            {"7\nlevel=INFO", "7?level=INFO"},
		"a terminal's escape":     {"\x1b[2J7", "?[2J7"},
		"a NUL":                   {"7\x00", "7?"},
		"a control character C1":  {"7\u009b", "7?"},
		"a line separator":        {"7\u2028", "7?"},
		"the direction turned":    {"7\u202e", "7?"},
		"a space of no width":     {"7\u200b", "7?"},
		"no UTF-8":                {"7\xff\xfe", "7??"},
		"the longest":             {strings.Repeat("x", 100), strings.Repeat("x", 100)},
		"too long":                {strings.Repeat("x", 101), strings.Repeat("x", 100)},
		"far too long":            {strings.Repeat("x", 1<<20), strings.Repeat("x", 100)},
		"too long in a character": {strings.Repeat("x", 99) + "é", strings.Repeat("x", 99)},
		"too long, of no UTF-8":   {strings.Repeat("\x80", 300), strings.Repeat("?", 96)},
	} {
		t.Run(name, func(t *testing.T) {
			for attribute, got := range written(t, c.text) {
				if got != c.want {
					t.Errorf("%s is %q, want %q", attribute, got, c.want)
				}
			}
		})
	}
}

// written is what a line shows where a text is everything that has a name.
func written(t testing.TB, text string) map[string]string {
	t.Helper()
	k := keep(t)
	ctx, trail := begin(t.Context(), k.Log, "rest")
	trail.Caller(audit.Who{ID: text, Credential: text, Method: text})
	trail.Operation(text)
	trail.Tool("Tool", text)
	trail.Deny(text, audit.Forbidden)
	trail.End(ctx)
	lines := k.lines(t)
	if len(lines) != 1 {
		t.Fatalf("%q left %d lines", text, len(lines))
	}
	shown := make(map[string]string)
	for _, attribute := range []string{"caller", "credential", "authentication", "operation", "client_name", "rule"} {
		value, ok := lines[0][attribute].(string)
		if !ok {
			t.Fatalf("%q left a line without %s", text, attribute)
		}
		shown[attribute] = value
	}
	return shown
}

func FuzzALine(f *testing.F) {
	for _, seed := range []string{"", "7", "7\nmsg=denied", "\x1b[2J", "\xff", "é\u202e", strings.Repeat("é", 80)} {
		f.Add(seed)
	}
	unseen := func(c rune) bool { return !unicode.IsPrint(c) }
	f.Fuzz(func(t *testing.T, text string) {
		for attribute, got := range written(t, text) {
			if len(got) > 100 || !utf8.ValidString(got) || strings.ContainsFunc(got, unseen) {
				t.Errorf("%s shows %q as %q", attribute, text, got)
			}
			if len(text) <= 100 && utf8.RuneCountInString(got) != utf8.RuneCountInString(text) {
				t.Errorf("%s hides characters of %q: %q", attribute, text, got)
			}
		}
	})
}
