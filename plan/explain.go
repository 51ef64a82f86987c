package plan

import (
	"errors"
	"math"
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/page"
)

// Explanation is how an operation is executed, and what it asks services for at most.
type Explanation struct {
	// Execution is ByPlan or ByGqlgen.
	Execution string `json:"execution"`
	// Field is the first field that no plan covers, such as Order.user. It is empty where that is the operation as a whole.
	Field string `json:"field,omitzero"`
	// Why says what stands in the way of a plan.
	Why string `json:"why,omitzero"`
	// Included are the variables of @skip and @include that count as if they left nothing out.
	Included []string `json:"included,omitempty"`
	// Levels are the fetches in their order. Those of one level go out at the same time.
	Levels []Level `json:"levels,omitempty"`
	// Services are asked for so much at most, by name.
	Services []Demand `json:"services,omitempty"`
}

// The executions.
const (
	ByPlan   = "plan"
	ByGqlgen = "gqlgen"
)

// Level is what is fetched at the same time.
type Level struct {
	Fetches []Fetch `json:"fetches"`
}

// Fetch is what one level reads in one way, whichever fields of the answer need it.
type Fetch struct {
	Demand

	// Read is the name of the way to read, such as PaymentOfOrder.
	Read string `json:"read"`
	// By is ids or lists.
	By string `json:"by"`
	// Paths are the fields of the answer that show the records.
	Paths []string `json:"paths,omitempty"`
	// OwnersOf are the fields of whose records these tell whose they are. They are asked for it only where that matters for the
	// caller.
	OwnersOf []string `json:"owners_of,omitempty"`
	// Keeps are the members that are kept of each record, by the service's names. Reads of one type of record keep the same.
	Keeps []string `json:"keeps"`
	// Rules are the rules of the policy that are asked about the records, and about what is shown of them.
	Rules []Asked `json:"rules,omitempty"`
}

// Asked are the rules that are asked where the answer has a field.
type Asked struct {
	Path  string   `json:"path"`
	Rules []string `json:"rules"`
}

// Demand is how much is asked of a service at most. Numbers end at Countless.
type Demand struct {
	Service string `json:"service"`
	// Calls are requests to the service, retries apart.
	Calls int `json:"calls"`
	// Keys are ids and parts of lists.
	Keys int `json:"keys"`
	// Records are those that can come.
	Records int `json:"records"`
}

// Countless is where counting stops.
const Countless = math.MaxInt32

// Sizes are what the most is reckoned by, where an operation itself does not say how much it asks for.
type Sizes struct {
	// Pages bound the pages of connections.
	Pages page.Limits
	// ListSize is how many elements the lists within a record count as.
	ListSize int
	// Lists is how many elements the list of a field counts as. Nil lets all count as ListSize.
	Lists func(*ast.FieldDefinition) int
}

// list is how many elements the list counts as that an edge leads to.
func (s Sizes) list(e *edge) int {
	if s.Lists == nil {
		return s.ListSize
	}
	return s.Lists(e.field.Definition)
}

// Unexplained is the explanation of an operation that there is no plan of, by the error of Compile.
func Unexplained(err error) Explanation {
	e := Explanation{Execution: ByGqlgen, Why: err.Error()}
	for within := errors.Unwrap(err); within != nil; within = errors.Unwrap(within) {
		field, ok := strings.CutSuffix(err.Error(), ": "+within.Error())
		if !ok || !isCoordinate.MatchString(field) {
			break
		}
		e.Field, e.Why, err = field, within.Error(), within
	}
	return e
}

// isCoordinate recognises what Compile says of a field before it says what is wrong with it.
var isCoordinate = regexp.MustCompile(`^\w+\.\w+$`)

// plus and times reckon up to Countless.
func plus(a, b int) int { return min(a+b, Countless) }

func times(a, b int) int {
	if a > 0 && b > Countless/a {
		return Countless
	}
	return a * b
}
