package reshape

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// ada is the view of a caller who is called so, and 7.
func ada(verdicts ...Verdict) View {
	return View{
		Verdicts: verdicts,
		Owns:     func(_ int, owner []byte) bool { return string(owner) == `"ada"` || string(owner) == `7` },
		Pseudonym: func(dst, value []byte) []byte {
			return append(append(append(dst, `"of `...), bytes.Trim(value, `"`)...), '"')
		},
	}
}

// see runs a text through a plan, whole and in pieces.
func see(t *testing.T, spec Spec, with With, text string) (string, error) {
	t.Helper()
	plan := compiled(t, spec)
	got, err := plan.Append(nil, []byte(text), with)
	for _, src := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
		var streamed bytes.Buffer
		again := plan.Stream(&streamed, src, with, len(text))
		if (err == nil) != (again == nil) || err == nil && streamed.String() != string(got) {
			t.Errorf("%s was streamed as %s, %v, want %s, %v", text, &streamed, again, got, err)
		}
		if errors.Is(err, ErrRefused) && !spec.Strict && streamed.Len() > 0 {
			t.Errorf("%s is refused, and of it %s is shown", text, &streamed)
		}
	}
	return string(got), err
}

// ask is a rule that asks for the member user.
var ask = []Rule{{Owner: "user"}}

func TestAllRulesMustAllowAndTheFirstThatDoesNotSaysHow(t *testing.T) {
	plain := members("m n")
	m, _ := plain.At("m")
	shape, _ := plain.With("m", m.Guarded(0, Pseudonym).Guarded(1, Null))
	for _, test := range []struct {
		view View
		want string
	}{
		{ada(Allow, Allow), `{"m":"x","n":1}`},
		{ada(Refuse, Allow), `{"m":"of x","n":1}`},
		{ada(Allow, Refuse), `{"m":null,"n":1}`},
		{ada(Refuse, Refuse), `{"m":"of x","n":1}`},
	} {
		got, err := see(t, Spec{Shape: shape, Rules: make([]Rule, 2)}, With{View: test.view}, `{"m":"x","n":1}`)
		if got != test.want || err != nil {
			t.Errorf("%v: got %s, %v, want %s", test.view.Verdicts, got, err, test.want)
		}
	}
	if got, err := see(t, Spec{Shape: plain}, With{}, `{"m":"x"}`); got != `{"m":"x"}` || err != nil {
		t.Errorf("the shape changed: %s, %v", got, err)
	}
}

func TestWhatIsRefusedMustBeJSON(t *testing.T) {
	shape, _ := members("id").With("m", AnythingBut(nil).Guarded(0, LeaveOut))
	shape, _ = shape.With("n", Scalar().Guarded(0, Null))
	shape, _ = shape.With("o", Scalar().Guarded(0, Mask))
	member, record := Spec{Shape: shape, Rules: ask}, Spec{Shape: shape, Rules: ask, Guards: []int{0}}
	for _, text := range []string{
		`{"m":{"a":1,"a":2}}`, `{"m":1,"m":2}`, `{"n":[1,]}`, `{"o":"123456789012"`, `{"o":"\x"}`, `{"n":tru}`, `{"n":{"a":{}}}x`,
		`{"user":"ada","user":"bob","m":1}`, `{"user":"bob","\u0075ser":"ada","m":1}`, `{"m":1,"user":"ada","m":2}`, `{"user":"ada"`, `{"m" 1}`, `{"m":1 "user":7}`,
		`{"user":` + nested(100, ``) + `}`, `[{"user":7},{"user":"` + "\xff" + `"}]`, `[{"id":1,"id":2}]`, `{"id":1}x`,
	} {
		for _, spec := range []Spec{member, record} {
			for _, verdict := range []Verdict{Refuse, Ask} {
				got, err := see(t, spec, With{View: ada(verdict)}, text)
				if _, ok := errors.AsType[*Invalid](err); !ok {
					t.Errorf("%s became %s, %v", text, got, err)
				}
			}
		}
	}
}

func TestWhatIsGuardedMovesSo(t *testing.T) {
	shape, _ := members("id name").With("role", Scalar().Guarded(0, Null))
	shape, _ = shape.With("address", members("city street").Guarded(1, LeaveOut))
	shape, _ = shape.With("note", Object(map[string]*Shape{"of": Scalar().Guarded(2, Pseudonym)}).Guarded(3, Mask))
	spec := Spec{
		Shape: shape, Rules: make([]Rule, 4), Adds: []string{"by"},
		Moves: []Move{{"role", "access/role"}, {"address/city", "city"}, {"note/of", "note_of"}, {"name", "address/name"}, {"id", "note/key"}},
	}
	const text = `{"id":1,"name":"n","role":"r","address":{"city":"c","street":"s"},"note":{"of":"o"}}`
	for _, test := range []struct {
		view View
		want string
	}{
		{ada(Allow, Allow, Allow, Allow), `{"address":{"street":"s","name":"n"},"note":{"key":1},"access":{"role":"r"},"city":"c","note_of":"o","by":2}`},
		{ada(Refuse, Allow, Refuse, Allow), `{"address":{"street":"s","name":"n"},"note":{"key":1},"access":{"role":null},"city":"c","note_of":"of o","by":2}`},
		{ada(Allow, Refuse, Allow, Allow), `{"note":{"key":1},"access":{"role":"r"},"note_of":"o","address":{"name":"n"},"by":2}`},
		{ada(Allow, Allow, Allow, Refuse), `{"address":{"street":"s","name":"n"},"note":{"key":1},"access":{"role":"r"},"city":"c","by":2}`},
	} {
		got, err := see(t, spec, With{Values: Values{[]byte("2")}, View: test.view}, text)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%v: %v (-want +got):\n%s", test.view.Verdicts, err, diff)
		}
	}
}

func TestTheWayBackIsGuardedAsTheWayThere(t *testing.T) {
	shape, _ := members("id").With("address", Object(map[string]*Shape{"city": Scalar().Guarded(1, Mask)}).Guarded(0, LeaveOut))
	moves := []Move{{"address/city", "city"}}
	moved, err := shape.Moved(moves)
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec{Shape: moved, Moves: Back(moves), Strict: true, Rules: make([]Rule, 2)}
	for _, view := range []View{ada(Refuse, Allow), ada(Allow, Refuse)} {
		_, err := see(t, spec, With{View: view}, `{"city":"London"}`)
		if diff := cmp.Diff(error(&UnknownMember{Pointer: "/city"}), err); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	got, err := see(t, spec, With{View: ada(Allow, Allow)}, `{"city":"London"}`)
	if want := `{"address":{"city":"London"}}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestAStrictPlanKnowsNothingThatIsRefused(t *testing.T) {
	for _, form := range []Form{LeaveOut, Null, Mask, Pseudonym} {
		shape, _ := members("id user").With("m", Scalar().Guarded(0, form))
		_, err := see(t, Spec{Shape: shape, Rules: ask, Strict: true}, With{View: ada(Ask)}, `[{"user":7,"m":1},{"user":8,"m":1}]`)
		if diff := cmp.Diff(error(&UnknownMember{Pointer: "/1/m"}), err); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	spec := Spec{Shape: members("user"), Rules: ask, Guards: []int{0}, Strict: true}
	if _, err := see(t, spec, With{View: ada(Ask)}, `[{"user":7},{"user":8}]`); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v", err)
	}
}

func TestAGuardedShapeServesManyPlans(t *testing.T) {
	m := members("x")
	for rule := range 3 {
		m = m.Guarded(rule, Null)
	}
	one, other := m.Guarded(3, Null), m.Guarded(4, LeaveOut)
	shape, _ := Object(map[string]*Shape{"other": other}).With("one", one)
	rules := make([]Rule, 5)
	adds := compiled(t, Spec{Shape: shape, Rules: rules, Adds: []string{"one/by"}})
	compiled(t, Spec{Shape: shape, Rules: rules})
	with := With{Values: Values{[]byte("2")}, View: ada(Allow, Allow, Allow, Refuse, Allow)}
	got, err := adds.Append(nil, []byte(`{"one":{"x":1},"other":{"x":1}}`), with)
	if want := `{"one":{"by":2},"other":{"x":1}}`; string(got) != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestARunThatPanicsLeavesNothingToOthers(t *testing.T) {
	plan := compiled(t, Spec{Shape: Object(map[string]*Shape{"m": Scalar().Guarded(0, Pseudonym)}), Rules: []Rule{{}}})
	dst := make([]byte, 0, 100)
	func() {
		defer func() { _ = recover() }()
		_, _ = plan.Append(dst, []byte(`{"m":"ada"}`), With{View: View{Pseudonym: func([]byte, []byte) []byte { panic("no") }}})
	}()
	before := string(dst[:cap(dst)])
	for range 10 {
		var out bytes.Buffer
		if err := plan.Stream(&out, strings.NewReader(`{"m":"another"}`), With{View: ada(Allow)}, 100); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(dst[:cap(dst)]); got != before {
		t.Errorf("another run wrote %q", got)
	}
}

func TestGuardsThatCannotBeAreRefused(t *testing.T) {
	guarded, _ := members("id").With("a/m", Scalar().Guarded(1, LeaveOut))
	for name, test := range map[string]struct {
		spec Spec
		want string
	}{
		"a rule that there is not":         {Spec{Shape: guarded, Rules: ask}, `"a": "m": there is no rule 1`},
		"one below zero":                   {Spec{Shape: members("id"), Rules: ask, Guards: []int{-1}}, `there is no rule -1`},
		"one of records at a place":        {Spec{Shape: members("id"), Envelope: members(""), Records: []RecordsAt{{Pointer: "/a", Guards: []int{0}}}}, `records at "/a": there is no rule 0`},
		"one of an envelope":               {Spec{Shape: members("id"), Envelope: guarded, Records: []RecordsAt{{Pointer: "/a"}}}, `envelope: "a": "m": there is no rule 1`},
		"a record's shape that is guarded": {Spec{Shape: members("id").Guarded(0, Null), Rules: ask}, `the shape of a record or an envelope is guarded, and only members can be`},
		"an unknown form":                  {Spec{Shape: Object(map[string]*Shape{"m": Scalar().Guarded(0, 9)}), Rules: ask}, `"m": rule 0 refuses in an unknown form`},
		"a wrong path":                     {Spec{Shape: members("id"), Rules: []Rule{{}, {Owner: "a//b"}}}, `rule 1: path "a//b" has an empty name`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Compile(test.spec); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestAShapeTellsWhetherItIsGuarded(t *testing.T) {
	plain := Object(map[string]*Shape{"a": Scalar().Guarded(1, Null)})
	for name, c := range map[string]struct {
		shape           *Shape
		guarded, veiled bool
	}{
		"plain": {plain, false, false}, "left out": {plain.Guarded(0, LeaveOut), true, false},
		"masked": {plain.Guarded(0, LeaveOut).Guarded(1, Mask), true, true},
	} {
		if c.shape.IsGuarded() != c.guarded || c.shape.IsVeiled() != c.veiled {
			t.Errorf("%s: guarded %t, veiled %t", name, c.shape.IsGuarded(), c.shape.IsVeiled())
		}
		open := c.shape.Open()
		within, _ := open.At("a")
		if open.IsGuarded() || !within.IsGuarded() || c.shape.IsGuarded() != c.guarded {
			t.Errorf("%s: open, it is guarded %t, and what is in it %t", name, open.IsGuarded(), within.IsGuarded())
		}
	}
}

// Whose the members are is not asked of a record that nobody gets to see; and a guard that is one of theirs as well, once.
func TestOfARecordThatIsRefusedNothingMoreIsAsked(t *testing.T) {
	shape := Object(map[string]*Shape{"id": Scalar(), "a": Scalar().Guarded(0, LeaveOut), "b": Scalar().Guarded(1, LeaveOut), "of": Scalar()})
	plan := compiled(t, Spec{Shape: shape, Rules: []Rule{{Owner: "by"}, {Owner: "of"}}, Guards: []int{1, 1}})
	var asked []int
	view := View{Verdicts: []Verdict{Ask, Ask}, Owns: func(rule int, owner []byte) bool {
		asked = append(asked, rule)
		return string(owner) == "7"
	}}
	got, err := plan.Append(nil, []byte(`[{"id":1,"of":8,"by":7,"a":1,"b":2},{"id":2,"of":7,"by":8,"a":3,"b":4}]`), With{View: view})
	if want := `[{"id":2,"of":7,"b":4}]`; string(got) != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if diff := cmp.Diff([]int{1, 1, 0}, asked); diff != "" {
		t.Error(diff)
	}
}
