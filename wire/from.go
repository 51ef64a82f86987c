package wire

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// from reads the directive of a field.
func from(definition *ast.FieldDefinition) (members []string, says bool) {
	directive := definition.Directives.ForName("from")
	if directive == nil {
		return nil, false
	}
	if list := directive.Arguments.ForName("members"); list != nil {
		for _, child := range list.Value.Children {
			members = append(members, child.Value.Raw)
		}
	}
	return members, true
}

// last reads the argument of the directive, 0 where there is none.
func last(definition *ast.FieldDefinition) int {
	directive := definition.Directives.ForName("from")
	if directive == nil || directive.Arguments.ForName("last") == nil {
		return 0
	}
	n, _ := strconv.Atoi(directive.Arguments.ForName("last").Value.Raw) // the schema says that it is a number
	return n
}

// mistake is what is wrong with what a field says, or does not say; empty where nothing is. kind is that of its type.
func (f *Field) mistake(resolved bool, kind ast.DefinitionKind) string {
	said, says := from(f.Definition)
	switch {
	case says && len(said) == 0:
		return "@from names no member"
	case last(f.Definition) > 0 && len(said) > 1:
		return "last is of one member"
	case resolved && says: // an edge: whatever the Go type has of this name is not shown
		return ""
	case f.value.member != "":
		return f.mistakeOfMember(said, kind)
	case f.value.isField() && !slices.Equal(said, f.value.made):
		return mistakeOfTag(said, f.value.made)
	case !says && !isMade(f.Record):
		return "no JSON tag says which members of the record the field is made of: add @from(members: [...])"
	default:
		return ""
	}
}

// mistakeOfMember is what is wrong with a field that its JSON tag speaks for. It needs @from where it shows only the end of its
// member. That is so where the Go field is a text that reads itself, and no enumeration: it is not the member any more, which
// would be shown whole wherever records are shown and not this type.
func (f *Field) mistakeOfMember(said []string, kind ast.DefinitionKind) string {
	own, reads := f.value.member, element(f.value.leadsTo)
	isPartial := kind == ast.Scalar && reads != nil && record.IsText(reads)
	switch {
	case isPartial && (last(f.Definition) == 0 || !slices.Equal(said, []string{own})):
		return fmt.Sprintf("its Go type shows the end of the member %[1]s: it takes @from(members: [%[1]q], last: ...)", own)
	case !isPartial && last(f.Definition) > 0:
		return fmt.Sprintf("its Go type shows all of the member %s, and last is the end of it", own)
	case !isPartial && said != nil:
		return fmt.Sprintf("it is the member %s by its JSON tag: leave @from out", own)
	default:
		return ""
	}
}

// mistakeOfTag is what is wrong where a schema and a Go field's tag do not name the same members.
func mistakeOfTag(said, tagged []string) string {
	switch {
	case len(said) == 0:
		return fmt.Sprintf("its tag says from:%q: add @from(members: [%s])", strings.Join(tagged, ","), quoted(tagged))
	case len(tagged) == 0:
		return fmt.Sprintf("nothing reads its Go field: add the tags from:%q json:\"-\"", strings.Join(said, ","))
	default:
		return fmt.Sprintf("@from says %s, and its tag from:%q", strings.Join(said, ","), strings.Join(tagged, ","))
	}
}

func quoted(members []string) string {
	each := make([]string, len(members))
	for i, member := range members {
		each[i] = strconv.Quote(member)
	}
	return strings.Join(each, ", ")
}
