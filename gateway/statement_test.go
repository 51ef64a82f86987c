package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// finder finds the records of some types.
type finder map[string]bool

func (f finder) Records(_ context.Context, typeName string, _ []record.ID) (map[record.ID]any, error) {
	if !f[typeName] {
		return nil, errors.New("nobody finds a " + typeName)
	}
	return nil, nil
}

func TestARuleThatDependsOnRecordsNobodyFindsIsRefused(t *testing.T) {
	s, err := readStatement(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.findable(t.Context(), finder{"Order": true}); err != nil {
		t.Error(err)
	}
	if err := s.findable(t.Context(), finder{}); err == nil {
		t.Error("a payment belongs to whom its order belongs to, and nobody finds an order")
	}
}

// Both doors find what says whose a record is.
func TestTheRecordsOfEachTypeWithAnIDAreFound(t *testing.T) {
	s, err := readStatement(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	services := upstreams.Over(upstreams.DefaultConfig(), func(string) http.RoundTripper { return nil }, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	reads := loaders.New(t.Context(), loaders.NewReads(services))
	defer reads.Close()
	types := 0
	for name, object := range s.schema.Types {
		if object.Fields.ForName("id") == nil {
			continue
		}
		types++
		for door, records := range map[string]policy.Records{"GraphQL": reads, "REST": services} {
			if _, err := records.Records(t.Context(), name, nil); err != nil {
				t.Errorf("over %s: %v", door, err)
			}
		}
	}
	if types < 4 {
		t.Errorf("%d types have an id", types)
	}
}
