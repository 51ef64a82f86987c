package answers

import "time"

// part is what one field adds to the policy of an answer, or all fields so far. The zero part adds nothing.
type part struct {
	aged    bool // whether it has an age; what has none has that of the fields around it
	age     time.Duration
	stale   time.Duration // for how long after that it may be used while it is asked for anew; 0 for not at all
	private bool          // @cacheControl says that it is one caller's alone
	guarded bool          // a rule of the policy decides about it by who asks
	limited bool          // how often it is read is limited
}

// and is both parts together: the lowest age counts, it is private if one of them is, and it may be used beyond its age for no
// longer than each of them that has an age.
func (p part) and(other part) part {
	both := part{
		aged: p.aged || other.aged, private: p.private || other.private,
		guarded: p.guarded || other.guarded, limited: p.limited || other.limited,
	}
	switch {
	case p.aged && other.aged:
		both.age, both.stale = min(p.age, other.age), min(p.stale, other.stale)
	case p.aged:
		both.age, both.stale = p.age, p.stale
	default:
		both.age, both.stale = other.age, other.stale
	}
	return both
}
