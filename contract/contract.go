// Package contract answers whether clients, types and schema agree with what a service says of itself.
//
// A service says it in OpenAPI. Nothing here repeats what the code says: the clients are called, with made-up arguments and a
// transport that only writes down; the Go types are given records made up as the contract describes them; the fields of the
// schema are read from those. So the check cannot drift from the program.
package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/wire"
)

// Finding is one disagreement.
type Finding struct {
	// Ours is the place in the gateway, or in a service's answer, and Theirs the place in the contract. Theirs is empty where the
	// gateway disagrees with itself.
	Ours, Theirs string
	// Message says what is different.
	Message string
}

// String is the finding on one line.
func (f Finding) String() string {
	if f.Theirs == "" {
		return f.Ours + ": " + f.Message
	}
	return f.Ours + " against " + f.Theirs + ": " + f.Message
}

// Findings are all disagreements, in order of the gateway's places.
type Findings []Finding

// Error is a line for each finding.
func (f Findings) Error() string {
	lines := make([]string, len(f))
	for i, each := range f {
		lines[i] = each.String()
	}
	return strings.Join(lines, "\n")
}

// notebook collects findings, each once.
type notebook struct{ found map[Finding]bool }

func (n *notebook) addf(ours, theirs, format string, args ...any) {
	if n.found == nil {
		n.found = make(map[Finding]bool)
	}
	n.found[Finding{Ours: ours, Theirs: theirs, Message: fmt.Sprintf(format, args...)}] = true
}

// err is Findings, or nil where there are none.
func (n *notebook) err() error {
	all := make(Findings, 0, len(n.found))
	for each := range n.found {
		all = append(all, each)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Ours, b.Ours), strings.Compare(a.Theirs, b.Theirs), strings.Compare(a.Message, b.Message))
	})
	if len(all) == 0 {
		return nil
	}
	return all
}

// Check compares the gateway, configured so, with its services' contracts. It calls no service; it reads those contracts that
// the configuration names. page is the size of the largest page that clients may ask for. The error is Findings.
func Check(ctx context.Context, config upstreams.Config, page int) error {
	documents, err := load(ctx, config)
	if err != nil {
		return err
	}
	return compare(config, page, documents, graph.NewExecutableSchema(graph.Config{}).Schema())
}

func compare(config upstreams.Config, page int, documents map[string]*openapi.Document, schema *ast.Schema) error {
	var n notebook
	fields, err := wire.Read(schema)
	if mistakes, ok := errors.AsType[wire.Mistakes](err); ok {
		for _, each := range mistakes {
			n.addf(each.Field+" by "+each.Go, "", "%s", each.Message)
		}
	}
	records := &records{notebook: &n, schema: schema, fields: fields}
	calls := &calls{notebook: &n, config: config, page: page, documents: documents, records: records}
	calls.all()
	records.unread()
	return n.err()
}
