package reshape

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// filters are plans that only filter. What they do can be checked without a second opinion.
var filters = []*Shape{
	AnythingBut(nil),
	AnythingBut(never),
	Scalar(),
	Object(map[string]*Shape{"id": Scalar(), "a": Scalar(), "b": Object(map[string]*Shape{"a": Scalar()}), "any": AnythingBut(never)}),
}

var never = map[string]bool{"password_hash": true, "é": true, "": true}

func many(n int, last string) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `"name %d":%d,`, i, i)
	}
	return "{" + text.String() + last + "}"
}

func nested(n int, inner string) string {
	return strings.Repeat("[", n) + inner + strings.Repeat("]", n)
}

var nasty = []string{
	``, ` `, `null`, ` true `, `"text"`, `{}`, `[]`, `[[]]`, `[{}]`, "\ufeff{}", "{}\n", `{} {}`, `{}x`, `{}]`, `nul`, `nulll`, `tru`, `NaN`,
	`{"pass\u0077ord_hash":1,"a":2}`, `{"\u0070assword_hash":{"a":1}}`, `{"a":1,"\u0061":2}`, `{"x":{"a":1,"\u0061":2}}`, `[{"any":{"\u00e9":1}}]`,
	`{"password_hash":1,"any":{"password_hash":2},"password_hash":3}`, `{"any":{"b":{"b":1},"b":2}}`, `{"":1}`, `{"any":{"":1}}`,
	`{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, `{"a":"\ude00\ud83d"}`, `{"a":"\ud83d\u0041"}`, `{"a":"\uD83D\uDE00\u0000"}`, `{"\ud800":1}`,
	`{"a":"\u12g4"}`, `{"a":"\x"}`, `{"a":"\`, `{"a":"\u00`, `{"a":"` + "\x01" + `"}`, `{"a":"` + "\xff" + `"}`, `{"a":"` + "\xc3" + `"}`, `{"a":"` + "\xed\xa0\x80" + `"}`,
	`{"a":"` + "\xf0\x9f\x98\x80" + `"}`, `{"a":"` + "\xef\xbf\xbd" + `"}`, `{"` + "\xc0\xaf" + `":1}`, "{\"a\":\"\x00\"}", "\x00", "{\x00}", "[\x00]", "{\"a\"\x00:1}",
	`0`, `-0`, `-`, `01`, `1.`, `.5`, `1e`, `1e+`, `1E-05`, `1.0e400`, `123456789012345678901234567890.10`, `[0,-0.0,1e5,1E+5,1.50]`, `+1`, `0x10`, `1 2`, `--1`,
	`[1,]`, `[,1]`, `[1 2]`, `{"a":1,}`, `{,"a":1}`, `{"a"}`, `{"a":}`, `{"a" 1}`, `{a:1}`, `{'a':1}`, `{1:1}`, `{"a":1 "b":2}`, `[`, `{`, `{"a"`, `{"a":`, `{"a":1`, `[1`, `]`, `}`, `:`, `,`,
	`{"a":[1,{"a":2},[3,{}],null],"b":[{"a":1,"c":2},"x",null,[null]]}`, `{"id":{"a":1},"b":"text"}`,
	many(15, `"a":1`), many(16, `"name 0":1`), many(17, `"name 3":1`), many(40, `"name 39":1`), many(40, `"any":`+many(40, `"name 0":1`)+`,"a":1`),
	many(300, `"nam\u0065 299":1`), many(300, `"any":`+many(300, `"a":1`)+`,"name":1`),
	nested(100, ``), nested(101, ``), nested(99, `{}`), nested(100, `{}`), strings.Repeat(`{"any":`, 100) + `1` + strings.Repeat("}", 100),
	`{"a":"` + strings.Repeat("long ", 4000) + `"}`, strings.Repeat(" ", 20000) + "1", `{"any":{"a":1},"a":1}`,
}

func FuzzStream(f *testing.F) {
	plans := make([]*Plan, len(filters))
	for i, shape := range filters {
		plans[i] = compiled(f, Spec{Shape: shape})
	}
	for _, text := range nasty {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for i, plan := range plans {
			parsed, wrong := plant(text)
			got, err := plan.Append(nil, text, With{})
			if (err != nil) != (wrong != nil) {
				t.Fatalf("%q: %v, want %v", text, err, wrong)
			}
			alike(t, plan, text, With{}, got, err)
			if err != nil {
				if _, ok := errors.AsType[*Invalid](err); !ok {
					t.Errorf("%q: %v, want an *Invalid", text, err)
				}
				continue
			}
			want := "null"
			if filtered := parsed.filter(filters[i], judged{}); filtered != nil {
				want = filtered.text()
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", text, diff)
			}
			again, err := plan.Append(nil, got, With{})
			if !bytes.Equal(got, again) || err != nil {
				t.Errorf("%q became %q, and then %q, %v", text, got, again, err)
			}
			if i == 1 {
				shown, err := plant(got)
				if err != nil {
					t.Fatal(err)
				}
				hidden(t, shown)
			}
		}
	})
}

// alike checks that a stream does what Append does, however its bytes come.
func alike(t *testing.T, plan *Plan, text []byte, with With, want []byte, wrong error) {
	t.Helper()
	for _, src := range []io.Reader{
		bytes.NewReader(text), iotest.OneByteReader(bytes.NewReader(text)), iotest.DataErrReader(iotest.HalfReader(bytes.NewReader(text))),
	} {
		var got bytes.Buffer
		err := plan.Stream(&got, src, with, len(text))
		if (err != nil) != (wrong != nil) || err == nil && !bytes.Equal(want, got.Bytes()) {
			t.Errorf("%q: streamed as %q, %v, want %q, %v", text, &got, err, want, wrong)
		}
	}
}

func hidden(t *testing.T, tree *tree) {
	t.Helper()
	for _, e := range tree.elements {
		hidden(t, e)
	}
	for _, b := range tree.members {
		if never[b.key] {
			t.Errorf("%q is shown", b.key)
		}
		hidden(t, b.value)
	}
}
