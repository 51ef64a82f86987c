package gateway

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/wire"
)

// statement is what the schema says, which both doors obey.
type statement struct {
	schema     *ast.Schema
	fields     *wire.Map
	policy     *policy.Policy
	pseudonyms *policy.Pseudonyms
}

func readStatement(c config.Config) (*statement, error) {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	fields, err := wire.Read(schema)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	stated, err := policy.Read(schema, fields)
	if err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	pseudonyms, err := policy.NewPseudonyms(stated, c.Policy)
	if err != nil {
		return nil, err
	}
	return &statement{schema: schema, fields: fields, policy: stated, pseudonyms: pseudonyms}, nil
}

// findable is an error where nobody finds the records that say whose others are. No call is made for no ids.
func (s *statement) findable(ctx context.Context, records policy.Records) error {
	for _, rule := range s.policy.Rules() {
		if rule.Owner == nil || len(rule.Owner.Steps) < 2 {
			continue
		}
		for _, step := range rule.Owner.Steps[1:] {
			if _, err := records.Records(ctx, step.Type, nil); err != nil {
				return fmt.Errorf("read the policy: %s: %w", rule.Name, err)
			}
		}
	}
	return nil
}

// What the audit calls the rules that a request comes from where it may, from a page that may send it, from somebody who may ask
// for the schema, and from somebody who may use the tool.
const (
	ruleNetworks      = "networks"
	ruleOrigin        = "origin"
	ruleIntrospection = "introspection"
	ruleTool          = "tool"
)

// newAudit is the log of denials. Metrics name the rules of the schema, and those before it.
func newAudit(s *statement, registry prometheus.Registerer, log *slog.Logger) *audit.Log {
	names := append(auth.Rules(), ruleNetworks, ruleOrigin, ruleIntrospection, ruleTool)
	for _, rule := range s.policy.Rules() {
		names = append(names, rule.Name)
	}
	denials := audit.New(registry, log)
	denials.Rules(names)
	return denials
}
