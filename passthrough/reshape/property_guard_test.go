package reshape

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func hashOf(value []byte) uint32 {
	h := fnv.New32a()
	h.Write(value)
	return h.Sum32()
}

// pseudonym has none for some.
func pseudonym(dst, value []byte) []byte {
	hash := hashOf(value)
	if hash%5 == 0 {
		return nil
	}
	return fmt.Appendf(dst, `"p-%d"`, hash)
}

// canary stands in what is refused, and nowhere else.
const canary = "canary"

// blind replaces what a caller does not see by canaries, of the same kind and, where that is seen, of the same end.
func (t *tree) blind(s *Shape, j judged) {
	for _, e := range t.elements {
		e.blind(s, j)
	}
	for _, b := range t.members {
		below, ok := s.at(b.key)
		if !ok {
			continue
		}
		if form, refused := j.refusal(below.guards); refused {
			b.value.hide(form)
		} else {
			b.value.blind(below, j)
		}
	}
}

// hide replaces all scalars.
func (t *tree) hide(form Form) {
	for _, e := range t.elements {
		e.hide(LeaveOut)
	}
	for _, b := range t.members {
		b.value.hide(LeaveOut)
	}
	switch t.kind {
	case '0':
		t.raw = "987654321987654321"
	case '"':
		undone, _ := jsontext.AppendUnquote(nil, t.raw)
		shown := []rune(string(undone))
		if form == Mask && len(shown) >= 12 {
			quoted, _ := jsontext.AppendQuote(nil, strings.Repeat(canary, 3)+string(shown[len(shown)-4:]))
			t.raw = string(quoted)
		} else {
			t.raw = `"` + canary + `"`
		}
	}
}

// blindRecords replaces what is refused in all records.
func (r reference) blindRecords(t *tree) {
	if t.kind == '[' {
		for _, e := range t.elements {
			r.blindRecords(e)
		}
		return
	}
	j := judge(r.spec.Rules, r.with.View, t)
	if slices.ContainsFunc(r.spec.Guards, func(rule int) bool { return !j.allowed[rule] }) {
		t.hide(LeaveOut)
		return
	}
	t.blind(r.spec.Shape, j)
}

// unseen is a view that decides by the rule alone, so that a canary may take the place of an owner.
func unseen(verdicts []Verdict, owned uint8) View {
	return View{
		Verdicts:  verdicts,
		Owns:      func(rule int, _ []byte) bool { return owned>>rule&1 == 1 },
		Pseudonym: func(dst, _ []byte) []byte { return append(dst, `"somebody"`...) },
	}
}

// refusedIsUnseen checks that what is written does not depend on what is refused.
func refusedIsUnseen(t interface {
	Errorf(format string, args ...any)
}, plan *Plan, r reference, text []byte,
) {
	parsed, err := plant(text)
	if err != nil || bytes.Contains(text, []byte(canary)) || bytes.Contains(text, []byte("98765432")) {
		return
	}
	want, wrong := plan.Append(nil, text, r.with)
	r.blindRecords(parsed)
	blinded := parsed.text()
	got, err := plan.Append(nil, []byte(blinded), r.with)
	if diff := cmp.Diff(string(want), string(got)); diff != "" || !errors.Is(err, wrong) {
		t.Errorf("%s of %s and of %s differ, %v and %v:\n%s", plain(r.spec), text, blinded, wrong, err, diff)
	}
	for _, secret := range []string{canary, "98765432"} {
		if bytes.Contains(got, []byte(secret)) {
			t.Errorf("%s of %s shows %q: %s", plain(r.spec), blinded, secret, got)
		}
	}
}

func TestWhatIsRefusedIsInNoOutput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawGuardedSpec(t)
		plan, err := Compile(spec)
		if err != nil {
			return
		}
		verdicts := rapid.SliceOfN(rapid.SampledFrom([]Verdict{Ask, Ask, Ask, Ask, Allow, Refuse}), max(0, len(spec.Rules)-1), len(spec.Rules)).Draw(t, "verdicts")
		with := With{Values: drawValues(t, spec), View: unseen(verdicts, rapid.Byte().Draw(t, "owned"))}
		refusedIsUnseen(t, plan, reference{spec, with}, []byte(drawRecords(t, spec)))
	})
}

func TestARuleIsAskedOnceForARecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawGuardedSpec(t)
		plan, err := Compile(spec)
		if err != nil {
			return
		}
		with := With{Values: drawValues(t, spec), View: drawView(t, spec)}
		asked := make(map[int]int)
		with.View.Owns = func(rule int, owner []byte) bool {
			asked[rule]++
			if kind := jsontext.Value(owner).Kind(); !jsontext.Value(owner).IsValid() || kind != '"' && kind != '0' {
				t.Errorf("rule %d is asked about %s", rule, owner)
			}
			return hashOf(owner)%2 == 0
		}
		text := drawRecord(t, spec)
		if _, err := plan.Append(nil, []byte(text), with); err != nil && !errors.Is(err, ErrRefused) {
			t.Fatal(err)
		}
		for rule, times := range asked {
			if times > 1 {
				t.Errorf("rule %d is asked %d times about %s", rule, times, text)
			}
		}
	})
}
