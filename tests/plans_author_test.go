package tests

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// author writes operations by chance that fit a schema. What it may select it reads off the schema.
type author struct {
	*rand.Rand

	schema *ast.Schema
	known  known

	names      map[string]choice // what a name in the answer stands for, by the type and the name
	fragments  []fragment
	variables  []variable
	aliases    int
	directives int
	cost       int // the objects that the answer may have
	size       int // the fields that are selected
}

// known are values that lead somewhere.
type known struct{ cursors, texts []string }

// choice is a field with its arguments, and how many objects it may lead to for each.
type choice struct {
	field     string
	arguments string
	many      int
}

// fragment is a fragment, and the place that it was written for.
type fragment struct {
	name, on, text string
	at             spot
	cost, size     int
}

// spot is where something is selected: below how many fields, within how many fragments, and in how many objects.
type spot struct{ depth, nested, width int }

// The bounds of an operation, so that the document's are kept and that it takes a few milliseconds.
const (
	maxDepth      = 9
	maxNested     = 2
	maxWidth      = 120
	maxCost       = 500
	maxSize       = 180
	maxAliases    = 25
	maxDirectives = 20
)

// deep reports whether anything below may be selected.
func (a *author) deep(at spot) bool {
	return at.depth < maxDepth && at.width <= maxWidth && a.cost < maxCost && a.size < maxSize
}

func (a *author) often(percent int) bool { return a.IntN(100) < percent }

func (a *author) typeOf(field *ast.FieldDefinition) *ast.Definition {
	return a.schema.Types[field.Type.Name()]
}

// selection is what is selected of an object, in braces.
func (a *author) selection(of *ast.Definition, at spot) string {
	if !a.deep(at) && a.choose(of, at) == nil {
		return "{ __typename }"
	}
	var parts []string
	most := min(5, 1+len(of.Fields))
	if at.depth == 0 {
		most = 6 // many lead nowhere
	}
	for range 1 + a.IntN(most) {
		part := a.selected(of, at)
		if !slices.Contains(parts, part) || a.often(20) {
			parts = append(parts, part)
		}
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

func (a *author) selected(of *ast.Definition, at spot) string {
	within := spot{at.depth, at.nested + 1, at.width}
	roll := a.IntN(100)
	if of.IsAbstractType() && at.nested <= maxNested {
		roll = 0
	}
	switch {
	case roll < 6 && within.nested <= maxNested:
		on := one(a.Rand, a.schema.GetPossibleTypes(of))
		return "... on " + on.Name + a.directive() + " " + a.selection(on, within)
	case roll < 10 && within.nested <= maxNested:
		return "..." + a.directive() + " " + a.selection(of, within)
	case roll < 20:
		return a.spread(of, within)
	case roll < 23:
		return a.named(of, choice{"__typename", "", 0}) + a.directive()
	default:
		return a.field(of, at)
	}
}

// spread takes a fragment that there is, or writes another.
func (a *author) spread(of *ast.Definition, at spot) string {
	fitting := slices.DeleteFunc(slices.Clone(a.fragments), func(f fragment) bool {
		return f.on != of.Name || at.depth > f.at.depth || at.width > 2*f.at.width || a.cost+f.cost > 2*maxCost || a.size+f.size > 2*maxSize
	})
	if len(fitting) > 0 && a.often(60) {
		chosen := one(a.Rand, fitting)
		a.cost += chosen.cost
		a.size += chosen.size
		return "..." + chosen.name + a.directive()
	}
	if at.nested > maxNested {
		return a.field(of, at)
	}
	cost, size := a.cost, a.size
	text := a.selection(of, at)
	name := fmt.Sprintf("F%d", len(a.fragments))
	a.fragments = append(a.fragments, fragment{name, of.Name, text, at, a.cost - cost, a.size - size})
	return "..." + name + a.directive()
}

// field selects a field, and something of what it leads to.
func (a *author) field(of *ast.Definition, at spot) string {
	field := a.choose(of, at)
	if field == nil {
		return "__typename" + a.directive()
	}
	what := a.ask(of, field, at)
	text := a.named(of, what) + a.directive() + a.below(field, what, at)
	if a.often(8) {
		text += " " + a.named(of, what) + a.directive() + a.below(field, what, at) // once more, by another condition
	}
	return text
}

func (a *author) below(field *ast.FieldDefinition, what choice, at spot) string {
	object := a.typeOf(field)
	if !object.IsCompositeType() {
		return ""
	}
	next := spot{at.depth + 1, at.nested, at.width * max(what.many, 1)}
	a.cost += next.width
	return " " + a.selection(object, next)
}
