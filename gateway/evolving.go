package gateway

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/coordinates"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/fieldusage"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/persisted/manifest"
	"github.com/concierge-gateway/concierge/schemadiff"
)

// Evolution says what the schema is compared with, and where it stands what clients use.
type Evolution struct {
	// Against is a file or folder with the old schema.
	Against string
	// Operations are files, folders and manifests with clients' operations.
	Operations []string
	// Usage are reports of what was used, as the admin listener tells them.
	Usage []string
}

// informed reports whether anything is known of clients.
func (e Evolution) informed() bool { return len(e.Operations)+len(e.Usage) > 0 }

// Evolve tells what has changed since an old schema, and whom it touches.
func (g *Gateway) Evolve(e Evolution) (schemadiff.Report, error) {
	before, err := schemadiff.Read(e.Against)
	if err != nil {
		return schemadiff.Report{}, err
	}
	report := schemadiff.Report{Changes: schemadiff.Compare(before, graph.NewExecutableSchema(graph.Config{}).Schema())}
	for i := range report.Changes {
		if change := &report.Changes[i]; !change.Before {
			change.File = strings.TrimPrefix(change.File, "../") // it was compiled in as seen from another folder
		}
	}
	if !e.informed() {
		return report, nil
	}
	report.Evidence = &schemadiff.Evidence{Counted: make(map[string][]schemadiff.Counted)}
	for _, file := range e.Usage {
		if err := addCounted(report.Evidence.Counted, file); err != nil {
			return schemadiff.Report{}, err
		}
	}
	for _, name := range e.Operations {
		known, err := g.current().execution.known(before, name)
		if err != nil {
			return schemadiff.Report{}, err
		}
		report.Evidence.Operations = append(report.Evidence.Operations, known...)
	}
	return report, nil
}

// addCounted adds what a report says to what others said.
func addCounted(all map[string][]schemadiff.Counted, file string) error {
	text, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("read what clients use: %w", err)
	}
	var report fieldusage.Report
	if err := json.Unmarshal(text, &report); err != nil {
		return fmt.Errorf("read what clients use: %s: it is not what %s of the admin listener answers: %w", file, usedFieldsPath, err)
	}
	if report.Since.IsZero() {
		return fmt.Errorf("read what clients use: %s: it is not what %s of the admin listener answers", file, usedFieldsPath)
	}
	for _, part := range report.Parts {
		for _, client := range part.Clients {
			counted := schemadiff.Counted{Name: client.Name, Version: client.Version, Times: client.Uses + client.Possible}
			if client.Last != nil {
				counted.Last = *client.Last
			}
			all[part.Coordinate] = append(all[part.Coordinate], counted)
		}
	}
	return nil
}

// known are the operations of a file, folder or manifest, with what each uses of the old schema.
func (e *execution) known(before *ast.Schema, name string) ([]schemadiff.Operation, error) {
	documents, err := manifest.Read(name)
	if err != nil {
		return nil, fmt.Errorf("read clients' operations: %w", err)
	}
	var all []schemadiff.Operation
	for _, each := range documents {
		known, err := e.knownIn(before, each)
		if err != nil {
			return nil, fmt.Errorf("read clients' operations: %s:%d: %w", each.File, each.Line, err)
		}
		all = append(all, known...)
	}
	return all, nil
}

// knownIn are the operations of one document. One that is not valid for the old schema either is none that the change breaks: if
// it is valid for the new one, it was written for that.
func (e *execution) knownIn(before *ast.Schema, text manifest.Document) ([]schemadiff.Operation, error) {
	doc, err := parser.ParseQuery(&ast.Source{Name: text.File, Input: text.Text})
	if err != nil {
		return nil, err
	}
	var all []schemadiff.Operation
	for _, operation := range doc.Operations {
		alone := only(doc, operation)
		refused := firstOf(validator.ValidateWithRules(e.Schema(), alone, e.demands.rules()))
		invalid := firstOf(validator.ValidateWithRules(before, alone, document.Rules())) // last, for what it is to use of this schema
		switch {
		case invalid == "":
			all = append(all, schemadiff.Operation{
				Name: operation.Name, Client: text.Client, File: text.File, Line: lineOf(text, operation),
				Uses: coordinates.Of(before, operation), Refused: refused,
			})
		case refused != "":
			return nil, fmt.Errorf("%s is valid for neither schema: %s", cmp.Or(operation.Name, "the operation"), invalid)
		}
	}
	return all, nil
}

// only is a document with one operation of another, and the fragments that it spreads.
func only(doc *ast.QueryDocument, operation *ast.OperationDefinition) *ast.QueryDocument {
	alone := &ast.QueryDocument{Operations: ast.OperationList{operation}, Position: doc.Position}
	var add func(set ast.SelectionSet)
	add = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				add(s.SelectionSet)
			case *ast.InlineFragment:
				add(s.SelectionSet)
			case *ast.FragmentSpread:
				if found := doc.Fragments.ForName(s.Name); found != nil && alone.Fragments.ForName(s.Name) == nil {
					alone.Fragments = append(alone.Fragments, found)
					add(found.SelectionSet)
				}
			}
		}
	}
	add(operation.SelectionSet)
	return alone
}

// lineOf is where an operation stands. Lines of a text in a manifest are not those of the file.
func lineOf(text manifest.Document, operation *ast.OperationDefinition) int {
	if text.Listed() {
		return text.Line
	}
	return operation.Position.Line
}

func firstOf(refused gqlerror.List) string {
	if len(refused) == 0 {
		return ""
	}
	return refused[0].Message
}
