package gateway

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/concierge-gateway/concierge/problem"
)

const (
	subscriptionType = "Subscription"
	// topicKind is the kind of records that subscriptions are about.
	topicKind = "order"
)

// told is what a field of Subscription tells of.
type told struct {
	kind  string   // of the records that something happens to
	types []string // of the events that it tells of, as the services' contracts have them
	read  string   // the field of Query that reads one by its id, and has the same type
}

// kindsTold are the fields of Subscription.
var kindsTold = map[string]told{ //nolint:gochecknoglobals // it is never changed
	"orderStatusChanged": {kind: "order", types: []string{"order.status_changed"}, read: "order"},
	"paymentStatusChanged": {
		kind: "payment", types: []string{"payment.created", "payment.status_changed"}, read: "payment",
	},
}

// eventQuery is the query that reads what a subscription tells of an event. So each event is answered like a query that the
// client might have sent: by a plan, with fresh loaders, by what the policy says of the caller now, and at the same costs.
type eventQuery struct {
	told

	text      string
	name      string
	alias     string // under which the record stands in the answer
	id        string // the variable that has the id of the record
	variables map[string]any
}

// eventQuery makes the query of a subscription's operation, which was found valid, and finds out that it is valid, too.
func (e *endpoint) eventQuery(ctx context.Context, operation *graphql.OperationContext) (*eventQuery, error) {
	fields := graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{subscriptionType})
	field := fields[0]
	q := &eventQuery{
		told: kindsTold[field.Name], name: operation.Operation.Name, alias: field.Alias, variables: operation.Variables,
	}
	q.text, q.id = queryOf(operation, field, q.read)
	params := &graphql.RawParams{Query: q.text, OperationName: q.name, Variables: q.variablesFor(1), Headers: operation.Headers}
	if _, _, refused := e.execution.intake.take(asEvent(ctx), time.Now(), params); refused != nil {
		return nil, problem.Wrap(problem.KindOfGraphQL(refused[0]), refused, refused[0].Message)
	}
	return q, nil
}

// queryOf writes the query: the selection of the subscription's field, below a field of Query with the same name in the answer.
func queryOf(operation *graphql.OperationContext, field graphql.CollectedField, read string) (text, id string) {
	used := usesOf(operation.Doc, field.Selections)
	id = freeName(operation.Operation.VariableDefinitions)
	definitions := ast.VariableDefinitionList{{Variable: id, Type: ast.NonNullNamedType("ID", nil)}}
	for _, each := range operation.Operation.VariableDefinitions {
		if used.variables[each.Variable] {
			definitions = append(definitions, each)
		}
	}
	query := &ast.QueryDocument{Operations: ast.OperationList{{
		Operation: ast.Query, Name: operation.Operation.Name, VariableDefinitions: definitions,
		SelectionSet: ast.SelectionSet{&ast.Field{
			Alias: field.Alias, Name: read, SelectionSet: field.Selections,
			Arguments: ast.ArgumentList{{Name: "id", Value: &ast.Value{Raw: id, Kind: ast.Variable}}},
		}},
	}}}
	for _, each := range operation.Doc.Fragments {
		if used.fragments[each.Name] {
			query.Fragments = append(query.Fragments, each)
		}
	}
	var written strings.Builder
	formatter.NewFormatter(&written).FormatQueryDocument(query)
	return written.String(), id
}

// freeName is a name that no variable has.
func freeName(taken ast.VariableDefinitionList) string {
	for i := 0; ; i++ {
		name := "event" + strings.Repeat("_", i)
		if taken.ForName(name) == nil {
			return name
		}
	}
}

// uses are the fragments and variables that a selection needs.
type uses struct {
	doc                  *ast.QueryDocument
	fragments, variables map[string]bool
}

func usesOf(doc *ast.QueryDocument, set ast.SelectionSet) *uses {
	u := &uses{doc: doc, fragments: make(map[string]bool), variables: make(map[string]bool)}
	u.selection(set)
	return u
}

func (u *uses) selection(set ast.SelectionSet) {
	for _, each := range set {
		switch each := each.(type) {
		case *ast.Field:
			u.arguments(each.Arguments)
			u.directives(each.Directives)
			u.selection(each.SelectionSet)
		case *ast.InlineFragment:
			u.directives(each.Directives)
			u.selection(each.SelectionSet)
		case *ast.FragmentSpread:
			u.directives(each.Directives)
			u.fragment(each.Name)
		}
	}
}

func (u *uses) fragment(name string) {
	fragment := u.doc.Fragments.ForName(name)
	if fragment == nil || u.fragments[name] {
		return
	}
	u.fragments[name] = true
	u.directives(fragment.Directives)
	u.selection(fragment.SelectionSet)
}

func (u *uses) directives(list ast.DirectiveList) {
	for _, each := range list {
		u.arguments(each.Arguments)
	}
}

func (u *uses) arguments(list ast.ArgumentList) {
	for _, each := range list {
		u.value(each.Value)
	}
}

func (u *uses) value(value *ast.Value) {
	if value == nil {
		return
	}
	if value.Kind == ast.Variable {
		u.variables[value.Raw] = true
	}
	for _, child := range value.Children {
		u.value(child.Value)
	}
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }

// gone is the answer of the query where there is no such record, or none that the caller may see.
func (q *eventQuery) gone(data []byte) bool {
	return string(data) == `{"`+q.alias+`":null}`
}
