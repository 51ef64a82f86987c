package document

import (
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Choices are what is made of the operations of one document: one for each of them, and for each combination of values that the
// variables of @skip, @include and @defer had. The zero value has none; it is safe for concurrent use.
type Choices[T any] struct {
	mu         sync.RWMutex
	operations map[*ast.OperationDefinition]*choices[T]
}

// choices are those of one operation.
type choices[T any] struct {
	variables []string // that the directives depend on
	made      map[string]*T
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
	c.mu.RLock()
	if known, ok := c.operations[operation.Operation]; ok {
		if found, ok := known.made[known.key(operation.Variables)]; ok {
			c.mu.RUnlock()
			return found
		}
	}
	c.mu.RUnlock()
	return c.add(operation)
}

func (c *Choices[T]) add(operation *graphql.OperationContext) *T {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.operations[operation.Operation]
	if !ok {
		known = &choices[T]{variables: chosenBy(operation.Doc, operation.Operation), made: make(map[string]*T)}
		if c.operations == nil {
			c.operations = make(map[*ast.OperationDefinition]*choices[T])
		}
		c.operations[operation.Operation] = known
	}
	key := known.key(operation.Variables)
	found, ok := known.made[key]
	if !ok {
		found = new(T)
		if len(known.made) < MaxChoices {
			known.made[key] = found
		}
	}
	return found
}

// key tells the values of the variables apart.
func (c *choices[T]) key(variables map[string]any) string {
	if len(c.variables) == 0 {
		return ""
	}
	key := make([]byte, len(c.variables))
	for i, name := range c.variables {
		key[i] = '0'
		if on, _ := variables[name].(bool); on {
			key[i] = '1'
		}
	}
	return string(key)
}
