package schemadiff

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// implies reports whether whoever passes some rules passes others.
type implies func(some, others ast.DirectiveList) bool

// compareRules notes a change of rules. Operations stay valid by whatever rules, and whom a rule is about a comparison does not
// know, so it never breaks more than it is dangerous.
func (c *comparison) compareRules(kind string, s stated, passes implies, fewer, more string) {
	tighter, looser := !passes(s.before, s.after), !passes(s.after, s.before)
	switch {
	case tighter:
		c.found(Dangerous, kind+"_TIGHTENED", s.at, s.where, s.message(fewer))
	case looser:
		c.found(Safe, kind+"_LOOSENED", s.at, s.where, s.message(more))
	}
}

// access compares who may use something. All rules must let a caller in; what has none is for whoever got there.
func (c *comparison) access(s stated) {
	c.compareRules("ACCESS", s, each(admits), "callers who could use it may not be able to", "more callers can use it")
}

// each reports of lists whether every one of the others follows from one of some.
func each(follows func(one, other *ast.Directive) bool) implies {
	return func(some, others ast.DirectiveList) bool {
		for _, other := range others {
			follow := func(one *ast.Directive) bool { return follows(one, other) }
			if other.Name != "public" && !slices.ContainsFunc(some, follow) {
				return false
			}
		}
		return true
	}
}

// admits reports whether whoever one rule lets in, another does.
func admits(one, other *ast.Directive) bool {
	switch {
	case other.Name == "authenticated":
		return one.Name != "public"
	case other.Name == "requiresScopes":
		return one.Name == "requiresScopes" && within(sets(one, "scopes"), sets(other, "scopes"))
	case other.Name == "owner" && one.Name == "requiresScopes":
		return within(sets(one, "scopes"), sets(other, "orScopes"))
	case other.Name == "owner" && one.Name == "owner":
		return word(one, "field") == word(other, "field") && word(one, "of") == word(other, "of") &&
			within(sets(one, "orScopes"), sets(other, "orScopes"))
	default:
		return false
	}
}

// sensitive compares to whom a value is shown, and what others see.
func (c *comparison) sensitive(s stated) {
	c.compareRules("VISIBILITY", s, each(shows), "callers who saw its value may see something else", "more callers see its value")
}

// shows reports whether whoever sees a value by one rule sees it by another, and others see the same.
func shows(one, other *ast.Directive) bool {
	owner := word(one, "owner")
	return word(one, "as") == word(other, "as") && (owner == "" || owner == word(other, "owner")) &&
		within(sets(one, "scopes"), sets(other, "scopes"))
}

// within reports whether whoever has all of one of some sets has all of one of the others.
func within(some, others [][]string) bool {
	for _, one := range some {
		enough := func(other []string) bool {
			return !slices.ContainsFunc(other, func(scope string) bool { return !slices.Contains(one, scope) })
		}
		if !slices.ContainsFunc(others, enough) {
			return false
		}
	}
	return true
}

// sets are the sets of scopes of an argument. A list may be left out around one element.
func sets(d *ast.Directive, argument string) [][]string {
	found := elements(given(d, argument))
	all := make([][]string, 0, len(found))
	for _, set := range found {
		within := elements(set)
		scopes := make([]string, len(within))
		for i, scope := range within {
			scopes[i] = scope.Raw
		}
		all = append(all, scopes)
	}
	return all
}

func elements(v *ast.Value) []*ast.Value {
	switch {
	case v == nil || v.Kind == ast.NullValue:
		return nil
	case v.Kind != ast.ListValue:
		return []*ast.Value{v}
	}
	all := make([]*ast.Value, len(v.Children))
	for i, child := range v.Children {
		all[i] = child.Value
	}
	return all
}

// given is an argument of a directive, or its default; nil if there is neither.
func given(d *ast.Directive, argument string) *ast.Value {
	if found := d.Arguments.ForName(argument); found != nil {
		return found.Value
	}
	if d.Definition != nil {
		if defined := d.Definition.Arguments.ForName(argument); defined != nil {
			return defined.DefaultValue
		}
	}
	return nil
}

// word is a scalar argument of a directive, empty if there is none.
func word(d *ast.Directive, argument string) string {
	if v := given(d, argument); v != nil && v.Kind != ast.NullValue {
		return v.Raw
	}
	return ""
}
