// Package coordinates answers which parts of a schema an operation uses. Each part has a name, its coordinate
// (https://spec.graphql.org/September2025/#sec-Schema-Coordinates): Order, Order.total, Query.orders(first:), OrderStatus.PAID,
// @include(if:).
package coordinates

// Member is the coordinate of a field, of a field of an input, or of a value of an enumeration.
func Member(typeName, member string) string { return typeName + "." + member }

// Argument is the coordinate of a field's argument.
func Argument(typeName, field, argument string) string {
	return typeName + "." + field + "(" + argument + ":)"
}

// Directive is the coordinate of a directive.
func Directive(name string) string { return "@" + name }

// DirectiveArgument is the coordinate of a directive's argument.
func DirectiveArgument(name, argument string) string { return "@" + name + "(" + argument + ":)" }
