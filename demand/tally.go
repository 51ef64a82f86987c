package demand

import (
	"reflect"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Tally counts what an answer costs while gqlgen makes it. It is safe for concurrent use.
type Tally struct {
	weigher *weigher

	mu    sync.Mutex
	sum   amount
	known map[selection]amount // of one object each
}

// selection is the identity of what is selected of objects: where its elements stand, and of which type.
type selection struct {
	first *ast.Selection
	len   int
	of    string
}

// Tally returns the tally of an operation's answer.
func (c *Costs) Tally(operation *graphql.OperationContext) *Tally {
	t := &Tally{weigher: &weigher{Costs: c, operation: operation}, known: make(map[selection]amount)}
	t.sum = t.each(operation.Operation.SelectionSet, c.rootOf(operation.Operation).Name)
	return t
}

// Add counts the objects that a field of an object led to, where Counts says that they are counted.
func (t *Tally) Add(field graphql.CollectedField, value any) {
	n := count(value)
	if n == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum = plus(t.sum, times(n, t.each(field.Selections, field.Definition.Type.Name())))
}

// Cost is what was counted, rounded up.
func (t *Tally) Cost() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum.units()
}

func (t *Tally) each(set ast.SelectionSet, of string) amount {
	if len(set) == 0 {
		return 0
	}
	key := selection{&set[0], len(set), of} // which also keeps the elements from being moved or reused
	cost, ok := t.known[key]
	if !ok {
		t.weigher.nodes = 0
		cost = t.weigher.node(of, set, nil).each(t.weigher.operation.Variables)
		t.known[key] = cost
	}
	return cost
}

// count is how many objects a resolver returned.
func count(value any) int {
	if value == nil {
		return 0
	}
	return countValue(reflect.ValueOf(value))
}

func countValue(v reflect.Value) int {
	switch v.Kind() {
	case reflect.Interface:
		return countValue(v.Elem())
	case reflect.Invalid:
		return 0
	case reflect.Pointer, reflect.Map:
		if v.IsNil() {
			return 0
		}
		return 1
	case reflect.Slice:
		n := 0
		for i := range v.Len() {
			n += countValue(v.Index(i))
		}
		return n
	default:
		return 1
	}
}
