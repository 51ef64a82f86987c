package document

import (
	"cmp"
	"context"
)

// Over is these limits where they say something, and the base where a bound is zero. That is how a plan of callers states its
// own: zero is "as everybody's", so a plan cannot forbid what its base allows by a zero.
func (l Limits) Over(base Limits) Limits {
	return Limits{
		Bytes:       cmp.Or(l.Bytes, base.Bytes),
		Tokens:      cmp.Or(l.Tokens, base.Tokens),
		Fields:      cmp.Or(l.Fields, base.Fields),
		Depth:       cmp.Or(l.Depth, base.Depth),
		Aliases:     cmp.Or(l.Aliases, base.Aliases),
		RootFields:  cmp.Or(l.RootFields, base.RootFields),
		Fragments:   cmp.Or(l.Fragments, base.Fragments),
		Directives:  cmp.Or(l.Directives, base.Directives),
		Deferred:    cmp.Or(l.Deferred, base.Deferred),
		Nodes:       cmp.Or(l.Nodes, base.Nodes),
		Comparisons: cmp.Or(l.Comparisons, base.Comparisons),
	}
}

// Widest is the largest of each bound. What knows no callers, as the executor's own limit on tokens, must be set by it: what the
// guard lets through for anybody is within it. The limits must stand by themselves already, see Over. Of none it admits nothing.
func Widest(limits ...Limits) Limits {
	var widest Limits
	for _, l := range limits {
		widest = Limits{
			Bytes:       max(l.Bytes, widest.Bytes),
			Tokens:      max(l.Tokens, widest.Tokens),
			Fields:      max(l.Fields, widest.Fields),
			Depth:       max(l.Depth, widest.Depth),
			Aliases:     max(l.Aliases, widest.Aliases),
			RootFields:  max(l.RootFields, widest.RootFields),
			Fragments:   max(l.Fragments, widest.Fragments),
			Directives:  max(l.Directives, widest.Directives),
			Deferred:    max(l.Deferred, widest.Deferred),
			Nodes:       max(l.Nodes, widest.Nodes),
			Comparisons: max(l.Comparisons, widest.Comparisons),
		}
	}
	return widest
}

// ForEveryone is the limits of a guard that does not tell callers apart.
func (l Limits) ForEveryone(context.Context) Limits { return l }

// cover reports whether nothing that is needed passes a bound.
func (l Limits) cover(needed Limits) bool {
	return needed.Bytes <= l.Bytes &&
		needed.Tokens <= l.Tokens &&
		needed.Fields <= l.Fields &&
		needed.Depth <= l.Depth &&
		needed.Aliases <= l.Aliases &&
		needed.RootFields <= l.RootFields &&
		needed.Fragments <= l.Fragments &&
		needed.Directives <= l.Directives &&
		needed.Deferred <= l.Deferred &&
		needed.Nodes <= l.Nodes &&
		needed.Comparisons <= l.Comparisons
}
