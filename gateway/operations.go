package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/mcp/tool"
	"github.com/concierge-gateway/concierge/persisted/manifest"
	"github.com/concierge-gateway/concierge/plan"
)

// Operation is an operation in a file, and how it would be executed.
type Operation struct {
	plan.Explanation

	// File and Line are where it stands.
	File string
	Line int
	// ID is by what clients name its document, where it stands in a manifest.
	ID string
	// Client is the name of the client whose it is, where that is known.
	Client string
	// Name is its name, empty where it has none.
	Name string
	// Kind is query, mutation or subscription.
	Kind string
	// Tool is the name of the tool that it is, empty where it is none.
	Tool string
	// Estimate is what it takes at most, whatever its variables are.
	Estimate demand.Estimate
}

// Title is what the operation is, and whose.
func (o Operation) Title() string {
	title := strings.TrimSpace(o.Kind + " " + o.Name)
	if o.ID != "" {
		title += ", id " + o.ID
	}
	if o.Client != "" {
		title += ", of " + o.Client
	}
	if o.Tool != "" {
		title += ", the tool " + o.Tool
	}
	return title
}

// Text is the operation's explanation in lines, with what it takes.
func (o Operation) Text() string {
	return fmt.Sprintf("%s\ncosts %d at most, and asks services for %d keys in %d calls\n",
		o.Explanation.Text(), o.Estimate.Cost, o.Estimate.Keys, o.Estimate.Calls)
}

// Unplanned are the fields that plans do not cover. There are none where nothing is planned at all.
func (g *Gateway) Unplanned() []plan.Unplanned {
	if g.current().execution.planner == nil {
		return nil
	}
	return g.current().execution.planner.Unplanned()
}

// Explain tells of each operation in a file, in the files *.graphql of a folder, or in a manifest, how it would be executed.
// Fragments hold for the document that they stand in. The error is config.Mistakes where files could be read, all of all
// documents: what the limits of documents or the schema would refuse, and marks of tools that are none.
func (g *Gateway) Explain(name string) ([]Operation, error) {
	documents, err := manifest.Read(name)
	if mistake, ok := errors.AsType[*manifest.Mistake](err); ok {
		return nil, mistakeOf(mistake)
	}
	if err != nil {
		return nil, fmt.Errorf("read operations: %w", err)
	}
	return g.current().execution.explainDocuments(documents)
}

// explainDocuments reads documents as the executor would.
func (e *execution) explainDocuments(documents []manifest.Document) ([]Operation, error) {
	var sources []tool.Source
	var mistakes config.Mistakes
	for _, each := range documents {
		doc, refused := e.readWithin(e.settings.Limits, each.File, each.Text)
		if len(refused) > 0 {
			mistakes = append(mistakes, mistakesOf(each, refused)...)
			continue
		}
		sources = append(sources, tool.Source{Document: each, Parsed: doc})
	}
	tools, wrong := tool.Compile(e.Schema(), e.demands.sizes.Pages, sources)
	if mistakes = append(mistakes, mistakesOfTools(wrong)...); len(mistakes) > 0 {
		return nil, mistakes
	}
	names := make(map[[2]string]string) // of tools, by their documents and operations
	for _, each := range tools.All() {
		names[[2]string{each.Text, each.Operation}] = each.Name
	}
	var all []Operation
	for _, each := range sources {
		told := e.explainDocument(each.Document, each.Parsed)
		for i := range told {
			told[i].Tool = names[[2]string{each.Text, told[i].Name}]
		}
		all = append(all, told...)
	}
	return all, nil
}

func (e *execution) explainDocument(d manifest.Document, doc *ast.QueryDocument) []Operation {
	told := e.explainAll(doc)
	all := make([]Operation, len(doc.Operations))
	for i, operation := range doc.Operations {
		all[i] = Operation{
			File: d.File, Line: d.Line, ID: d.ID, Client: d.Client,
			Name: operation.Name, Kind: string(operation.Operation), Explanation: told[i],
			Estimate: e.demands.most(&graphql.OperationContext{Doc: doc, Operation: operation}, told[i].Services),
		}
		if !d.Listed() {
			all[i].Line, all[i].ID = operation.Position.Line, ""
		}
	}
	return all
}

// readWithin parses and validates a document, within limits.
func (e *execution) readWithin(limits document.Limits, file, text string) (*ast.QueryDocument, gqlerror.List) {
	guard := document.NewGuard(limits.ForEveryone, e.documents, prometheus.NewRegistry())
	if err := guard.MutateOperationParameters(context.Background(), &graphql.RawParams{Query: text}); err != nil {
		return nil, gqlerror.List{err}
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Name: file, Input: text}, limits.Tokens)
	if err != nil {
		return nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	if len(doc.Operations) == 0 {
		return nil, gqlerror.List{gqlerror.Errorf("there is no operation in it")}
	}
	return doc, validator.ValidateWithRules(e.Schema(), doc, e.demands.rules())
}

// explainAll tells of each operation of a valid document how it is executed.
func (e *execution) explainAll(doc *ast.QueryDocument) []plan.Explanation {
	told := e.demands.reckoner.Explain(doc, e.demands.sizes)
	for i, operation := range doc.Operations {
		services := e.demands.reckoner.Reckon(&graphql.OperationContext{Doc: doc, Operation: operation}, e.demands.sizes).Unknown()
		if e.planner == nil {
			told[i] = plan.Unexplained(errPlansOff)
		}
		told[i].Services = services
	}
	return told
}

// mistakesIn are what is wrong with a document, in the order of its lines.
func mistakesIn(file string, refused gqlerror.List) config.Mistakes {
	mistakes := make(config.Mistakes, len(refused))
	for i, each := range refused {
		mistakes[i] = config.Mistake{File: file, Line: 1, Column: 1, Message: each.Message}
		if len(each.Locations) > 0 {
			mistakes[i].Line, mistakes[i].Column = each.Locations[0].Line, each.Locations[0].Column
		}
	}
	slices.SortStableFunc(mistakes, func(a, b config.Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return mistakes
}
