package answers

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestEqualVariablesAreWrittenAlike(t *testing.T) {
	for want, all := range map[string][]map[string]any{
		`{}`:                   {nil, {}},
		`{"a":null}`:           {{"a": nil}},
		`{"a":#1,"b":"x\n"}`:   {{"a": json.Number("1"), "b": "x\n"}, {"b": "x\n", "a": int64(1)}, {"a": 1, "b": "x\n"}},
		`{"a":#1.50}`:          {{"a": json.Number("1.50")}},
		`{"a":"1"}`:            {{"a": "1"}},
		`{"a":[true,[],{}]}`:   {{"a": []any{true, []any{}, map[string]any{}}}},
		`{"a":{"b":#1.5e-07}}`: {{"a": map[string]any{"b": 1.5e-7}}},
	} {
		for _, variables := range all {
			if got, ok := appendMembers(nil, variables); !ok || string(got) != want {
				t.Errorf("%v is %s, %t, want %s", variables, got, ok, want)
			}
		}
	}
}

func TestWhatCannotBeToldApartIsNotWritten(t *testing.T) {
	for _, value := range []any{"\xff", []string{"a"}, struct{}{}, []any{"\xfe"}, map[string]any{"\xff": 1}} {
		if got, ok := appendMembers(nil, map[string]any{"a": value}); ok {
			t.Errorf("%v is %s", value, got)
		}
	}
}

// Two lists of variables are written alike only if they are the same.
func TestDifferentVariablesAreWrittenDifferently(t *testing.T) {
	value := rapid.Custom(func(t *rapid.T) any {
		return rapid.OneOf(
			rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(v bool) any { return v }),
			rapid.Map(rapid.StringOfN(rapid.RuneFrom([]rune(`#1,:"]}`)), 0, 4, -1), func(v string) any { return v }),
			rapid.Map(rapid.IntRange(-2, 12), func(v int) any { return int64(v) }),
		).Draw(t, "value")
	})
	list := rapid.SliceOfN(value, 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		a, b := list.Draw(t, "a"), list.Draw(t, "b")
		first, ok := appendValue(nil, a)
		second, also := appendValue(nil, b)
		one, _ := json.Marshal(a)
		two, _ := json.Marshal(b)
		if !ok || !also || bytes.Equal(first, second) != bytes.Equal(one, two) {
			t.Fatalf("%s and %s are %s and %s", one, two, first, second)
		}
	})
}
