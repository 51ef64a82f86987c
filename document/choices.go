package document

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Choices are what is made of the operations of one document: one for each of them, and for each combination of values that the
// variables of @skip, @include and @defer had. The zero value has none; it is safe for concurrent use. Who finds what there is
// already takes no lock: all requests look here several times.
type Choices[T any] struct{ operations sync.Map }

// choices are those of one operation.
type choices[T any] struct {
	variables []string // that the directives depend on

	adding sync.Mutex
	made   atomic.Pointer[[]choice[T]] // is replaced and never changed
}

type choice[T any] struct {
	values string // of the variables
	made   *T
}

// MaxChoices bounds what is kept of one operation. More is made anew each time.
const MaxChoices = 8

// CountChoices is how many choices of a document are kept at most.
func CountChoices(doc *ast.QueryDocument) int {
	n := 0
	for _, operation := range doc.Operations {
		if len(chosenBy(doc, operation)) > 0 {
			n += MaxChoices
		} else {
			n++
		}
	}
	return n
}

// chosenBy are the variables that tell what is made of an operation apart.
func chosenBy(doc *ast.QueryDocument, operation *ast.OperationDefinition) []string {
	return switches(doc, operation, "skip", "include", "defer")
}

// Find is what there is for an operation and its variables: a zero value at first, which the caller makes into something. The
// same one is found again, unless there are too many already.
func (c *Choices[T]) Find(operation *graphql.OperationContext) *T {
	found, ok := c.operations.Load(operation.Operation)
	if !ok {
		made := &choices[T]{variables: chosenBy(operation.Doc, operation.Operation)}
		made.made.Store(new([]choice[T]))
		found, _ = c.operations.LoadOrStore(operation.Operation, made)
	}
	known, _ := found.(*choices[T])
	var room [16]byte
	values := known.values(room[:0], operation.Variables)
	if made := known.find(values); made != nil {
		return made
	}
	return known.add(values)
}

func (c *choices[T]) find(values []byte) *T {
	for _, each := range *c.made.Load() {
		if each.values == string(values) {
			return each.made
		}
	}
	return nil
}

func (c *choices[T]) add(values []byte) *T {
	c.adding.Lock()
	defer c.adding.Unlock()
	if made := c.find(values); made != nil { // by somebody else, meanwhile
		return made
	}
	made, known := new(T), *c.made.Load()
	if len(known) < MaxChoices {
		grown := append(slices.Clip(known), choice[T]{string(values), made})
		c.made.Store(&grown)
	}
	return made
}

// values appends a character for each variable, which tells its values apart.
func (c *choices[T]) values(to []byte, variables map[string]any) []byte {
	for _, name := range c.variables {
		value := byte('0')
		if on, _ := variables[name].(bool); on {
			value = '1'
		}
		to = append(to, value)
	}
	return to
}
