package gateway

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/plan"
)

// Operation is an operation in a file, and how it would be executed.
type Operation struct {
	plan.Explanation

	// File and Line are where it stands.
	File string
	Line int
	// Name is its name, empty where it has none.
	Name string
	// Kind is query, mutation or subscription.
	Kind string
	// Estimate is what it takes at most, whatever its variables are.
	Estimate demand.Estimate
}

// Text is the operation's explanation in lines, with what it takes.
func (o Operation) Text() string {
	return fmt.Sprintf("%s\ncosts %d at most, and asks services for %d keys in %d calls\n",
		o.Explanation.Text(), o.Estimate.Cost, o.Estimate.Keys, o.Estimate.Calls)
}

// Unplanned are the fields that plans do not cover. There are none where nothing is planned at all.
func (g *Gateway) Unplanned() []plan.Unplanned {
	if g.execution.planner == nil {
		return nil
	}
	return g.execution.planner.Unplanned()
}

// Explain tells of each operation in a file, or in the files *.graphql of a folder, how it would be executed. Fragments hold for
// the file that they stand in. The error is config.Mistakes where files could be read, all of all files: what the limits of
// documents or the schema would refuse.
func (g *Gateway) Explain(name string) ([]Operation, error) {
	files, err := operationFiles(name)
	if err != nil {
		return nil, fmt.Errorf("read operations: %w", err)
	}
	var all []Operation
	var mistakes config.Mistakes
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the operator names it
		if err != nil {
			return nil, fmt.Errorf("read operations: %w", err)
		}
		told, wrong := g.execution.explainFile(file, string(text))
		all, mistakes = append(all, told...), append(mistakes, wrong...)
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return all, nil
}

// operationFiles are a file itself, or those of a folder and of the folders in it.
func operationFiles(name string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && (path == name || filepath.Ext(path) == ".graphql") {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		return nil, fmt.Errorf("%s: there is no file *.graphql in it", name)
	}
	return files, err
}

// explainFile reads a document as the executor would.
func (e *execution) explainFile(file, text string) ([]Operation, config.Mistakes) {
	doc, refused := e.read(file, text)
	if len(refused) > 0 {
		return nil, mistakesIn(file, refused)
	}
	told := e.explainAll(doc)
	all := make([]Operation, len(doc.Operations))
	for i, operation := range doc.Operations {
		all[i] = Operation{
			File: file, Line: operation.Position.Line, Name: operation.Name, Kind: string(operation.Operation), Explanation: told[i],
			Estimate: e.demands.most(&graphql.OperationContext{Doc: doc, Operation: operation}, told[i].Services),
		}
	}
	return all, nil
}

// read parses and validates a document, within the limits.
func (e *execution) read(file, text string) (*ast.QueryDocument, gqlerror.List) {
	guard := document.NewGuard(e.settings.Limits.ForEveryone, e.documents, prometheus.NewRegistry())
	if err := guard.MutateOperationParameters(context.Background(), &graphql.RawParams{Query: text}); err != nil {
		return nil, gqlerror.List{err}
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Name: file, Input: text}, e.settings.Limits.Tokens)
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
