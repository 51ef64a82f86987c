// Package sharing answers between which callers what a service answered may be shared.
//
// An answer may be shared by those for whom the service would have answered the same. What that depends on, the configuration
// declares for each service and route (Inputs), and all of it by default. Whatever keeps or shares answers finds them by a Key,
// and nothing but this package makes one: so no cache can forget whose an answer
// is.
package sharing

// Inputs are the parts of a caller's identity that answers depend on. The zero value is All.
type Inputs string

// The inputs, from what is shared least to what is shared by everybody.
const (
	// All are all header fields that are sent on, but for those that name a single request: its id, its trace, the gateway's token.
	All Inputs = "all"
	// Principal is who the caller is and what it was granted.
	Principal Inputs = "principal"
	// Tenant is whom the caller belongs to. Callers who belong to nobody are each by themselves, as Principal has it.
	Tenant Inputs = "tenant"
	// Nothing is for answers that are the same for everybody.
	Nothing Inputs = "nothing"
)

// Known reports whether these are inputs that there are.
func (i Inputs) Known() bool {
	switch i {
	case "", All, Principal, Tenant, Nothing:
		return true
	default:
		return false
	}
}

// ForEverybody reports whether answers are the same for all callers.
func (i Inputs) ForEverybody() bool { return i == Nothing }

// With are the inputs of what is made of two answers: those that fewer callers have in common. With any that are unknown it is
// All.
func (i Inputs) With(other Inputs) Inputs { return max(i.narrow(), other.narrow()).inputs() }

// narrow is how few callers have these inputs in common.
func (i Inputs) narrow() narrowness {
	switch i {
	case Nothing:
		return 0
	case Tenant:
		return 1
	case Principal:
		return 2
	default:
		return 3
	}
}

type narrowness int

func (n narrowness) inputs() Inputs { return [...]Inputs{Nothing, Tenant, Principal, All}[n] }
