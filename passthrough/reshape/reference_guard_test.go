package reshape

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// judged is what the rules say of one record, as the reference sees it.
type judged struct {
	view    View
	allowed []bool
}

// judge decides every rule for a record, nil for what is outside of records.
func judge(rules []Rule, view View, record *tree) judged {
	j := judged{view: view, allowed: make([]bool, len(rules))}
	for i, rule := range rules {
		verdict := Refuse
		if i < len(view.Verdicts) {
			verdict = view.Verdicts[i]
		}
		owner := ownerOf(rule, record)
		j.allowed[i] = verdict == Allow || verdict == Ask && owner != nil && view.Owns != nil && view.Owns(i, owner)
	}
	return j
}

func ownerOf(rule Rule, t *tree) []byte {
	if t == nil || rule.Owner == "" {
		return nil
	}
	for name := range strings.SplitSeq(rule.Owner, "/") {
		var b *branch
		if t.kind == '{' {
			b = t.get(name)
		}
		if b == nil {
			return nil
		}
		t = b.value
	}
	if t.kind != '"' && t.kind != '0' {
		return nil
	}
	return []byte(t.raw)
}

func (j judged) refusal(guards []guard) (Form, bool) {
	for _, g := range guards {
		if !j.allowed[g.rule] {
			return g.form, true
		}
	}
	return 0, false
}

// form is what is shown of a member's value, nil for nothing. through is what of it goes through the shape.
func (j judged) form(s *Shape, value, through *tree) *tree {
	form, refused := j.refusal(s.guards)
	nothing := &tree{kind: 'n', raw: "null"}
	switch {
	case through == nil || !refused:
		return through
	case form == LeaveOut:
		return nil
	case form == Mask && value.kind == '"' && s.kind != last:
		undone, _ := jsontext.AppendUnquote(nil, value.raw)
		if utf8.RuneCount(undone) < 12 {
			return nothing
		}
		shown := []rune(string(undone))
		quoted, _ := jsontext.AppendQuote(nil, "••••"+string(shown[len(shown)-4:]))
		return &tree{kind: '"', raw: string(quoted)}
	case form == Pseudonym && strings.IndexByte(`"0tf`, value.kind) >= 0 && j.view.Pseudonym != nil:
		if raw := j.view.Pseudonym(nil, []byte(value.raw)); raw != nil {
			return &tree{kind: '"', raw: string(raw)}
		}
	}
	return nothing
}

// shown is what is shown of a record, or an array of them, nil for nothing; refused tells why.
func (r reference) shown(t *tree) (shown *tree, refused bool) {
	if t.kind == '[' {
		shown = &tree{kind: '['}
		for _, e := range t.elements {
			if e, _ = r.shown(e); e != nil {
				shown.elements = append(shown.elements, e)
			}
		}
		return shown, false
	}
	j := judge(r.spec.Rules, r.with.View, t)
	shown = t.filter(r.spec.Shape, j)
	if shown != nil && slices.ContainsFunc(r.spec.Guards, func(rule int) bool { return !j.allowed[rule] }) {
		return nil, true
	}
	return shown, false
}

// recordsAt does it to the records at a member of an envelope, which can be guarded itself.
func (r reference) recordsAt(envelope *tree, name string, outside judged, place *Shape) {
	b := envelope.get(name)
	if b == nil {
		return
	}
	shown, refused := r.shown(b.value)
	if shown == nil && !refused {
		envelope.remove(name)
		return
	}
	switch formed := outside.form(place, b.value, b.value); {
	case formed == nil:
		envelope.remove(name)
	case formed != b.value:
		b.value = formed
	case refused:
		b.value = &tree{kind: 'n', raw: "null"}
	default:
		r.records(shown)
		b.value = shown
	}
}
