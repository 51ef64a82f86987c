package schemadiff

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// stated are a part's directives of one concern, before and after.
type stated struct {
	at            string
	of            *ast.Definition // the part itself if it is a type, else the type of its values
	where         *ast.Position
	before, after ast.DirectiveList
}

// statements compares what the schema states of callers, limits, costs and caches.
func (c *comparison) statements(at string, before, after ast.DirectiveList, of *ast.Definition, where *ast.Position) {
	about := func(names ...string) stated {
		s := stated{at: at, of: of, where: where}
		for _, name := range names {
			if c.before.Directives[name] != nil && c.after.Directives[name] != nil {
				s.before = append(s.before, before.ForNames(name)...)
				s.after = append(s.after, after.ForNames(name)...)
			}
		}
		return s
	}
	c.access(about("public", "authenticated", "requiresScopes", "owner"))
	c.sensitive(about("sensitive"))
	c.rates(about("rateLimit"))
	c.cost(about("cost"))
	c.listSize(about("listSize"))
	if s := about("cacheControl"); s.changed() {
		c.found(Safe, "CACHING_CHANGED", at, where, s.message("is kept otherwise"))
	}
}

func (s stated) changed() bool { return said(s.before) != said(s.after) }

func (s stated) message(begin string) string {
	return begin + ": it says " + orNothing(said(s.after)) + ", and said " + orNothing(said(s.before))
}

// said are directives as they are written, whatever the order of their arguments.
func said(directives ast.DirectiveList) string {
	words := make([]string, len(directives))
	for i, each := range directives {
		words[i] = "@" + each.Name
		if given := spelt(each.Arguments); given != "" {
			words[i] += "(" + given + ")"
		}
	}
	return strings.Join(words, " ")
}

func spelt(arguments ast.ArgumentList) string {
	all := &ast.Value{Kind: ast.ObjectValue}
	for _, each := range arguments {
		all.Children = append(all.Children, &ast.ChildValue{Name: each.Name, Value: each.Value})
	}
	return strings.Trim(canonical(all).String(), "{}")
}
