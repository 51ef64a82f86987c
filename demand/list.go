package demand

import (
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// list is what @listSize says of a field.
type list struct {
	assumed    *int
	slicing    []string
	sized      []string // the fields of its type that are the lists; none where it is the list itself
	requireOne bool
}

// list reads what is said of a field, nil where nothing is.
func (r *reader) list(place string, field *ast.FieldDefinition) *list {
	directive := field.Directives.ForName(sizeDirective)
	if directive == nil {
		return nil
	}
	l := &list{requireOne: true}
	for _, argument := range directive.Arguments {
		switch argument.Name {
		case "assumedSize":
			l.assumed = r.assumed(place, argument.Value)
		case "slicingArguments":
			l.slicing = textsIn(argument.Value)
		case "sizedFields":
			l.sized = textsIn(argument.Value)
		case "requireOneSlicingArgument":
			l.requireOne = argument.Value.Raw != "false"
		}
	}
	r.target(place, field, l)
	r.slicing(place, field, l)
	return l
}

func (r *reader) assumed(place string, value *ast.Value) *int {
	if value.Kind == ast.NullValue {
		return nil
	}
	n, err := strconv.Atoi(value.Raw)
	if err != nil || n < 0 || n > Countless {
		r.failf(place, "@%s: assumedSize must lie between 0 and %d", sizeDirective, Countless)
		return nil
	}
	return &n
}

// textsIn are the words of a list, or of what stands for a list of one.
func textsIn(value *ast.Value) []string {
	if value.Kind == ast.StringValue || value.Kind == ast.BlockValue {
		return []string{value.Raw}
	}
	var texts []string
	for _, each := range value.Children {
		texts = append(texts, each.Value.Raw)
	}
	return texts
}

// target holds a field to section 9.2.1 and 9.2.2 of the specification.
func (r *reader) target(place string, field *ast.FieldDefinition, l *list) {
	if len(l.sized) == 0 {
		if field.Type.Elem == nil {
			r.failf(place, "@%s: it is no list, so sizedFields must say which of its fields are", sizeDirective)
		}
		return
	}
	of := r.schema.Types[field.Type.Name()]
	for _, name := range l.sized {
		switch sized := of.Fields.ForName(name); {
		case sized == nil:
			r.failf(place, "@%s: %s has no field %s", sizeDirective, of.Name, name)
		case sized.Type.Elem == nil:
			r.failf(place, "@%s: %s.%s is no list", sizeDirective, of.Name, name)
		}
	}
}

// slicing holds a field to section 9.2.3 and 9.2.4 of the specification.
func (r *reader) slicing(place string, field *ast.FieldDefinition, l *list) {
	usual := false
	for _, name := range l.slicing {
		switch argument := field.Arguments.ForName(name); {
		case argument == nil:
			r.failf(place, "@%s: there is no argument %s", sizeDirective, name)
		case argument.Type.NamedType != "Int":
			r.failf(place, "@%s: the argument %s is no Int", sizeDirective, name)
		default:
			usual = usual || argument.DefaultValue != nil
		}
	}
	if l.assumed != nil && len(l.slicing) > 0 && (usual || l.requireOne) {
		r.failf(place, "@%s: assumedSize holds where no slicing argument is given, so none may have a default, and "+
			"requireOneSlicingArgument must be false", sizeDirective)
	}
}

// sizes reports whether a field of the type that a field leads to is one of its lists.
func (l *list) sizes(name string) bool { return l != nil && slices.Contains(l.sized, name) }
