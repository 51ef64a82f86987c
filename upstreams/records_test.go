package upstreams_test

import (
	"testing"

	"github.com/concierge-gateway/concierge/upstreams"
)

// No call is made for no ids.
func TestEveryTypeWithRecordsIsKnownByItsService(t *testing.T) {
	services := new(upstreams.Services)
	known := make(map[string]bool)
	for name := range upstreams.DefaultConfig().All() {
		known[name] = true
	}
	for name, service := range upstreams.TypeServices() {
		if !known[service] || upstreams.Collection(service) == "" {
			t.Errorf("the %s service of %s is not known", service, name)
		}
		if _, err := services.Records(t.Context(), name, nil); err != nil {
			t.Errorf("records of %s: %v", name, err)
		}
		delete(known, service)
	}
	if len(known) > 0 {
		t.Errorf("no type is of the services %v", known)
	}
	if upstreams.Collection("files") != "" {
		t.Error("a service without a client has records")
	}
}
