package rules

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func FuzzCacheControl(f *testing.F) {
	for _, seed := range append(slices.Clone(anyDirectives),
		`max-age=1, ext="a\"b, no-store", no-cache="a, b"`, `a="b`, "max-age =1", "no-store\x00", `"`, `\`, "=,=", "a==b", "\xff=1") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var told []directive
		whole := scan(line, func(d directive) { told = append(told, d) })
		for _, d := range told {
			if d.name != strings.ToLower(d.name) || strings.ContainsAny(d.name, ", \t\"=") || d.shape == token && !isToken(d.text) {
				t.Fatalf("%q was read as %+v", line, d)
			}
		}
		d := directivesOf(http.Header{"Cache-Control": {line}}, nil)
		if !whole && !d.noStore {
			t.Fatalf("%q cannot be read, and is kept", line)
		}
		more := directivesOf(http.Header{"Cache-Control": {line, "no-store"}}, nil)
		if !more.noStore {
			t.Fatalf("%q takes the next line with it", line)
		}
		for _, d := range [...]time.Duration{d.maxAge, d.sharedMaxAge, d.staleWhile, d.staleIfError} {
			if d != unsaid && (d < 0 || d > longest) {
				t.Fatalf("%q is %v", line, d)
			}
		}
	})
}

func FuzzDictionary(f *testing.F) {
	for _, seed := range []string{
		"max-age=60", "a, b=?0, c=1.5, d=\"x\\\"\", e=tok/en:*, f=:YQ==:, g=@1659578233, h=%\"%c3%bc\", i=(1 \"a\";b c);d", "a=1;b;c=2, a=3",
		"a,", ",a", "a=", "A=1", "a=(1", "a=1234567890123456", "a=-", "a=1.", "a=\"", "a=\"\\x\"", "a=%\"%C3\"", "a=?2", "*a.b_-1", "&&&&", " a ", "a\t,\tb",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		members, ok := dictionary([]string{line})
		if !ok && members != nil {
			t.Fatalf("%q is invalid and counts", line)
		}
		seen := map[string]bool{}
		for _, member := range members {
			if member.name == "" || seen[member.name] || strings.ToLower(member.name) != member.name {
				t.Fatalf("%q has %+v", line, members)
			}
			seen[member.name] = true
		}
		if _, ok := dictionary([]string{line, "&"}); ok {
			t.Fatalf("%q makes what follows valid", line)
		}
	})
}

func FuzzTags(f *testing.F) {
	f.Add(`"a", W/"b"`, `"b"`)
	f.Add(`"a,b"`, `"b"`)
	f.Add(`a"b", *`, "")
	f.Add(`W/, "`, `W/"`)
	f.Fuzz(func(t *testing.T, list, tag string) {
		anyTag([]string{list}, tag)
		if strings.HasPrefix(tag, `"`) && len(tag) > 1 && quotedLength(tag) == len(tag) && !strings.ContainsAny(tag, "\\") {
			if !anyTag([]string{`"x", W/` + tag + `, ` + list}, tag) {
				t.Fatalf("%q is not found before %q", tag, list)
			}
		}
	})
}

func FuzzRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-1", "bytes=-1", "bytes=1-", "bytes=9-", "bytes=0-0,1-1", "bytes=99999999999999999999-", "x=1-2", "bytes=--", ""} {
		f.Add(seed, 5)
	}
	f.Fuzz(func(t *testing.T, wanted string, length int) {
		if length < 0 || length > 1<<20 {
			return
		}
		req := get()
		req.Header["Range"] = []string{wanted}
		p, partial, satisfiable := wantedPart(req, Answer{Status: 200}, length)
		if partial && satisfiable && (p.first < 0 || p.first > p.last || p.last >= length) {
			t.Fatalf("%q of %d is %+v", wanted, length, p)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, "Cache-Control: max-age=60\nETag: \"a\"\nVary: Foo", "Foo: 1\nIf-None-Match: \"a\"", "body")
	f.Add(200, "CDN-Cache-Control: max-age=60, x\nDate: Sun, 06 Nov 1994 08:49:37 GMT\nAge: 0,1", "Range: bytes=1-2", "body")
	f.Add(404, "Expires: 0\nConnection: a\nLast-Modified: Sun Nov  6 08:49:37 1994", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT", "")
	f.Add(304, "Vary: *", "Cache-Control: max-stale", "")
	f.Fuzz(func(t *testing.T, status int, fields, wishes, body string) {
		s := Settings{Targets: []string{"Cdn-Cache-Control"}, Obey: true, Heuristic: true, TTL: time.Minute}
		a := NewAnswer(status, header(lines(fields)...), noon.Add(-time.Second), noon, nil, s)
		req := get(lines(wishes)...)
		now := noon.Add(time.Minute)
		if Storable(req, a, s) {
			varied, ok := VariedBy(req, a.Header)
			if !ok || !Selects(varied, req) {
				t.Fatal("an answer is not for its own request")
			}
		}
		Judge(req, a, now, s)
		MayServeOnError(req, a, now, s)
		Updated(req, a, NewAnswer(304, header(lines(wishes)...), noon, now, nil, s), s)
		UpdatedByHead(req, a, NewAnswer(200, header(lines(wishes)...), noon, now, nil, s), s)
		Judge(Condition(req, a), a, now, s)
		res := Respond(req, a, []byte(body), now)
		if content, err := io.ReadAll(res.Body); err != nil || len(content) > len(body) {
			t.Fatalf("%q and %v of %q", content, err, body)
		}
		if res.Header.Get("Age") == "" && res.StatusCode != http.StatusRequestedRangeNotSatisfiable {
			t.Fatal("nobody knows how old it is")
		}
	})
}

// lines are the lines of a text that are fields.
func lines(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool {
		name, value, ok := strings.Cut(line, ": ")
		return !ok || !isToken(name) || strings.HasPrefix(value, "@")
	})
}
