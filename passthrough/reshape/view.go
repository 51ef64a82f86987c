package reshape

// View is what the rules say for one caller. The zero View refuses by every rule.
type View struct {
	// Verdicts are by rule. A rule beyond their end refuses.
	Verdicts []Verdict
	// Owns says whether the caller is the owner of a record, by a rule whose verdict is Ask. It is asked once at most for each
	// record and rule. The owner is a JSON text or number, as it is written: it may have escapes. It holds until Owns returns.
	// Where a record has no owner, or one that is no text and no number, Owns is not asked, and the rule refuses. So it does where
	// Owns is nil.
	Owns func(rule int, owner []byte) bool
	// Unowned, where it is not nil, is told that a rule refuses because a record has no owner to ask about.
	Unowned func(rule int)
	// Pseudonym appends the JSON text for a value under Pseudonym to dst. The value is a scalar other than null, as it is written:
	// equal texts can be written in different ways. It holds until Pseudonym returns. Where that appends nothing, or is nil, the
	// member is null.
	Pseudonym func(dst, value []byte) []byte
	// Meter says whether what a meter counts may be shown of one more record. It is asked when the first such member of the record
	// would be, and once for a record. Where it is nil, nothing that is counted is shown.
	Meter func(meter int) bool
}

// Verdict is what a rule says for a caller.
type Verdict uint8

const (
	// Refuse refuses, whatever the record.
	Refuse Verdict = iota
	// Allow allows, whatever the record.
	Allow
	// Ask allows the records that the caller owns.
	Ask
)

// With is what a run is given beside the text.
type With struct {
	// Values are added.
	Values Values
	// View is what the caller may see of what is guarded.
	View View
	// Shown, where it is not nil, is counted up by each object that is shown as a record, at the number of its place among the
	// Spec's Records, and at 0 where there is no envelope.
	Shown []int
}

// verdicts are what the rules say in a run.
type verdicts struct {
	view    View
	said    []Verdict // by rule
	allowed []bool    // by rule, in the record that is being read; outside of records Ask refuses
	asks    bool      // some rule does
	owners  []owner
	unfound int // how many of the owners that are wanted
}

// judge begins a run for a caller.
func (r *run) judge(view View) {
	r.view, r.asks = view, false
	clear(r.owners)
	for rule := range r.said {
		r.said[rule] = r.plan.verdict(view, rule)
		r.allowed[rule] = r.said[rule] == Allow
		r.asks = r.asks || r.said[rule] == Ask
	}
}

// verdict is Refuse for what there is no way to ask about.
func (p *Plan) verdict(view View, rule int) Verdict {
	switch {
	case rule >= len(view.Verdicts):
		return Refuse
	case view.Verdicts[rule] == Allow:
		return Allow
	case view.Verdicts[rule] == Ask && view.Owns != nil && p.owners[rule] >= 0:
		return Ask
	default:
		return Refuse
	}
}

// allows reports whether all of some rules do.
func (r *run) allows(rules []int) bool {
	for _, rule := range rules {
		if !r.allowed[rule] {
			return false
		}
	}
	return true
}

// refusal is the first guard that does not let a value through, nil for none.
func (r *run) refusal(guards []guard) *guard {
	for i := range guards {
		if g := &guards[i]; !r.allowed[g.rule] {
			return g
		}
	}
	return nil
}
