package reshape

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestARuleAllowsRefusesOrAsks(t *testing.T) {
	shape, _ := members("id").With("m", Scalar().Guarded(0, LeaveOut))
	const shown, refused = `{"id":1,"m":2}`, `{"id":1}`
	for name, test := range map[string]struct {
		view  View
		owner string
		want  string
	}{
		"the zero view refuses":             {View{}, `"user":"ada",`, refused},
		"refused":                           {ada(Refuse), `"user":"ada",`, refused},
		"allowed":                           {ada(Allow), ``, shown},
		"the owner's":                       {ada(Ask), `"user":"ada",`, shown},
		"the owner's, by a number":          {ada(Ask), `"user":7,`, shown},
		"the owner's, by an escaped name":   {ada(Ask), `"\u0075ser":"ada",`, shown},
		"another's":                         {ada(Ask), `"user":"bob",`, refused},
		"nobody's":                          {ada(Ask), ``, refused},
		"null's":                            {ada(Ask), `"user":null,`, refused},
		"true's":                            {ada(Ask), `"user":true,`, refused},
		"of an array of owners":             {ada(Ask), `"user":["ada"],`, refused},
		"of an object":                      {ada(Ask), `"user":{"user":"ada"},`, refused},
		"of one deeper down":                {ada(Ask), `"x":{"user":"ada"},"y":["user","ada"],`, refused},
		"no way to ask":                     {View{Verdicts: []Verdict{Ask}}, `"user":"ada",`, refused},
		"a verdict that is none":            {ada(3), `"user":"ada",`, refused},
		"verdicts on rules that are not it": {ada(Refuse, Allow, Ask), `"user":"ada",`, refused},
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range []string{`{` + test.owner + `"id":1,"m":2}`, strings.TrimSuffix(`{"id":1,"m":2,`+test.owner, ",") + `}`} {
				got, err := see(t, Spec{Shape: shape, Rules: ask}, With{View: test.view}, text)
				if got != test.want || err != nil {
					t.Errorf("%s became %s, %v, want %s", text, got, err, test.want)
				}
			}
		})
	}
}

func TestAnOwnerStandsAtAPath(t *testing.T) {
	shape, _ := members("id").With("m", Scalar().Guarded(0, Null).Guarded(1, LeaveOut))
	rules := []Rule{{Owner: "of/a~1b"}, {Owner: "of"}}
	for text, want := range map[string]string{
		`{"m":1,"of":{"x":[{"a/b":"bob"}],"a/b":"ada"}}`: `{}`, // the second is no scalar
		`{"m":1,"of":{"a/b":"bob"}}`:                     `{"m":null}`,
		`{"m":1,"of":"ada"}`:                             `{"m":null}`,
		`{"m":1,"of":[{"a/b":"ada"}]}`:                   `{"m":null}`,
		`{"a/b":"ada","m":1}`:                            `{"m":null}`,
	} {
		got, err := see(t, Spec{Shape: shape, Rules: rules}, With{View: ada(Ask, Ask)}, text)
		if got != want || err != nil {
			t.Errorf("%s became %s, %v, want %s", text, got, err, want)
		}
	}
	got, err := see(t, Spec{Shape: shape, Rules: rules}, With{View: ada(Ask, Allow)}, `{"m":1,"of":{"a\/b":"ada"}}`)
	if want := `{"m":1}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestRulesOfTheSameOwnerReadItOnceAndAreAskedApart(t *testing.T) {
	shape, _ := members("id").With("m", Scalar().Guarded(0, LeaveOut).Guarded(2, LeaveOut).Guarded(3, LeaveOut))
	shape, _ = shape.With("n", Scalar().Guarded(0, LeaveOut))
	var asked []int
	view := View{Verdicts: []Verdict{Ask, Ask, Ask, Allow}, Owns: func(rule int, _ []byte) bool {
		asked = append(asked, rule)
		return true
	}}
	rules := []Rule{{Owner: "user"}, {Owner: "user"}, {Owner: "user"}, {Owner: "user"}}
	got, err := compiled(t, Spec{Shape: shape, Rules: rules}).Append(nil, []byte(`{"m":1,"n":2,"user":7}`), With{View: view})
	if want := `{"m":1,"n":2}`; string(got) != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if diff := cmp.Diff([]int{0, 2}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestARecordIsHeldNoFurtherThanToItsOwner(t *testing.T) {
	shape, _ := members("id").With("m", Scalar().Guarded(0, LeaveOut))
	envelope := Spec{Shape: shape, Envelope: members("x"), Records: []RecordsAt{{Pointer: "/items"}}, Rules: ask}
	asked := 0
	p := &pipe{parts: []string{`{"x":1,"items":[{"m":1,`, `"user":7,`, `"id":2}`, `]}`}}
	view := View{Verdicts: []Verdict{Ask}, Owns: func(int, []byte) bool {
		asked = len(p.seen)
		return true
	}}
	if err := compiled(t, envelope).Stream(&p.dst, p, With{View: view}, 100); err != nil {
		t.Fatal(err)
	}
	want := []string{``, `{"x":1,"items":[`, `{"x":1,"items":[`, `{"x":1,"items":[{"m":1,"id":2}`, `{"x":1,"items":[{"m":1,"id":2}]}`}
	if diff := cmp.Diff(want, p.seen); diff != "" || asked != 2 {
		t.Errorf("asked after %d reads (-want +got):\n%s", asked, diff)
	}
}

func TestAnOwnerIsFoundHoweverItsBytesCome(t *testing.T) {
	shape, _ := members("id").With("m", Scalar().Guarded(0, LeaveOut))
	plan := compiled(t, Spec{Shape: shape, Rules: ask})
	const text, want = `[{"m":1,"user":"ada"},{"x":[{"user":8}],"\u0075ser":7,"m":2}]`, `[{"m":1},{"m":2}]`
	for i := range len(text) {
		for j := range i {
			p := &pipe{parts: []string{text[:j+1], text[j+1 : i+1], text[i+1:] + " "}}
			if err := plan.Stream(&p.dst, p, With{View: ada(Ask)}, 100); err != nil || p.dst.String() != want {
				t.Errorf("cut after %d and %d it became %s, %v", j, i, &p.dst, err)
			}
		}
	}
}

func TestARecordThatIsSearchedIsLimitedToo(t *testing.T) {
	shape, _ := members("id").With("m", Scalar().Guarded(0, LeaveOut))
	for text, want := range map[string]error{
		`[{"m":1,"user":7},{"m":2,"user":7}]`:                      nil,
		`{"m":12,"user":7}`:                                        ErrTooLarge,
		`{"m":1,"x":[0],"user":7}`:                                 ErrTooLarge,
		`[{"m":1,"user":7},{"user":7,"m":123}]`:                    ErrTooLarge,
		`{"x":"` + strings.Repeat("x", 20<<10) + `","user":7}`:     ErrTooLarge,
		`     {"m":1,"user":7}` + strings.Repeat(" ", 9<<10) + ` `: nil,
	} {
		for _, guards := range [][]int{nil, {0}} {
			plan := compiled(t, Spec{Shape: shape, Rules: ask, Guards: guards})
			for _, src := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
				if err := plan.Stream(io.Discard, src, With{View: ada(Ask)}, 16); !errors.Is(err, want) {
					t.Errorf("%.40s: got %v, want %v", text, err, want)
				}
			}
		}
	}
}

func TestALongRecordIsHeldUntilItsOwnerComes(t *testing.T) {
	shape, _ := members("id x").With("m", Scalar().Guarded(0, LeaveOut))
	filler := strings.Repeat("long ", 9000)
	text := `{"m":1,"x":"` + filler + `","user":7}`
	text = "[" + text + "," + text + "]"
	want := `{"m":1,"x":"` + filler + `"}`
	got, err := see(t, Spec{Shape: shape, Rules: ask}, With{View: ada(Ask)}, text)
	if got != "["+want+","+want+"]" || err != nil {
		t.Errorf("got %.100s, %v", got, err)
	}
}
