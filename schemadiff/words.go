package schemadiff

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/coordinates"
)

// described compares what is said of something to people.
func (c *comparison) described(at, before, after string, where *ast.Position) {
	if before != after {
		c.found(Safe, "DESCRIPTION_CHANGED", at, where, "is described in other words")
	}
}

// deprecated compares whether something should be used.
func (c *comparison) deprecated(at string, before, after ast.DirectiveList, where *ast.Position) {
	was, is := coordinates.Deprecated(before), coordinates.Deprecated(after)
	switch {
	case was == nil && is == nil:
	case was == nil:
		c.found(Safe, "DEPRECATION_ADDED", at, where, "is deprecated: "+*is)
	case is == nil:
		c.found(Safe, "DEPRECATION_REMOVED", at, where, "is not deprecated any more")
	case *was != *is:
		c.found(Safe, "DEPRECATION_REASON_CHANGED", at, where, "is deprecated for another reason: "+*is)
	}
}
