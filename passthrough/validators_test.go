package passthrough

import (
	"net/http"
	"testing"

	"github.com/concierge-gateway/concierge/auth"
)

func TestWhetherSomebodyAskedBeforeIsToldWhereItDoesNotMatterWhoseTheRecordIs(t *testing.T) {
	for name, c := range map[string]struct {
		route  Route
		target string
		caller auth.Principal
		body   string
		told   bool
	}{
		"what everybody sees":         {products(nil), "/products/3", ada(), `{"id":3,"name":"Lamp"}`, true},
		"what support sees of a user": {users(nil), "/users/8", desk(), userEight, true},
		"what others see of a user":   {users(nil), "/users/8", ada(), userEight, false},
		"what a user sees":            {users(nil), "/users/7", ada(), userSeven, false},
		"an order, for support":       {orders(nil), "/orders/70", desk(), orderSeven, true},
		"one's own order":             {orders(nil), "/orders/70", ada(), orderSeven, false},
		"somebody else's":             {orders(nil), "/orders/80", ada(), orderEight, false},
	} {
		service := says(c.body)
		service.header = http.Header{"Age": {"7"}, "Cache-Status": {"concierge; hit; ttl=53"}}
		d := opened(t, service, c.route)
		d.records.users = buyers()
		for _, method := range []string{"GET", "HEAD"} {
			header := d.askAs(t, c.caller, method, c.target, "").Header()
			if told := header.Get("Age")+header.Get("Cache-Status") != ""; told != c.told {
				t.Errorf("%s: %s says %v", name, method, header)
			}
		}
	}
}
