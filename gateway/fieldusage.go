package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/fieldusage"
	"github.com/concierge-gateway/concierge/problem"
)

// usedFieldsPath is where operators read which clients use which parts of the schema.
const usedFieldsPath = "/usage/fields"

// countUses counts the uses of the schema that is served, nil where they are not counted.
func countUses(c fieldusage.Config, served *ast.Schema, registry prometheus.Registerer) (*fieldusage.Tracker, error) {
	if !c.Enabled {
		return nil, nil
	}
	uses := fieldusage.New(c, served)
	if err := uses.Register(registry); err != nil {
		return nil, fmt.Errorf("register the metrics of fields: %w", err)
	}
	return uses, nil
}

// count counts an operation that runs for the client that its request names.
func (e *execution) count(header http.Header, operation *graphql.OperationContext, spending *spending) {
	if e.uses != nil {
		e.uses.Count(header, e.besideOf(operation, spending).uses, operation.Operation)
	}
}

// usedFields tells the operator which parts of the schema are used, by whom, and which are not.
func (g *Gateway) usedFields(w http.ResponseWriter, r *http.Request) {
	filter, err := readFilter(r.URL.Query())
	if err != nil {
		problem.Write(w, err)
		return
	}
	answer(w, g.execution.uses.Report(filter))
}

func readFilter(query url.Values) (fieldusage.Filter, error) {
	filter := fieldusage.Filter{Coordinate: query.Get("coordinate"), Client: query.Get("client")}
	if err := readBool(query, "deprecated", &filter.Deprecated); err != nil {
		return filter, err
	}
	if query.Has("used") {
		if err := readBool(query, "used", &filter.Used); err != nil {
			return filter, err
		}
		filter.Unused = !filter.Used
	}
	return filter, nil
}

func readBool(query url.Values, name string, into *bool) error {
	if !query.Has(name) {
		return nil
	}
	value, err := strconv.ParseBool(query.Get(name))
	if err != nil {
		return problem.New(problem.BadInput, name+" is true or false")
	}
	*into = value
	return nil
}
