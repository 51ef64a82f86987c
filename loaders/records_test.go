package loaders

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestManyKeysOfOneResolverLeaveTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, asked := new(level), new(batches)
		loader := newLoader(t.Context(), l, asked.squares)
		resolve(l,
			func() {
				values, err := loader.LoadMany(t.Context(), []int{2, 3, 4, 2})
				if err != nil || len(values) != 3 || values[2] != 4 || values[3] != 0 || values[4] != 16 {
					t.Errorf("LoadMany = %v, %v, want the squares of even numbers", values, err)
				}
			},
			func() {
				time.Sleep(time.Millisecond) // the other's keys wait for these
				if values, err := loader.LoadMany(t.Context(), []int{4, 6}); err != nil || values[6] != 36 {
					t.Errorf("LoadMany = %v, %v, want 36", values, err)
				}
			},
			func() {
				if value, err := loader.Load(t.Context(), 8); err != nil || value != 64 {
					t.Errorf("Load = %d, %v, want 64", value, err)
				}
			},
		)
		if len(asked.keys) != 1 || !slices.Equal(asked.keys[0], []int{2, 3, 4, 6, 8}) {
			t.Errorf("the service was asked for %v, want all keys once", asked.keys)
		}
	})
}

func TestManyKeysThatAreKnownMakeNoCall(t *testing.T) {
	l, asked := new(level), new(batches)
	loader := newLoader(t.Context(), l, asked.squares)
	loader.prime(2, 4)
	loader.prime(4, 16)
	resolve(l, func() {
		if values, err := loader.LoadMany(t.Context(), []int{2, 4}); err != nil || values[4] != 16 {
			t.Errorf("LoadMany = %v, %v", values, err)
		}
		if values, err := loader.LoadMany(t.Context(), nil); err != nil || len(values) > 0 {
			t.Errorf("LoadMany of nothing = %v, %v", values, err)
		}
	})
	if len(asked.keys) > 0 {
		t.Errorf("the service was asked for %v, want nothing", asked.keys)
	}
}

func TestOfManyKeysOnlyNewOnesAreAskedFor(t *testing.T) {
	l, asked := new(level), new(batches)
	loader := newLoader(t.Context(), l, func(ctx context.Context, keys []int) (map[int]int, map[int]error) {
		asked.note(keys)
		return map[int]int{keys[0]: 1}, nil
	})
	resolve(l, func() {
		_, _ = loader.Load(t.Context(), 2)
		if values, err := loader.LoadMany(t.Context(), []int{2, 4}); err != nil || values[2] != 1 || values[4] != 1 {
			t.Errorf("LoadMany = %v, %v, want both", values, err)
		}
	})
	if len(asked.keys) != 2 || !slices.Equal(asked.keys[1], []int{4}) {
		t.Errorf("the service was asked for %v, want only what was not asked for before", asked.keys)
	}
}

func TestAFailureOfOneOfManyKeysIsTold(t *testing.T) {
	broken := errors.New("broken")
	l := new(level)
	loader := newLoader(t.Context(), l, func(_ context.Context, keys []int) (map[int]string, map[int]error) {
		return map[int]string{1: "one"}, map[int]error{2: broken}
	})
	resolve(l, func() {
		if values, err := loader.LoadMany(t.Context(), []int{1, 2, 3}); !errors.Is(err, broken) || values != nil {
			t.Errorf("LoadMany = %v, %v, want the failure alone", values, err)
		}
	})
}

func TestTheRequestsEndEndsTheWaitForManyKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		l := new(level)
		loader := newLoader(ctx, l, new(batches).squares)
		resolve(l, func() {
			if _, err := loader.LoadMany(ctx, []int{2, 4}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("LoadMany = %v, want the deadline", err)
			}
		})
	})
}

// recorder answers lists of records with what it holds, and notes what it was asked for.
type recorder struct {
	mu     sync.Mutex
	asked  []string
	answer string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, req.URL.RequestURI())
	return &http.Response{
		StatusCode: http.StatusOK, Header: make(http.Header), Body: io.NopCloser(strings.NewReader(r.answer)), Request: req,
		ContentLength: int64(len(r.answer)),
	}, nil
}

func TestRecordsAreReadByTheirType(t *testing.T) {
	for typeName, want := range map[string]string{
		"User": "/users?ids=1,2", "Order": "/orders?ids=1,2", "Product": "/products?ids=1,2", "Payment": "/payments/",
	} {
		service := &recorder{answer: `[{"id": 1, "user_id": 7}]`}
		if typeName == "Payment" {
			service.answer = `{"id": 1}`
		}
		clients := upstreams.Over(upstreams.DefaultConfig(), func(string) http.RoundTripper { return service },
			prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
		l := New(t.Context(), NewReads(clients))
		resolve(l.level, func() {
			found, err := l.Records(t.Context(), typeName, []record.ID{1, 2})
			if err != nil || len(found) != 1 || found[1] == nil {
				t.Errorf("Records of %s = %v, %v, want the one that there is", typeName, found, err)
			}
			if placed, ok := found[1].(*order.Order); typeName == "Order" && (!ok || placed.UserID != 7) {
				t.Errorf("the order is %v", found[1])
			}
		})
		for _, each := range service.asked {
			if !strings.HasPrefix(each, want) {
				t.Errorf("for %s the call is %s, want %s", typeName, each, want)
			}
		}
		l.Close()
	}
}

func TestRecordsOfAnotherTypeAreNone(t *testing.T) {
	l := New(t.Context(), NewReads(new(upstreams.Services)))
	defer l.Close()
	if found, err := l.Records(t.Context(), "OrderItem", []record.ID{1}); err == nil || found != nil {
		t.Errorf("Records = %v, %v, want an error", found, err)
	}
}
