package reshape

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var letters = []string{"a", "b", "c", "d", "e"}

func drawShape(t *rapid.T, depth int) *Shape {
	switch kind := rapid.IntRange(0, 9).Draw(t, "kind of shape"); {
	case kind <= 2 || depth == 0 && kind < 8:
		return Scalar()
	case kind == 3:
		return Last(rapid.IntRange(1, 4).Draw(t, "last"))
	case kind >= 8:
		s := AnythingBut(map[string]bool{"e": true})
		if depth > 0 && kind == 9 {
			s, _ = s.With(rapid.SampledFrom(letters[:4]).Draw(t, "explicit"), drawShape(t, depth-1))
		}
		return s
	default:
		members := make(map[string]*Shape)
		for _, name := range letters {
			if rapid.IntRange(0, 3).Draw(t, "has "+name) > 0 {
				members[name] = drawShape(t, depth-1)
			}
		}
		return Object(members)
	}
}

// drawKnown draws a path that the shape lets through, most times.
func drawKnown(t *rapid.T, s *Shape) string {
	var path []string
	for range rapid.IntRange(1, 3).Draw(t, "depth") {
		names := letters[:4]
		if s.kind == object {
			names = slices.Sorted(maps.Keys(s.members))
		}
		if len(names) == 0 || !(&node{kind: s.kind}).holds() {
			break
		}
		name := rapid.SampledFrom(names).Draw(t, "name")
		path = append(path, name)
		s, _ = s.at(name)
	}
	if len(path) == 0 {
		return "a"
	}
	return strings.Join(path, "/")
}

// drawPlace draws a path to put something at: beside something, within, or anywhere.
func drawPlace(t *rapid.T, s *Shape) string {
	name := rapid.SampledFrom([]string{"x", "y", "z", "x/y", "x/z", "a", "b", "c"}).Draw(t, "place")
	switch rapid.IntRange(0, 3).Draw(t, "where") {
	case 0:
		parent, _ := cutLast(drawKnown(t, s))
		return strings.TrimPrefix(parent+"/"+name, "/")
	case 1:
		return drawKnown(t, s) + "/" + name
	case 2:
		return drawKnown(t, s)
	default:
		return name
	}
}

func drawSpec(t *rapid.T) Spec {
	spec := Spec{Shape: drawShape(t, 3), Rules: drawRules(t)}
	spec.Shape = drawGuarded(t, spec.Shape, len(spec.Rules))
	spec.Guards = drawGuards(t, len(spec.Rules))
	for range rapid.IntRange(0, 4).Draw(t, "moves") {
		spec.Moves = append(spec.Moves, Move{From: drawKnown(t, spec.Shape), To: drawPlace(t, spec.Shape)})
	}
	for range rapid.IntRange(-2, 2).Draw(t, "drops") {
		spec.Drops = append(spec.Drops, drawKnown(t, spec.Shape))
	}
	for range rapid.IntRange(0, 2).Draw(t, "adds") {
		spec.Adds = append(spec.Adds, drawPlace(t, spec.Shape))
	}
	return spec
}

func drawValues(t *rapid.T, spec Spec) Values {
	values := make(Values, len(spec.Adds))
	for i := range values {
		if rapid.Bool().Draw(t, "given") {
			values[i] = fmt.Appendf(nil, `"added %d"`, i)
		}
	}
	return values
}

func drawBlank(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "", " ", "\n\t"}).Draw(t, "blank")
}

// drawText draws a value as it may be written.
func drawText(t *rapid.T, depth int) string {
	return drawBlank(t) + drawValue(t, depth) + drawBlank(t)
}

func drawValue(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 12).Draw(t, "kind of value")
	if depth > 0 && kind >= 4 {
		var parts []string
		if kind >= 11 {
			for range rapid.IntRange(0, 3).Draw(t, "elements") {
				parts = append(parts, drawText(t, depth-1))
			}
			return "[" + strings.Join(parts, ",") + drawBlank(t) + "]"
		}
		for _, name := range rapid.Permutation(letters).Draw(t, "order")[:rapid.IntRange(0, 5).Draw(t, "members")] {
			if rapid.IntRange(0, 5).Draw(t, "escaped") == 0 {
				name = fmt.Sprintf(`\u%04x`, name[0])
			}
			parts = append(parts, drawBlank(t)+`"`+name+`"`+drawBlank(t)+":"+drawText(t, depth-1))
		}
		return "{" + strings.Join(parts, ",") + drawBlank(t) + "}"
	}
	return rapid.SampledFrom([]string{
		"null", "null", "true", "false", "0", "-0.0", "1e400", "12345678901234567890123", `""`, `"te\"xt"`, `"\ud83d\ude00"`,
		`"4111 1111 1111 1234"`, `"\u0034111111111111235"`, "4111111111111236", `"é"`,
	}).Draw(t, "scalar")
}

func TestWhatIsWrittenIsWhatTheReferenceMakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		if rapid.Bool().Draw(t, "much is guarded") {
			spec = drawGuardedSpec(t)
		}
		plan, err := Compile(spec)
		if err != nil {
			return
		}
		with := With{Values: drawValues(t, spec), View: drawView(t, spec)}
		text := drawRecords(t, spec)
		want, wrong := reference{spec, with}.rewrite([]byte(text))
		if wrong != nil && !errors.Is(wrong, ErrRefused) {
			t.Fatalf("the text %s is wrong: %v", text, wrong)
		}
		got, err := plan.Append([]byte("before "), []byte(text), with)
		if diff := cmp.Diff("before "+want, string(got)); diff != "" || !errors.Is(err, wrong) {
			t.Errorf("%s of %s became, %v, (-want +got):\n%s", plain(spec), text, err, diff)
		}
		var streamed bytes.Buffer
		err = plan.Stream(&streamed, iotest.OneByteReader(strings.NewReader(text)), with, len(text))
		if diff := cmp.Diff(want, streamed.String()); diff != "" || !errors.Is(err, wrong) {
			t.Errorf("%s of %s was streamed as, %v, (-want +got):\n%s", plain(spec), text, err, diff)
		}
		if wrong != nil {
			return
		}
		if _, err := plant([]byte(want)); err != nil {
			t.Errorf("%s of %s gives %s: %v", plain(spec), text, want, err)
		}
	})
}

// plain shows a spec in failures.
func plain(s Spec) string {
	return fmt.Sprintf("shape %s, moves %v, drops %v, adds %v, rules %v, guards %v", s.Shape.plain(), s.Moves, s.Drops, s.Adds, s.Rules, s.Guards)
}

func (s *Shape) plain() string {
	words := []string{[]string{"scalar", "last", "blanked", "object", "anything"}[s.kind]}
	for _, g := range s.guards {
		words = append(words, fmt.Sprintf("guarded by %d as %d", g.rule, g.form))
	}
	for name, below := range s.members {
		words = append(words, name+"("+below.plain()+")")
	}
	return strings.Join(words, " ")
}

func TestAStrictPlanTakesWhatOneWithoutLeavesAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := Spec{Shape: drawShape(t, 3)}
		text := drawText(t, 4)
		parsed, err := plant([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		lenient, err := compiledIn(t, spec).Append(nil, []byte(text), With{})
		if err != nil {
			t.Fatal(err)
		}
		spec.Strict = true
		strict, err := compiledIn(t, spec).Append(nil, []byte(text), With{})
		var unknown *UnknownMember
		switch {
		case err == nil && !bytes.Equal(lenient, strict):
			t.Errorf("%s became %s and %s", text, lenient, strict)
		case err != nil && !errors.As(err, &unknown):
			t.Errorf("%s: %v", text, err)
		case err != nil && string(lenient) == parsed.text() && string(lenient) != "null":
			t.Errorf("%s goes through and is refused: %v", text, err)
		}
	})
}

func TestWhatWasMovedMovesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := Spec{Shape: drawShape(t, 2), Moves: drawSpec(t).Moves}
		if strings.Contains(spec.Shape.plain(), "last") {
			return // it shows less the second time
		}
		there, err := Compile(spec)
		if err != nil {
			return
		}
		moved, err := spec.Shape.Moved(spec.Moves)
		if err != nil {
			t.Fatalf("%s: %v", plain(spec), err)
		}
		back, err := Compile(Spec{Shape: moved, Moves: Back(spec.Moves)})
		if err != nil {
			return // such as into the place of what is there already, where anything goes through
		}
		text := drawText(t, 3)
		once, err := there.Append(nil, []byte(text), With{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := back.Append(nil, once, With{})
		if err != nil {
			t.Fatal(err)
		}
		twice, err := there.Append(nil, again, With{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sorted(once), sorted(twice)); diff != "" {
			t.Errorf("%s of %s became %s, went back as %s and came again as %s", plain(spec), text, once, again, twice)
		}
	})
}

func compiledIn(t *rapid.T, spec Spec) *Plan {
	plan, err := Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func sorted(text []byte) string {
	value := jsontext.Value(bytes.Clone(text))
	if err := value.Format(jsontext.ReorderRawObjects(true)); err != nil {
		return err.Error()
	}
	return string(value)
}
