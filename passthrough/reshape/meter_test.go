package reshape

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// meters keeps which meters were asked, and says no where it is told to.
type meters struct {
	asked   []int
	refuses func(meter, time int) bool
}

func (m *meters) ask(meter int) bool {
	m.asked = append(m.asked, meter)
	return m.refuses == nil || !m.refuses(meter, len(m.asked)-1)
}

// metered is members of which some are counted: "a:0 b c:1".
func metered(text string) *Shape {
	members := make(map[string]*Shape)
	for each := range strings.FieldsSeq(text) {
		name, meter, is := strings.Cut(each, ":")
		members[name] = Scalar()
		if is {
			members[name] = Scalar().Metered(int(meter[0] - '0'))
		}
	}
	return Object(members)
}

func TestAMeterIsAskedOnceForARecordThatWouldShowWhatItCounts(t *testing.T) {
	never := func(int, int) bool { return true }
	after := func(times int) func(int, int) bool { return func(_, time int) bool { return time >= times } }
	guarded, _ := metered("a").With("b", Scalar().Guarded(0, Mask).Metered(0))
	parts, _ := metered("id").With("items", metered("b:0 c:0 d").Metered(1))
	for name, c := range map[string]struct {
		spec    Spec
		text    string
		refuses func(int, int) bool
		want    string
		asked   []int
	}{
		"granted":               {Spec{Shape: metered("a b:0")}, `{"a":1,"b":2}`, nil, `{"a":1,"b":2}`, []int{0}},
		"refused":               {Spec{Shape: metered("a b:0")}, `{"a":1,"b":2}`, never, `{"a":1}`, []int{0}},
		"refused first":         {Spec{Shape: metered("a b:0")}, `{"b":2,"a":1}`, never, `{"a":1}`, []int{0}},
		"null counts":           {Spec{Shape: metered("b:0")}, `{"b":null}`, nil, `{"b":null}`, []int{0}},
		"what is not there":     {Spec{Shape: metered("a b:0")}, `[{"a":1},{}]`, nil, `[{"a":1},{}]`, nil},
		"of another kind":       {Spec{Shape: metered("b:0")}, `{"b":{"c":1}}`, nil, `{}`, nil},
		"no record":             {Spec{Shape: metered("b:0")}, `[null,1,"b"]`, nil, `[null]`, nil},
		"of two members":        {Spec{Shape: metered("a b:0 c:0")}, `[{"b":1,"a":2,"c":3},{"c":4}]`, nil, `[{"b":1,"a":2,"c":3},{"c":4}]`, []int{0, 0}},
		"two meters":            {Spec{Shape: metered("b:0 c:2")}, `[{"c":1,"b":2},{"b":3}]`, nil, `[{"c":1,"b":2},{"b":3}]`, []int{2, 0, 0}},
		"the first of a list":   {Spec{Shape: metered("a b:0")}, `[{"b":1,"a":1},[{"b":2}],{"a":3,"b":3}]`, after(1), `[{"b":1,"a":1},[{}],{"a":3}]`, []int{0, 0, 0}},
		"what is dropped":       {Spec{Shape: metered("a b:0"), Drops: []string{"b"}}, `{"a":1,"b":2}`, nil, `{"a":1}`, nil},
		"what is replaced":      {Spec{Shape: metered("a b:0"), Adds: []string{"b"}}, `{"a":1,"b":2}`, nil, `{"a":1,"b":"new"}`, nil},
		"what moves":            {Spec{Shape: metered("a b:0"), Moves: []Move{{"b", "c/b"}}}, `{"b":2,"a":1}`, nil, `{"a":1,"c":{"b":2}}`, []int{0}},
		"what would move":       {Spec{Shape: metered("a b:0"), Moves: []Move{{"b", "c/b"}}}, `{"b":2,"a":1}`, never, `{"a":1}`, []int{0}},
		"what moves nowhere":    {Spec{Shape: parts, Moves: []Move{{"items/b", "b"}}}, `{"items":[{"b":1}]}`, nil, `{"items":[{}]}`, []int{1}},
		"what is within":        {Spec{Shape: parts}, `{"items":[{"b":1,"d":2},{"c":3}]}`, nil, `{"items":[{"b":1,"d":2},{"c":3}]}`, []int{1, 0}},
		"what would be":         {Spec{Shape: parts}, `{"id":1,"items":[{"b":1,"d":2},{"c":3}]}`, after(1), `{"id":1,"items":[{"d":2},{}]}`, []int{1, 0}},
		"all of it":             {Spec{Shape: parts}, `{"id":1,"items":[{"b":1}]}`, never, `{"id":1}`, []int{1}},
		"what a rule masks":     {Spec{Shape: guarded, Rules: make([]Rule, 1)}, `{"a":1,"b":"0123456789abcdef"}`, nil, `{"a":1,"b":"••••cdef"}`, nil},
		"a record that is not":  {Spec{Shape: metered("b:0"), Rules: make([]Rule, 1), Guards: []int{0}}, `[{"b":1}]`, nil, `[]`, nil},
		"outside of records":    {Spec{Envelope: metered("x b:0"), Records: []RecordsAt{{Pointer: "/all", Shape: metered("a:1")}}}, `{"x":1,"b":2,"all":[{"a":3}]}`, nil, `{"x":1,"all":[{"a":3}]}`, []int{1}},
		"escaped":               {Spec{Shape: metered("a b:0")}, `{"\u0062":1}`, never, `{}`, []int{0}},
		"anything":              {Spec{Shape: Object(map[string]*Shape{"b": AnythingBut(nil).Metered(0)})}, `{"b":{"c":[1]}}`, nil, `{"b":{"c":[1]}}`, []int{0}},
		"in the place of a sum": {Spec{Shape: Object(map[string]*Shape{"b": Last(1).Metered(0)})}, `{"b":"1234"}`, never, `{}`, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			c.spec.Meters = 3
			for _, pieces := range []bool{false, true} {
				m := &meters{refuses: c.refuses}
				with := With{View: View{Verdicts: []Verdict{Refuse}, Meter: m.ask}, Values: Values{[]byte(`"new"`)}}
				var got bytes.Buffer
				src := strings.NewReader(c.text)
				plan := compiled(t, c.spec)
				err := plan.Stream(&got, src, with, 1000)
				if pieces {
					m.asked = nil
					got.Reset()
					err = plan.Stream(&got, iotest.OneByteReader(strings.NewReader(c.text)), with, 1000)
				}
				if diff := cmp.Diff(c.want, got.String()); diff != "" || err != nil {
					t.Error(err, diff)
				}
				if diff := cmp.Diff(c.asked, m.asked); diff != "" {
					t.Errorf("asked: %s", diff)
				}
			}
		})
	}
}

func TestWithoutAMeterNothingThatIsCountedIsShown(t *testing.T) {
	got, err := see(t, Spec{Shape: metered("a b:0"), Meters: 1}, With{}, `{"a":1,"b":2}`)
	if got != `{"a":1}` || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestMetersThatMakeNoSenseAreRefused(t *testing.T) {
	for name, spec := range map[string]Spec{
		"there is no meter 1":               {Shape: metered("a:1"), Meters: 1},
		"there is no meter 0":               {Shape: metered("a:0")},
		"a strict plan counts nothing":      {Shape: metered("a:0"), Meters: 1, Strict: true},
		"only members can be":               {Shape: metered("a").Metered(0), Meters: 1},
		"envelope":                          {Envelope: metered("a:1"), Records: []RecordsAt{{Pointer: "/b", Shape: metered("c")}}},
		`records at "/b": "a": there is no`: {Envelope: metered("a"), Records: []RecordsAt{{Pointer: "/b", Shape: metered("a:3")}}, Meters: 3},
	} {
		if _, err := Compile(spec); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
}

func TestAPlanKnowsItsMeters(t *testing.T) {
	shape, _ := metered("a:2 b").With("c", metered("d:0 e:2").Metered(1))
	if diff := cmp.Diff([]int{0, 1, 2}, compiled(t, Spec{Shape: shape, Meters: 4}).Meters()); diff != "" {
		t.Error(diff)
	}
	c, _ := shape.At("c")
	if meter, is := c.IsMetered(); meter != 1 || !is {
		t.Errorf("the meter of a member is %d, %t", meter, is)
	}
	if _, is := c.Open().IsMetered(); is {
		t.Error("what is open is counted")
	}
}

func TestRecordsThatAreShownAreCounted(t *testing.T) {
	one := Spec{Shape: metered("a"), Rules: ask, Guards: []int{0}}
	two := Spec{Rules: ask, Envelope: metered("n"), Records: []RecordsAt{
		{Pointer: "/all", Shape: metered("a")}, {Pointer: "/own", Shape: metered("a"), Guards: []int{0}},
	}}
	const mine, hers = `{"user":"ada","a":1}`, `{"user":"bob","a":1}`
	for text, c := range map[string]struct {
		spec Spec
		want []int
	}{
		mine:                               {one, []int{1, 0}},
		`[` + mine + `,` + hers + `,null]`: {one, []int{1, 0}},
		`[[` + mine + `],{"a":1},` + mine + `,"x"]`:                    {one, []int{2, 0}},
		`{"own":` + hers + `,"all":[` + mine + `,` + hers + `],"n":1}`: {two, []int{2, 0}},
		`{"own":[` + mine + `,` + mine + `],"all":null}`:               {two, []int{0, 2}},
		`{"n":1}`: {two, []int{0, 0}},
	} {
		shown := make([]int, 2)
		if _, err := compiled(t, c.spec).Append(nil, []byte(text), With{View: ada(Ask), Shown: shown}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(c.want, shown); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// drawMetered counts some members of a shape: beside the copy that is counted, one in which rules of the same numbers, further
// up, guard the same members.
func drawMetered(t *rapid.T, s *Shape, most, rules int) (counted, guarded *Shape) {
	if len(s.members) == 0 {
		return s, s
	}
	c, g := *s, *s
	c.members, g.members = make(map[string]*Shape), make(map[string]*Shape)
	for _, name := range letters {
		below, ok := s.members[name]
		if !ok {
			continue
		}
		c.members[name], g.members[name] = drawMetered(t, below, most, rules)
		if meter := rapid.IntRange(-1, most-1).Draw(t, "meter of "+name); meter >= 0 {
			c.members[name], g.members[name] = c.members[name].Metered(meter), g.members[name].Guarded(rules+meter, LeaveOut)
		}
	}
	return &c, &g
}

const mostMeters = 3

// Of each record, what a meter refuses is as if a rule refused it; and each meter is asked once at most.
func TestWhatAMeterRefusesIsInNoOutput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawGuardedSpec(t)
		counted, guarded := spec, spec
		counted.Shape, guarded.Shape = drawMetered(t, spec.Shape, mostMeters, len(spec.Rules))
		counted.Meters = mostMeters
		guarded.Rules = slices.Concat(spec.Rules, make([]Rule, mostMeters))
		plan, err := Compile(counted)
		reference, again := Compile(guarded)
		if (err == nil) != (again == nil) {
			t.Fatalf("%v, and of rules %v", err, again)
		}
		if err != nil {
			return
		}
		text := []byte(drawRecord(t, spec))
		says := rapid.SliceOfN(rapid.Bool(), mostMeters, mostMeters).Draw(t, "meters")
		with := With{Values: drawValues(t, spec), View: drawView(t, spec)}
		asked := make([]int, mostMeters)
		with.View.Meter = func(meter int) bool { asked[meter]++; return says[meter] }
		got, err := plan.Append(nil, text, with)

		verdicts := slices.Concat(with.View.Verdicts, make([]Verdict, len(spec.Rules)))[:len(spec.Rules)]
		for _, granted := range says {
			verdicts = append(verdicts, map[bool]Verdict{true: Allow, false: Refuse}[granted])
		}
		with.View.Verdicts = verdicts
		want, wrong := reference.Append(nil, text, with)
		if diff := cmp.Diff(string(want), string(got)); diff != "" || fmt.Sprint(err) != fmt.Sprint(wrong) {
			t.Errorf("of %s: %v and %v: %s", text, err, wrong, diff)
		}
		if slices.Max(asked) > 1 {
			t.Errorf("meters are asked %v times about %s", asked, text)
		}
	})
}

// A meter that grants everything changes nothing. One that grants some, in a stream as in a whole text, is asked in the same order.
func TestMetersAreAskedInTheOrderOfTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawGuardedSpec(t)
		counted := spec
		counted.Shape, _ = drawMetered(t, spec.Shape, mostMeters, len(spec.Rules))
		counted.Meters = mostMeters
		plan, err := Compile(counted)
		plain, again := Compile(spec)
		if err != nil || again != nil {
			return
		}
		text := drawRecords(t, spec)
		with := With{Values: drawValues(t, spec), View: drawView(t, spec)}
		want, wrong := plain.Append(nil, []byte(text), with)
		granting := new(meters)
		with.View.Meter = granting.ask
		if got, err := plan.Append(nil, []byte(text), with); !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wrong) {
			t.Errorf("of %s became %s, %v, want %s, %v", text, got, err, want, wrong)
		}

		salt := rapid.IntRange(1, 5).Draw(t, "of how many one is refused")
		refuses := func(meter, time int) bool { return (meter+time)%salt == 0 }
		whole, pieces := &meters{refuses: refuses}, &meters{refuses: refuses}
		with.View.Meter = whole.ask
		want, wrong = plan.Append(nil, []byte(text), with)
		with.View.Meter = pieces.ask
		var got bytes.Buffer
		src := &pieceReader{text: text, size: rapid.IntRange(1, 9).Draw(t, "size of pieces")}
		err = plan.Stream(&got, src, with, len(text))
		if err == nil && got.String() != string(want) || fmt.Sprint(err) != fmt.Sprint(wrong) {
			t.Errorf("of %s became %s, %v, want %s, %v", text, &got, err, want, wrong)
		}
		if diff := cmp.Diff(whole.asked, pieces.asked); diff != "" {
			t.Errorf("of %s: %s", text, diff)
		}
	})
}

// pieceReader reads a text in pieces.
type pieceReader struct {
	text string
	size int
}

func (r *pieceReader) Read(p []byte) (int, error) {
	n, err := strings.NewReader(r.text).Read(p[:min(r.size, len(p))])
	r.text = r.text[n:]
	return n, err
}

// meteredPlan counts two members of users, and their addresses by another meter.
func meteredPlan(tb testing.TB) *Plan {
	tb.Helper()
	shape := userShape()
	for name, meter := range map[string]int{"email": 0, "phone": 0, "address": 1} {
		below, _ := shape.At(name)
		shape, _ = shape.With(name, below.Metered(meter))
	}
	return compiled(tb, Spec{Shape: shape, Moves: []Move{{From: "username", To: "user_name"}}, Meters: 2})
}

func BenchmarkMeteredGranted(b *testing.B) {
	guardedStream(b, meteredPlan(b), owned(true), With{View: View{Meter: func(int) bool { return true }}})
}

func BenchmarkMeteredRefused(b *testing.B) {
	guardedStream(b, meteredPlan(b), owned(true), With{View: View{Meter: func(int) bool { return false }}})
}

func TestMetersAllocateNothing(t *testing.T) {
	plan, text := meteredPlan(t), []byte(list(owned(true)))
	asked := 0
	with := With{View: View{Meter: func(int) bool { asked++; return asked%3 > 0 }}, Shown: make([]int, 1)}
	r := plan.run(with)
	if allocations := testing.AllocsPerRun(20, func() {
		r.from(nil, text, len(text))
		r.out = r.out[:0]
		if err := r.whole(); err != nil {
			t.Fatal(err)
		}
	}); allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}
