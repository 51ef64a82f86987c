package cache_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/record"
	kept "github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// equal is a cache of a service whose answers at /orders/{id} equal its records.
func equal(t *testing.T, s *service, change ...func(*setting)) *opened {
	t.Helper()
	return open(t, s, append(change, func(s *setting) {
		memory := stored.NewMemory(1 << 20)
		s.parts.Memory, s.parts.Records = memory.Part("answers"), memory.Part("records")
		s.config.Single, s.parts.Absent = "/orders/{id}", time.Minute
		s.knowledge.Collection = "/orders"
	})...)
}

func way(ctx context.Context, o *opened) kept.Way {
	return kept.Way{Name: kept.ByID, Member: "id", Key: o.Key(asking(ctx, "GET", "/orders"), kept.ByID)}
}

func TestARecordOfABatchAnswersAReadOfIt(t *testing.T) {
	s := always(200, `{"id":7,"from":"service"}`, "Content-Type", "application/json")
	o := equal(t, s)
	o.Records().Keep(way(t.Context(), o), kept.Answer{
		Since: o.log.Now(), Began: time.Now(), Terms: rules.Terms{Fresh: time.Now().Add(time.Hour)},
		Asked: []record.ID{7}, Records: map[record.ID][]jsontext.Value{7: {jsontext.Value(`{"id":7,"from":"batch"}`)}},
	})
	if got := o.get(t, "/orders/7"); !got.served || got.body != `{"id":7,"from":"batch"}` || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %+v", got)
	}
	for _, path := range []string{"/orders/8", "/orders/7?full=1", "/orders/07", "/orders/7/items", "/users/7"} {
		if got := o.get(t, path); got.served {
			t.Errorf("%s got %+v", path, got)
		}
	}
	o.log.Purge(t.Context(), purge.ByWrite, purge.Record("user", "id", 7))
	if got := o.get(t, "/orders/7"); got.served {
		t.Errorf("after a write got %+v", got)
	}
}

// What lookups say alike, such as no language, others may say otherwise.
func TestARecordThatWasChosenByHowItWasAskedForAnswersNoReadOfIt(t *testing.T) {
	o := equal(t, always(200, `{"id":7,"from":"service"}`, "Content-Type", "application/json"))
	o.Records().Keep(way(t.Context(), o), kept.Answer{
		Since: o.log.Now(), Began: time.Now(), Terms: rules.Terms{Fresh: time.Now().Add(time.Hour)}, Chosen: true,
		Asked: []record.ID{7}, Records: map[record.ID][]jsontext.Value{7: {jsontext.Value(`{"id":7,"from":"batch"}`)}},
	})
	if got := o.get(t, "/orders/7"); got.served || got.body != `{"id":7,"from":"service"}` {
		t.Errorf("got %+v", got)
	}
	if found := o.Records().Find(t.Context(), way(t.Context(), o), []record.ID{7}); string(found.Records[7][0]) != `{"id":7,"from":"batch"}` {
		t.Errorf("a lookup finds %s", found.Records[7])
	}
}

// A read that says how it wants its answer leaves one for lookups, which say the same, and not for reads that say otherwise.
func TestAReadThatWasChosenByHowItWasAskedForIsKeptForLookupsAlone(t *testing.T) {
	s := always(200, `{"id":7}`, "Content-Type", "application/json", "Cache-Control", "max-age=60", "Vary", "Accept")
	o := equal(t, s)
	for range 2 {
		o.get(t, "/orders/7", "Accept", "application/json")
	}
	if found := o.Records().Find(t.Context(), way(t.Context(), o), []record.ID{7}); len(found.Records[7]) == 0 {
		t.Error("a lookup finds nothing")
	}
	if got := o.get(t, "/orders/7", "Accept", "text/plain"); got.served {
		t.Errorf("got %+v", got)
	}
}

func TestAReadOfARecordIsKeptForBatches(t *testing.T) {
	json := []string{"Content-Type", "application/json", "Cache-Control", "max-age=60"}
	for name, c := range map[string]struct {
		path   string
		status int
		body   string
		header []string
		kept   bool
		absent bool
	}{
		"a record":            {"/orders/7", 200, `{"id":7,"total":1}`, json, true, false},
		"of what there isn't": {"/orders/7", 404, `{}`, json, false, true},
		"another record":      {"/orders/7", 200, `{"id":8,"total":1}`, json, false, false},
		"no record":           {"/orders/7", 200, `[]`, json, false, false},
		"no JSON":             {"/orders/7", 200, `{"id":7`, json, false, false},
		"not for long":        {"/orders/7", 200, `{"id":7,"total":1}`, json[:2], false, false},
		"by a language":       {"/orders/7", 200, `{"id":7,"total":1}`, append(json, "Vary", "Accept-Language"), false, false},
		"somewhere else":      {"/orders/7?x=1", 200, `{"id":7,"total":1}`, json, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := equal(t, always(c.status, c.body, c.header...))
			o.get(t, c.path)
			found := o.Records().Find(t.Context(), way(t.Context(), o), []record.ID{7})
			if got := len(found.Records[7]) > 0; got != c.kept || (len(found.Missing) == 0) != (c.kept || c.absent) {
				t.Errorf("found %s, missing %v", found.Records[7], found.Missing)
			}
		})
	}
}

func TestARecordIsKeptForThoseForWhomItIsTheSame(t *testing.T) {
	s := &service{answer: func(req *http.Request) (*http.Response, error) {
		return says(200, `{"id":7,"of":"`+req.Header.Get("X-User-Id")+`"}`, "Content-Type", "application/json", "Cache-Control", "max-age=60"), nil
	}}
	o := equal(t, s, func(s *setting) { s.config.Depends = sharing.Principal })
	for _, id := range []string{"1", "2", "1"} {
		ctx := known(t.Context(), identity.Caller{ID: id})
		got, err := o.do(asking(ctx, "GET", "/orders/7", "X-User-Id", id))
		if err != nil || got.body != `{"id":7,"of":"`+id+`"}` {
			t.Errorf("%s got %+v, %v", id, got, err)
		}
		found := o.Records().Find(ctx, way(ctx, o), []record.ID{7})
		if len(found.Records[7]) != 1 || string(found.Records[7][0]) != got.body {
			t.Errorf("%s finds %s", id, found.Records[7])
		}
	}
}
