package loaders

import (
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// counter is a service without records.
type counter struct {
	mu    sync.Mutex
	calls int
}

func (c *counter) RoundTrip(req *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("[]")), Header: http.Header{}, Request: req}, nil
}

func (c *counter) taken() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.calls
	c.calls = 0
	return n
}

// TestReadsMakeAsManyCallsAsTheySay holds what each read says of its calls against the calls that it makes.
func TestReadsMakeAsManyCallsAsTheySay(t *testing.T) {
	service := new(counter)
	reads := readsOver(service)
	for field := range reflect.TypeFor[Reads]().Fields() {
		if read, ok := reads.ByID(field.Name); ok {
			holds(t, field.Name, service, read, func(n int) record.ID { return record.ID(n) })
			continue
		}
		read, ok := reads.ByPart(field.Name)
		if !ok {
			t.Errorf("nobody knows the read %s", field.Name)
			continue
		}
		holds(t, field.Name+", firsts", service, read, func(n int) record.Part { return record.Part{Of: record.ID(n), Limit: 2} })
		holds(t, field.Name+", further", service, read, func(n int) record.Part { return record.Part{Of: record.ID(n), Offset: 1, Limit: 2} })
	}
}

func holds[K comparable](t *testing.T, name string, service *counter, read *Read[K], key func(n int) K) {
	t.Helper()
	how := read.Batching(key(1))
	if n := service.taken(); n > 0 || how.Service == "" {
		t.Errorf("%s: %d calls are made to find out that there is %+v", name, n, how)
	}
	for _, n := range []int{1, 2, 100, 101, 250} {
		var keys []K
		for i := range n {
			keys = append(keys, key(i+1))
		}
		read.Fetch(t.Context(), keys)
		if made, said := service.taken(), how.Calls(n); made != said {
			t.Errorf("%s makes %d calls for %d keys, and says %d", name, made, n, said)
		}
	}
}

func TestReadsSayWhomTheyAskAndByWhat(t *testing.T) {
	reads := readsOver(nil)
	for name, want := range map[string]rest.Batching{
		"User":           {Service: "user", Max: 100, Member: "id"},
		"Payment":        {Service: "payment", Max: 1, Member: "id"},
		"PaymentOfOrder": {Service: "payment", Max: 100, Member: "order_id"},
	} {
		read, _ := reads.ByID(name)
		if got := read.Batching(1); got != want {
			t.Errorf("%s is read by %+v, want %+v", name, got, want)
		}
	}
	first, further := record.Part{Of: 7, Limit: 1}, record.Part{Of: 7, Offset: 1, Limit: 1}
	for part, want := range map[record.Part]rest.Batching{
		first:      {Service: "order", Max: 100, Member: "user_id"},
		further:    {Service: "order", Max: 1},
		{Limit: 1}: {Service: "order", Max: 1},
	} {
		if got := reads.Orders.Batching(part); got != want {
			t.Errorf("%+v is read by %+v, want %+v", part, got, want)
		}
	}
	if ofOrders, ofUsers := reads.Orders.Member(), reads.Users.Member(); ofOrders != "user_id" || ofUsers != "" {
		t.Errorf("%q says whose list an order is in, and %q whose a user is", ofOrders, ofUsers)
	}
}
