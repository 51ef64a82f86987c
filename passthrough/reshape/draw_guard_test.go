package reshape

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

func drawRules(t *rapid.T) []Rule {
	rules := make([]Rule, 3-rapid.IntRange(0, 3).Draw(t, "rules fewer than three"))
	for i := range rules {
		rules[i].Owner = rapid.SampledFrom([]string{"a", "b", "a/b", "c/d/e", "a", "e", ""}).Draw(t, "owner")
	}
	return rules
}

// drawGuarded guards some members of a shape.
func drawGuarded(t *rapid.T, s *Shape, rules int) *Shape {
	if rules == 0 || len(s.members) == 0 {
		return s
	}
	guarded := *s
	guarded.members = make(map[string]*Shape)
	for _, name := range letters {
		below, ok := s.members[name]
		if !ok {
			continue
		}
		below = drawGuarded(t, below, rules)
		for range rapid.IntRange(-1, 2).Draw(t, "guards of "+name) {
			form := rapid.SampledFrom([]Form{LeaveOut, Null, Mask, Pseudonym}).Draw(t, "form")
			below = below.Guarded(rapid.IntRange(0, rules-1).Draw(t, "rule"), form)
		}
		guarded.members[name] = below
	}
	return &guarded
}

func drawGuards(t *rapid.T, rules int) []int {
	if rules == 0 {
		return nil
	}
	return rapid.SliceOfN(rapid.IntRange(0, rules-1), 0, 1).Draw(t, "guards")
}

// drawGuardedSpec draws one with an object for a record, some rules and little else.
func drawGuardedSpec(t *rapid.T) Spec {
	spec := Spec{Rules: append(drawRules(t), Rule{Owner: "a"})}
	members := make(map[string]*Shape)
	for _, name := range letters {
		members[name] = drawShape(t, 2)
	}
	spec.Shape = drawGuarded(t, Object(members), len(spec.Rules))
	spec.Guards = drawGuards(t, len(spec.Rules))
	for range rapid.IntRange(0, 2).Draw(t, "moves") {
		spec.Moves = append(spec.Moves, Move{From: drawKnown(t, spec.Shape), To: drawPlace(t, spec.Shape)})
	}
	return spec
}

// drawRecords draws a text in which the owners often are where the rules look for them.
func drawRecords(t *rapid.T, spec Spec) string {
	switch {
	case len(spec.Rules) == 0 || rapid.IntRange(0, 5).Draw(t, "any text") == 5:
		return drawText(t, 4)
	case rapid.Bool().Draw(t, "one"):
		return drawRecord(t, spec)
	}
	var records []string
	for range 3 - rapid.IntRange(0, 3).Draw(t, "records fewer than three") {
		records = append(records, drawRecords(t, spec))
	}
	return "[" + strings.Join(records, ",") + "]"
}

func drawRecord(t *rapid.T, spec Spec) string {
	owner := make(map[string]string)
	for _, rule := range spec.Rules {
		first, rest, _ := strings.Cut(rule.Owner, "/")
		owner[first] = rest
	}
	var parts []string
	for _, name := range rapid.Permutation(letters).Draw(t, "order")[:5-rapid.IntRange(0, 4).Draw(t, "members fewer than five")] {
		value := drawText(t, 2)
		if rest, ok := owner[name]; ok && rapid.IntRange(0, 3).Draw(t, "owned") < 3 {
			value = drawOwner(t, rest)
		}
		if rapid.IntRange(0, 5).Draw(t, "escaped") == 5 {
			name = fmt.Sprintf(`\u%04x`, name[0])
		}
		parts = append(parts, drawBlank(t)+`"`+name+`":`+value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// drawOwner draws a value with an owner at a path in it.
func drawOwner(t *rapid.T, path string) string {
	if path == "" {
		return drawBlank(t) + rapid.SampledFrom([]string{"7", `"ada"`, `"\u0061da"`, "8", "-0.5e1", `"1234 5678 9012"`, "null"}).Draw(t, "owner")
	}
	name, rest, _ := strings.Cut(path, "/")
	before := ""
	if rapid.Bool().Draw(t, "something before") {
		before = `"x":` + drawText(t, 2) + ","
	}
	return "{" + before + `"` + name + `":` + drawOwner(t, rest) + "}"
}

func drawView(t *rapid.T, spec Spec) View {
	view := View{Verdicts: rapid.SliceOfN(rapid.SampledFrom([]Verdict{Ask, Ask, Ask, Ask, Ask, Ask, Allow, Allow, Refuse, 7}), max(0, len(spec.Rules)-1), len(spec.Rules)+1).Draw(t, "verdicts")}
	if rapid.IntRange(0, 4).Draw(t, "owns") < 4 {
		salt := rapid.Byte().Draw(t, "whom")
		view.Owns = func(rule int, owner []byte) bool { return hashOf(owner)>>((rule+int(salt))%8)&1 == 0 }
	}
	if rapid.IntRange(0, 3).Draw(t, "pseudonyms") < 3 {
		view.Pseudonym = pseudonym
	}
	return view
}
