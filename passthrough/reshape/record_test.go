package reshape

import (
	"errors"
	"testing"
)

func TestARefusedRecordIsNotShown(t *testing.T) {
	one := Spec{Shape: members("id"), Rules: ask, Guards: []int{0}}
	anything := Spec{Shape: AnythingBut(nil), Rules: ask, Guards: []int{0}}
	enveloped := Spec{
		Shape: members("id"), Envelope: members("n"), Rules: []Rule{{Owner: "user"}, {}, {Owner: "id"}}, Guards: []int{0},
		Records: []RecordsAt{{Pointer: "/a"}, {Pointer: "/b/c", Guards: []int{1}}},
	}
	for name, test := range map[string]struct {
		spec Spec
		view View
		text string
		want string
		err  error
	}{
		"left out of its array":            {one, ada(Ask), `[{"id":1},{"id":2,"user":"ada"},{"id":3},{"user":7,"id":4},{"id":5}]`, `[{"id":2},{"id":4}]`, nil},
		"left out of arrays in arrays":     {one, ada(Ask), `[[{"id":1}],[{"id":2,"user":7},{"id":3}]]`, `[[],[{"id":2}]]`, nil},
		"all of them":                      {one, ada(Refuse), `[{"id":1,"user":7},null,{"id":2}]`, `[]`, nil},
		"alone":                            {one, ada(Ask), ` {"id":1,"user":"bob"} `, ``, ErrRefused},
		"alone and the owner's":            {one, ada(Ask), `{"id":1,"user":"ada"}`, `{"id":1}`, nil},
		"null, alone":                      {one, ada(Ask), `null`, ``, ErrRefused},
		"null, allowed":                    {one, ada(Allow), `null`, `null`, nil},
		"a text, which is no record":       {one, ada(Refuse), `"secret"`, `null`, nil},
		"a text, which is one":             {anything, ada(Ask), `["ada",7,{"user":7}]`, `[{"user":7}]`, nil},
		"a text, which is one and allowed": {anything, ada(Allow), `["ada",7]`, `["ada",7]`, nil},
		"null at a member":                 {enveloped, ada(Ask), `{"n":1,"a":{"id":1},"n2":2}`, `{"n":1,"a":null}`, nil},
		"in an array at a member":          {enveloped, ada(Ask), `{"a":[{"id":1},{"id":2,"user":7}],"n":1}`, `{"a":[{"id":2}],"n":1}`, nil},
		"by the place's own guards":        {enveloped, ada(Ask, Refuse), `{"a":{"id":1,"user":7},"b":{"c":[{"id":2,"user":7}]}}`, `{"a":{"id":1},"b":{"c":[]}}`, nil},
		"by all guards of a place":         {enveloped, ada(Ask, Allow), `{"b":[{"c":{"id":2,"user":7}},{"c":{"id":3}}]}`, `{"b":[{"c":{"id":2}},{"c":null}]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := see(t, test.spec, With{View: test.view}, test.text)
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("%s became %s, %v, want %s, %v", test.text, got, err, test.want, test.err)
			}
		})
	}
}

func TestPartsOfAnEnvelopeAreGuardedAndOwnedByNobody(t *testing.T) {
	envelope, _ := members("total").With("sum", Scalar().Guarded(0, Null))
	envelope, _ = envelope.With("items", Scalar().Guarded(1, Null))
	spec := Spec{
		Shape: members("id user"), Envelope: envelope, Records: []RecordsAt{{Pointer: "/items"}},
		Rules: []Rule{{Owner: "user"}, {}}, Adds: []string{"by"},
	}
	const text = `{"user":"ada","items":[{"id":1,"user":"ada"}],"sum":3,"total":1}`
	for _, test := range []struct {
		view View
		want string
	}{
		{ada(Allow, Allow), `{"items":[{"id":1,"user":"ada","by":2}],"sum":3,"total":1}`},
		{ada(Ask, Allow), `{"items":[{"id":1,"user":"ada","by":2}],"sum":null,"total":1}`},
		{ada(Allow, Refuse), `{"items":null,"sum":3,"total":1}`},
	} {
		got, err := see(t, spec, With{Values: Values{[]byte("2")}, View: test.view}, text)
		if got != test.want || err != nil {
			t.Errorf("%v: got %s, %v, want %s", test.view.Verdicts, got, err, test.want)
		}
	}
}

func TestWhatWasDecidedForARecordHoldsForNoOther(t *testing.T) {
	shape, _ := members("id").With("m", Scalar().Guarded(0, LeaveOut))
	envelope, _ := members("").With("after", Scalar().Guarded(0, LeaveOut))
	spec := Spec{Shape: shape, Envelope: envelope, Records: []RecordsAt{{Pointer: "/items"}}, Rules: ask}
	got, err := see(t, spec, With{View: ada(Ask)}, `{"items":[{"user":7,"m":1},{"m":2},{"m":3,"user":7},{"user":8,"m":4},null,{"m":5,"user":"ada"}],"after":6}`)
	if want := `{"items":[{"m":1},{},{"m":3},{},null,{"m":5}]}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
