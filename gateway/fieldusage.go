package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/fieldusage"
	"github.com/concierge-gateway/concierge/problem"
)

// usedFieldsPath is where operators read which clients use which parts of the schema.
const usedFieldsPath = "/usage/fields"

// countUses counts the uses of the schema that is served, nil where they are not counted. What was counted lasts as long as what
// is said of that.
func (e *edition) countUses(o *opening) error {
	c := e.config.GraphQL
	if !c.Usage.Enabled {
		return nil
	}
	uses, _, err := take(o, "field usage", []any{c.Usage, c.Defer}, nil,
		func(metrics prometheus.Registerer) (*fieldusage.Tracker, life, error) {
			made := fieldusage.New(c.Usage, e.execution.Schema())
			if err := made.Register(metrics); err != nil {
				return nil, life{}, fmt.Errorf("register the metrics of fields: %w", err)
			}
			return made, life{}, nil
		})
	e.execution.uses = uses
	return err
}

// count counts an operation that runs for the client that its request names.
func (e *execution) count(header http.Header, operation *graphql.OperationContext, spending *spending) {
	if e.uses != nil {
		e.uses.Count(header, e.besideOf(operation, spending).uses, operation.Operation)
	}
}

// usedFields tells the operator which parts of the schema are used, by whom, and which are not.
func (e *edition) usedFields(w http.ResponseWriter, r *http.Request) {
	filter, err := readFilter(r.URL.Query())
	if err != nil {
		problem.Write(w, err)
		return
	}
	answer(w, e.execution.uses.Report(filter))
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
