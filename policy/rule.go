package policy

import (
	"fmt"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Rule is one statement: who may have what it stands on.
type Rule struct {
	// Name is where it stands, and what it is, such as "User.email @sensitive". There is no value in it.
	Name string
	// Index is its place among the rules of the Policy.
	Index int
	// Form is what is shown to those who may not see the value.
	Form Form
	// Owner is whose record it may also be. Nil where that does not matter.
	Owner *Owner

	public   bool
	signedIn bool
	scopes   [][]string // each suffices, by all that is in it
}

// Form is what becomes of a value that a rule withholds.
type Form string

// The forms, as the schema names them.
const (
	// Null shows nothing, and says by an error that there is something.
	Null Form = "NULL"
	// Mask shows the last four characters.
	Mask Form = "MASK"
	// Pseudonym shows a text that is the same for the same value, and from which the value cannot be found.
	Pseudonym Form = "PSEUDONYM"
)

// Verdict is what a rule says of a caller before any record is known. The zero value is no.
type Verdict uint8

// The verdicts.
const (
	// Refuse is no, whatever the record.
	Refuse Verdict = iota
	// Allow is yes, whatever the record.
	Allow
	// Ask is yes for the caller's own records.
	Ask
)

// Public is true of what is for everybody.
func (r *Rule) Public() bool { return r.public }

// For is what the rule says of a caller.
func (r *Rule) For(caller auth.Principal) Verdict { return r.of(caller, user(caller)) }

// of is For where it is known which user the caller is, zero for none.
func (r *Rule) of(caller auth.Principal, user record.ID) Verdict {
	switch {
	case r.public:
		return Allow
	case caller.Anonymous():
		return Refuse
	case r.signedIn || r.granted(caller):
		return Allow
	case r.Owner == nil || user == 0:
		return Refuse
	case r.Owner.Self:
		return Allow
	default:
		return Ask
	}
}

// Says is what the rule says, without where it stands: rules that say the same decide alike about one record.
func (r *Rule) Says() string {
	says := fmt.Sprintf("%t %t %q %q", r.public, r.signedIn, r.scopes, r.Form)
	if r.Owner == nil {
		return says
	}
	steps := make([]string, len(r.Owner.Steps))
	for i, step := range r.Owner.Steps {
		steps[i] = step.Type + "." + step.Member
	}
	return says + fmt.Sprintf(" %t %q %q", r.Owner.Self, r.Owner.Argument, steps)
}

func (r *Rule) granted(caller auth.Principal) bool {
	granted := false
	for _, all := range r.scopes {
		granted = granted || caller.HasAll(all)
	}
	return granted
}
