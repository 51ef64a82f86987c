package tests

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/graph"
)

func schema() *ast.Schema { return graph.NewExecutableSchema(graph.Config{}).Schema() }

func TestEverythingInTheSchemaIsDescribed(t *testing.T) {
	for _, definition := range schema().Types {
		if definition.BuiltIn {
			continue
		}
		missing := func(description, name string) {
			if strings.TrimSpace(description) == "" {
				t.Errorf("%s has no description", name)
			}
		}
		missing(definition.Description, definition.Name)
		for _, value := range definition.EnumValues {
			missing(value.Description, definition.Name+"."+value.Name)
		}
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			missing(field.Description, definition.Name+"."+field.Name)
			for _, argument := range field.Arguments {
				missing(argument.Description, definition.Name+"."+field.Name+"("+argument.Name+")")
			}
		}
	}
}

// A failed service must null no more than itself, so what comes from a service of its own is nullable, and so are all root
// fields.
func TestWhatASecondServiceAnswersIsNullable(t *testing.T) {
	records := map[string]bool{
		"User": true, "Order": true, "Product": true, "Payment": true,
		"UserConnection": true, "OrderConnection": true, "ProductConnection": true,
	}
	inPages := map[string]bool{"UserEdge": true, "OrderEdge": true, "ProductEdge": true} // their nodes came with them
	for _, definition := range schema().Types {
		if definition.Kind != ast.Object || inPages[definition.Name] {
			continue
		}
		root := definition.Name == "Query" || definition.Name == "Mutation"
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") || field.Type.Elem != nil {
				continue
			}
			if (root || records[field.Type.NamedType]) && field.Type.NonNull {
				t.Errorf("%s.%s must be nullable", definition.Name, field.Name)
			}
		}
	}
}

func TestNoSensitiveMemberIsInTheSchema(t *testing.T) {
	never := []string{
		"passwordHash", "apiToken", "cardCvv", "cardNumber", "processorRef", "internalMargin", "supplierCost", "riskScore",
	}
	for _, definition := range schema().Types {
		if definition.Kind != ast.Object {
			continue
		}
		for _, name := range never {
			if definition.Fields.ForName(name) != nil {
				t.Errorf("%s.%s must not exist", definition.Name, name)
			}
		}
	}
}

func TestTheFirstQueryFitsTheSchema(t *testing.T) {
	if _, err := gqlparser.LoadQueryWithRules(schema(), demo.FirstQuery, document.Rules()); err != nil {
		t.Error(err)
	}
}
