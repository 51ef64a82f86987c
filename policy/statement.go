package policy

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// at is where a statement about a field stands. There is none for one about a type.
type at struct {
	object *ast.Definition
	field  *ast.FieldDefinition
}

// The directives that state something.
const (
	public         = "public"
	authenticated  = "authenticated"
	requiresScopes = "requiresScopes"
	owner          = "owner"
	sensitive      = "sensitive"
)

// FormType is the enumeration in the schema that names forms.
const FormType = "Redaction"

// Directives are the names of all directives that state something.
func Directives() []string { return []string{public, authenticated, requiresScopes, owner, sensitive} }

// statements are the rules that directives state. place is what they stand on.
func (r *reader) statements(place string, directives ast.DirectiveList, field *at) []*Rule {
	var rules []*Rule
	for _, directive := range directives {
		if !slices.Contains(Directives(), directive.Name) {
			continue
		}
		rule := &Rule{Name: place + " @" + directive.Name, Index: len(r.policy.rules), Form: Null}
		r.state(rule, place, directive, field)
		r.policy.rules = append(r.policy.rules, rule)
		rules = append(rules, rule)
	}
	if len(rules) > 1 && slices.ContainsFunc(rules, func(rule *Rule) bool { return rule.public }) {
		r.failf(place, "is public and says something else")
	}
	return rules
}

// state reads what one directive says.
func (r *reader) state(rule *Rule, place string, directive *ast.Directive, field *at) {
	switch directive.Name {
	case public:
		rule.public = true
	case authenticated:
		rule.signedIn = true
	case requiresScopes:
		rule.scopes = r.scopes(rule, directive, "scopes")
		if rule.scopes == nil {
			r.failf(rule.Name, "names no scopes")
		}
	case owner:
		rule.scopes = r.scopes(rule, directive, "orScopes")
		r.owner(rule, place, field, text(directive, "field"), text(directive, "of"))
	case sensitive:
		rule.scopes = r.scopes(rule, directive, "scopes")
		if whose := text(directive, "owner"); whose != "" {
			r.owner(rule, place, field, whose, "")
		}
		r.form(rule, directive, field)
	}
}

// scopes reads sets of scopes. An empty set would be had by everybody.
func (r *reader) scopes(rule *Rule, directive *ast.Directive, name string) [][]string {
	argument := directive.Arguments.ForName(name)
	if argument == nil {
		return nil
	}
	var sets [][]string
	for _, child := range argument.Value.Children {
		set := make([]string, 0, len(child.Value.Children))
		for _, scope := range child.Value.Children {
			if scope.Value.Kind != ast.StringValue || !isScope(scope.Value.Raw) {
				r.failf(rule.Name, "has a scope that nobody can be granted: %s", scope.Value)
			}
			set = append(set, scope.Value.Raw)
		}
		if len(set) == 0 {
			r.failf(rule.Name, "has a set without scopes, which everybody has")
		}
		sets = append(sets, set)
	}
	return sets
}

// isScope reports whether a text can be the name of a scope (RFC 6749, section 3.3).
func isScope(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(c rune) bool { return c < '!' || c > '~' || c == '"' || c == '\\' })
}

// form reads what is shown in the place of a value. Only a text can look like another.
func (r *reader) form(rule *Rule, directive *ast.Directive, field *at) {
	if as := text(directive, "as"); as != "" {
		rule.Form = Form(as)
	}
	switch rule.Form {
	case Null:
		return
	case Mask, Pseudonym:
	default:
		r.failf(rule.Name, "shows %s, which is no form", rule.Form)
		return
	}
	if of := field.field.Type; of.Elem != nil || of.NamedType != "String" {
		r.failf(rule.Name, "shows something else in the place of a value that is no String")
	}
}

func text(directive *ast.Directive, name string) string {
	argument := directive.Arguments.ForName(name)
	if argument == nil || argument.Value.Kind == ast.NullValue {
		return ""
	}
	return argument.Value.Raw
}
