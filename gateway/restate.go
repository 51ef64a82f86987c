package gateway

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/problem"
)

// maxVariablePath bounds what an error shows of the path to a value, which holds names that the caller made up.
const maxVariablePath = 200

// restate says anew why a valid document cannot run with what came beside it. gqlgen quotes the operation's name whatever its
// length, and gqlparser the variable's value, and calls a list a slice.
func restate(refused gqlerror.List, operation *graphql.OperationContext, params *graphql.RawParams) gqlerror.List {
	switch {
	case operation.Doc == nil:
		return refused
	case operation.Operation == nil && params.OperationName == "":
		return invalid("the document has several operations, so operationName must say which one to run")
	case operation.Operation == nil:
		return invalid("the document has no operation of this name")
	}
	path := refused[0].Path
	if len(path) < 2 || path[0] != ast.PathName("variable") {
		return refused
	}
	where := path[1:].String()
	if len(where) > maxVariablePath {
		where = strings.ToValidUTF8(where[:maxVariablePath], "") + "…"
	}
	complaints := invalid("variable $" + where + " " + complaint(refused[0].Message))
	if name, ok := path[1].(ast.PathName); ok {
		complaints[0].Locations = declared(operation, string(name))
	}
	return complaints
}

// declared is where an operation declares a variable.
func declared(operation *graphql.OperationContext, name string) []gqlerror.Location {
	definition := operation.Operation.VariableDefinitions.ForName(name)
	if definition == nil || definition.Position == nil {
		return nil
	}
	return []gqlerror.Location{{Line: definition.Position.Line, Column: definition.Position.Column}}
}

func invalid(message string) gqlerror.List {
	return gqlerror.List{{Err: problem.New(problem.ValidationFailed, message)}}
}

// complaint is gqlparser's about a variable, in words that do not depend on the value.
func complaint(message string) string {
	switch message {
	case "must be defined":
		return "is needed"
	case "cannot be null":
		return "must not be null"
	case "unknown field":
		return "is not a field of its type"
	default:
		return "is not of its type"
	}
}
