package reshape

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// guardedSpec guards in every form, with owners at several depths.
func guardedSpec() Spec {
	open, _ := AnythingBut(never).With("a", Scalar().Guarded(1, LeaveOut))
	return Spec{
		Rules: []Rule{{Owner: "id"}, {Owner: "b/a"}, {}, {Owner: "b/id"}, {Owner: "any/any/é"}},
		Shape: Object(map[string]*Shape{
			"id":   Scalar().Guarded(3, Pseudonym),
			"a":    Scalar().Guarded(0, Mask),
			"b":    Object(map[string]*Shape{"a": Scalar().Guarded(2, Null), "b": Last(2).Guarded(1, Mask), "id": Scalar()}).Guarded(1, LeaveOut),
			"any":  open.Guarded(4, Null).Guarded(0, LeaveOut),
			"name": Scalar(),
		}),
		Moves: []Move{{"a", "x/a"}, {"b/a", "b_a"}, {"name", "called"}},
		Adds:  []string{"b/by"},
	}
}

func FuzzGuarded(f *testing.F) {
	spec := guardedSpec()
	guardedRecords := spec
	guardedRecords.Guards = []int{0, 3}
	specs := []Spec{spec, guardedRecords}
	plans := []*Plan{compiled(f, spec), compiled(f, guardedRecords)}
	for i, text := range nasty {
		f.Add([]byte(text), uint16(i*37), uint8(i*11))
	}
	for i, text := range guardedTexts {
		f.Add([]byte(text), uint16(0x2aa), uint8(i))
		f.Add([]byte(text), uint16(0x199), uint8(0xff))
	}
	f.Fuzz(func(t *testing.T, text []byte, said uint16, owned uint8) {
		verdicts := make([]Verdict, len(spec.Rules))
		for i := range verdicts {
			verdicts[i] = Verdict(said >> (2 * i) & 3) // the fourth is none of them
		}
		for i, plan := range plans {
			r := reference{specs[i], With{Values: Values{[]byte(`"us"`)}, View: unseen(verdicts, owned)}}
			want, wrong := r.rewrite(text)
			got, err := plan.Append(nil, text, r.with)
			if (err != nil) != (wrong != nil) || errors.Is(err, ErrRefused) != errors.Is(wrong, ErrRefused) {
				t.Fatalf("%q: %v, want %v", text, err, wrong)
			}
			if diff := cmp.Diff(want, string(got)); err == nil && diff != "" {
				t.Errorf("%q (-want +got):\n%s", text, diff)
			}
			alike(t, plan, text, r.with, got, err)
			refusedIsUnseen(t, plan, r, text)
		}
	})
}

var guardedTexts = []string{
	`{"id":7,"a":"1234 5678 9012","b":{"a":"x","b":"123456","id":8},"any":{"any":{"é":1}},"name":"n"}`,
	`[{"any":{"any":{"\u00e9":"x"},"a":[1]},"b":{"id":1,"a":{}},"id":null},{"b":null,"id":1},{"b":[{"a":1}],"a":null,"id":{"a":1}}]`,
	`{"b":{"a":1},"b":{"a":2},"id":1}`, `{"name":1,"b":{"a":1,"a":2}}`, `{"a":"x","\u0069d":1,"id":2}`, `{"b":1,"id":"` + "\xff" + `"}`,
	`{"b":{"\u0061":"o"},"any":[[{"any":{"é":0}}]],"a":"\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00\"\\\n\u0000789012"}`,
	`[[{"id":1}],null,7,{"id":"x"}]`, `{"b":[{"a":1}],"id":`, `{"any":{"any":{`, `{"id":1,"b":{"a":2},"name":tru}`,
}
