package schemadiff

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// rates compares how often something may be read or done.
func (c *comparison) rates(s stated) {
	c.compareRules("RATE_LIMIT", s, each(allows), "callers may reach a limit that they did not", "it may be used more often")
}

// allows reports whether whoever stays within one limit stays within another.
func allows(one, other *ast.Directive) bool {
	burst := number(one, "burst", number(one, "limit", 0))
	return word(one, "per") == word(other, "per") && word(one, "by") == word(other, "by") &&
		number(one, "limit", 0) <= number(other, "limit", 0) && number(one, "cost", 1) >= number(other, "cost", 1) &&
		burst <= number(other, "burst", number(other, "limit", 0))
}

func number(d *ast.Directive, argument string, otherwise float64) float64 {
	n, err := strconv.ParseFloat(word(d, argument), 64)
	if err != nil {
		return otherwise
	}
	return n
}

// cost compares what something adds to what an operation costs. What says nothing weighs 1 if it is made of objects, else 0.
func (c *comparison) cost(s stated) {
	otherwise := 0.0
	if s.of != nil && s.of.IsCompositeType() {
		otherwise = 1
	}
	weight := func(directives ast.DirectiveList) float64 {
		if found := directives.ForName("cost"); found != nil {
			return number(found, "weight", otherwise)
		}
		return otherwise
	}
	switch was, is := weight(s.before), weight(s.after); {
	case is > was:
		c.found(Dangerous, "COST_RAISED", s.at, s.where, s.message("operations that use it can cost too much"))
	case is < was || s.changed():
		c.found(Safe, "COST_CHANGED", s.at, s.where, s.message("operations that use it cost no more than before"))
	}
}

// listSize compares how long a list counts as.
func (c *comparison) listSize(s stated) {
	if !s.changed() {
		return
	}
	was, is := s.before.ForName("listSize"), s.after.ForName("listSize")
	if is != nil && needsOne(is) && (was == nil || !needsOne(was) || spelling(was) != spelling(is)) {
		c.found(Breaking, "SLICING_ARGUMENT_REQUIRED", s.at, s.where,
			s.message("exactly one of the arguments that say its length must be given"))
		return
	}
	if was != nil && is != nil && number(is, "assumedSize", 0) < number(was, "assumedSize", 0) && spelling(was) == spelling(is) {
		c.found(Safe, "LIST_SIZE_LOWERED", s.at, s.where, s.message("operations that use it cost no more than before"))
		return
	}
	c.found(Dangerous, "LIST_SIZE_CHANGED", s.at, s.where, s.message("operations that use it can cost too much"))
}

// needsOne reports whether one of the arguments must be given that say how long a list is.
func needsOne(d *ast.Directive) bool {
	return len(elements(given(d, "slicingArguments"))) > 0 && word(d, "requireOneSlicingArgument") != "false"
}

// spelling is what a directive says of arguments and fields.
func spelling(d *ast.Directive) string {
	return valueText(given(d, "slicingArguments")) + " " + valueText(given(d, "sizedFields"))
}
