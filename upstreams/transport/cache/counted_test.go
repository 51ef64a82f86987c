package cache_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// counts are the requests to the cache of answers, by what came of them.
func counts(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]float64)
	for _, family := range families {
		if family.GetName() != "concierge_cache_requests_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			result := ""
			for _, label := range metric.GetLabel() {
				if label.GetName() == "result" {
					result = label.GetValue()
				}
			}
			if n := metric.GetCounter().GetValue(); n > 0 {
				found[result] = n
			}
		}
	}
	return found
}

func TestEachRequestIsCountedOnceByWhatCameOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		tag := `"1"`
		s := tagged(&tag, "Cache-Control", "max-age=10, stale-while-revalidate=10")
		answer := s.answer
		s.answer = func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			switch req.URL.Path {
			case "/none":
				return says(404, "", "Cache-Control", "max-age=10"), nil
			case "/broken":
				return nil, errors.New("broken")
			}
			return answer(req)
		}
		o := open(t, s, func(s *setting) { s.parts.Metrics = stored.NewMetrics(registry) })
		together(3, func(int) { o.get(t, "/users") }) // one misses, two share
		o.get(t, "/users")                            // a hit
		time.Sleep(12 * time.Second)
		o.get(t, "/users") // stale
		time.Sleep(time.Minute)
		o.get(t, "/users") // confirmed
		o.get(t, "/none")  // a miss
		o.get(t, "/none")  // known not to be there
		_, _ = o.do(asking(t.Context(), "GET", "/broken"))
		want := map[string]float64{"miss": 3, "shared": 2, "hit": 1, "stale": 1, "revalidated": 1, "negative": 1}
		if diff := cmp.Diff(want, counts(t, registry)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAFallbackIsToldOfOnlyWhereItsAnswerIsUsed(t *testing.T) {
	for control, used := range map[string]bool{"max-age=1, stale-if-error=60": false, "max-age=1, stale-if-error=5": true} {
		synctest.Test(t, func(t *testing.T) {
			config := fallback.Config{Static: []fallback.Static{{Match: "GET /users", Body: "[]"}}}
			fallbacks, err := fallback.New("user", config, fallback.NewMetrics(prometheus.NewRegistry()))
			if err != nil {
				t.Fatal(err)
			}
			s := always(200, "old", "Cache-Control", control)
			o := open(t, fallbacks.Layer(s, nil))
			o.get(t, "/users")
			time.Sleep(10 * time.Second)
			s.answer = func(*http.Request) (*http.Response, error) { return nil, errors.New("broken") }
			ctx, notes := fallback.Collect(t.Context())
			together(2, func(int) {
				got, err := o.do(asking(ctx, "GET", "/users"))
				if err != nil || (got.body == "[]") != used {
					t.Errorf("got %+v, %v", got, err)
				}
			})
			if told := len(notes.All()) > 0; told != used {
				t.Errorf("the notes are %v", notes.All())
			}
		})
	}
}

func TestEveryoneWhoGetsAFallbackIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := fallback.Config{Static: []fallback.Static{{Match: "GET /users", Body: "[]"}}}
		fallbacks, err := fallback.New("user", config, fallback.NewMetrics(prometheus.NewRegistry()))
		if err != nil {
			t.Fatal(err)
		}
		o := open(t, fallbacks.Layer(&service{answer: func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return nil, errors.New("broken")
		}}, nil))
		together(5, func(int) {
			ctx, notes := fallback.Collect(t.Context())
			if got, err := o.do(asking(ctx, "GET", "/users")); err != nil || got.body != "[]" || len(notes.All()) != 1 {
				t.Errorf("got %+v, %v, and the notes %v", got, err, notes.All())
			}
		})
	})
}
