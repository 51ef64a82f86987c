package edges

import "strings"

// Kind is what a resolver does.
type Kind int

// The kinds of edges.
const (
	ByMember   Kind = iota + 1 // loads Read by the object's member Key
	ByArgument                 // loads Read by the argument Key
	Own                        // loads the caller's own record of Read, null where nobody calls
	AtHand                     // returns what the object has already: Key
	Page                       // loads a page of Read, kept to Of and Named, by the arguments first and after
)

// String is for tests and logs.
func (k Kind) String() string {
	switch k {
	case ByMember:
		return "by member"
	case ByArgument:
		return "by argument"
	case Own:
		return "own"
	case AtHand:
		return "at hand"
	case Page:
		return "page"
	default:
		return "unknown"
	}
}

// Value is where a value comes from. At most one of its fields is set; none means that there is no value.
type Value struct {
	Member   string // the Go field of the object
	Method   string // Nodes or Edges, of a connection
	Argument string // the Go parameter; apart from case it is the schema's argument
}

// Edge is what one resolver does.
type Edge struct {
	Kind      Kind
	Read      string   // the field of loaders.Loaders; empty for AtHand
	Key       Value    // a Member or an Argument as Kind says; a Member or a Method for AtHand; none for Own and Page
	Of, Named Value    // of a Page: those fields of record.Part, each a Member, an Argument or none. A null argument is none
	Arguments []string // all Go parameters that stand for arguments, in their order
}

// Takes reports whether the resolver's parameters are the arguments of its field, in the schema's order. gqlgen hands arguments
// over by their places, so an edge says nothing of a field for which this is false.
func (e Edge) Takes(arguments ...string) bool {
	if len(arguments) != len(e.Arguments) {
		return false
	}
	for i, argument := range arguments {
		if !strings.EqualFold(argument, e.Arguments[i]) {
			return false
		}
	}
	return true
}
