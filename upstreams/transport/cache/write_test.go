package cache_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

// records is a service whose reads are good for an hour, and whose writes are answered as the test says.
func records(write func(req *http.Request) (*http.Response, error)) *service {
	return &service{answer: func(req *http.Request) (*http.Response, error) {
		if req.Method != http.MethodGet {
			return write(req)
		}
		return says(200, "{}", "Cache-Control", "max-age=3600", "Cache-Groups", `"all"`, "Content-Type", "application/json"), nil
	}}
}

func TestAWriteEndsWhatItMayHaveChanged(t *testing.T) {
	orders := changes.Knowledge{Collection: "/orders", Members: []string{"user_id"}}
	answer := func(status int, body string, header ...string) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) {
			return says(status, body, append(header, "Content-Type", "application/json")...), nil
		}
	}
	fails := func(err error) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	const record = `{"id": 7, "user_id": 3}`
	for name, c := range map[string]struct {
		known  changes.Knowledge
		method string
		path   string
		write  func(*http.Request) (*http.Response, error)
		ends   []string
		stays  []string
	}{
		"by its path": {
			changes.Knowledge{},
			"PUT", "/a/b", answer(200, "{}"),
			[]string{"/a/b", "/a/b?x=1", "/a"},
			[]string{"/c", "/a/b/c", "/a/bc"},
		},
		"where the answer leads": {changes.Knowledge{}, "POST", "/a", answer(201, "{}", "Location", "/c/7"), []string{"/a", "/c/7"}, []string{"/d"}},
		"by its groups":          {changes.Knowledge{}, "POST", "/a", answer(200, "{}", "Cache-Group-Invalidation", `"all"`), []string{"/a", "/c"}, nil},
		"a record": {
			orders, "PATCH", "/orders/7", answer(200, record),
			[]string{"/orders/7", "/orders", "/orders?ids=1,2", "/orders/7/items", "/statistics"},
			[]string{"/orders/8"},
		},
		"a new record":                  {orders, "POST", "/orders", answer(201, record), []string{"/orders", "/orders?user_id=3", "/orders/7"}, []string{"/orders/8"}},
		"nobody knows what":             {orders, "POST", "/recount", answer(200, "{}"), []string{"/orders", "/orders/8"}, nil},
		"maybe, as it fails":            {orders, "PATCH", "/orders/7", answer(500, "{}"), []string{"/orders/7", "/orders"}, nil},
		"maybe, as it broke":            {orders, "PATCH", "/orders/7", fails(io.ErrUnexpectedEOF), []string{"/orders/7", "/orders"}, nil},
		"nothing, as it was refused":    {orders, "PATCH", "/orders/7", answer(409, "{}"), nil, []string{"/orders/7", "/orders"}},
		"nothing, as it was not sent":   {orders, "PATCH", "/orders/7", fails(&attempt.WithheldError{Err: errors.New("open")}), nil, []string{"/orders/7"}},
		"nothing, as nobody was there":  {orders, "PATCH", "/orders/7", fails(&net.OpError{Op: "dial", Err: errors.New("refused")}), nil, []string{"/orders/7"}},
		"nothing, as it only asks":      {orders, "OPTIONS", "/orders/7", answer(200, "{}"), nil, []string{"/orders/7"}},
		"by a method that nobody knows": {orders, "M-SEARCH", "/orders/7", answer(200, record), []string{"/orders/7", "/orders"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, records(c.write), func(s *setting) { s.knowledge = c.known })
			for _, path := range append(c.ends, c.stays...) {
				o.get(t, path)
			}
			req := asking(t.Context(), c.method, c.path)
			req.Body, req.ContentLength = io.NopCloser(bytes.NewReader([]byte(`{}`))), 2
			req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(`{}`))), nil }
			_, _ = o.do(req)
			for _, path := range c.ends {
				if got := o.get(t, path); got.served {
					t.Errorf("%s is still given", path)
				}
			}
			for _, path := range c.stays {
				if got := o.get(t, path); !got.served {
					t.Errorf("%s is not given any more", path)
				}
			}
		})
	}
}

func TestAWritesAnswerIsHandedOnWhole(t *testing.T) {
	long := `"` + string(bytes.Repeat([]byte("x"), 100_000)) + `"`
	for name, body := range map[string]string{"short": `{"id":7}`, "long": long} {
		t.Run(name, func(t *testing.T) {
			for _, length := range []int64{int64(len(body)), -1} {
				o := open(t, records(func(*http.Request) (*http.Response, error) {
					res := says(201, body, "Content-Type", "application/json")
					res.ContentLength = length
					return res, nil
				}), func(s *setting) { s.knowledge = changes.Knowledge{Collection: "/orders"} })
				if got, err := o.do(asking(t.Context(), "POST", "/orders")); err != nil || got.body != body || got.status != 201 {
					t.Errorf("got %d bytes of %d, %v", len(got.body), len(body), err)
				}
			}
		})
	}
}

func TestAServiceThatIsNotCachedStillTellsOfItsWrites(t *testing.T) {
	o := open(t, records(func(*http.Request) (*http.Response, error) { return says(204, ""), nil }),
		func(s *setting) { s.config.Enabled = false })
	before := o.log.Now()
	_, _ = o.do(asking(t.Context(), "DELETE", "/orders/7"))
	if o.log.Now() == before {
		t.Error("nothing was purged")
	}
}

func TestAReadThatSaysThatItIsAWriteEndsThings(t *testing.T) {
	for _, name := range []string{"X-Http-Method-Override", "X_HTTP_Method_Override", "X-Method_Override", "X.HTTP.Method"} {
		o := open(t, records(nil))
		o.get(t, "/orders/7")
		req := asking(t.Context(), "GET", "/orders/7")
		req.Header[name] = []string{"DELETE"}
		if _, err := o.do(req); err != nil {
			t.Fatal(err)
		}
		if got := o.get(t, "/orders/7"); got.served {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestAWriteThatMayBeElsewhereEndsAllOfTheService(t *testing.T) {
	for name, stays := range map[string]bool{
		"": true, "X-Http-Method-Override": true, "X-Original-Url": false, "X-Rewrite-Url": false, "X_Original_URL": false,
	} {
		o := open(t, records(func(*http.Request) (*http.Response, error) {
			return says(200, `{"id":7,"user_id":3}`, "Content-Type", "application/json"), nil
		}), func(s *setting) { s.knowledge = changes.Knowledge{Collection: "/orders", Members: []string{"user_id"}} })
		o.get(t, "/orders/7")
		o.get(t, "/orders/8")
		req := asking(t.Context(), "PATCH", "/orders/7")
		if name != "" {
			req.Header[name] = []string{"/orders/8"}
		}
		if _, err := o.do(req); err != nil {
			t.Fatal(err)
		}
		if got := o.get(t, "/orders/7"); got.served {
			t.Errorf("with %q, the one is still given", name)
		}
		if got := o.get(t, "/orders/8"); got.served != stays {
			t.Errorf("with %q, the other is still given: %t", name, got.served)
		}
	}
}

func TestAWriteByAnotherMethodThanItsOwnDoesNotCountAsThat(t *testing.T) {
	o := open(t, records(func(*http.Request) (*http.Response, error) { return says(204, ""), nil }),
		func(s *setting) { s.knowledge = changes.Knowledge{Collection: "/orders", Members: []string{"user_id"}} })
	for name, stays := range map[string]bool{"": true, "X-Http-Method": false} {
		o.get(t, "/orders/8")
		req := asking(t.Context(), "DELETE", "/orders/7")
		if name != "" {
			req.Header[name] = []string{"PUT"} // by which it may have another owner
		}
		if _, err := o.do(req); err != nil {
			t.Fatal(err)
		}
		if got := o.get(t, "/orders/8"); got.served != stays {
			t.Errorf("with %q, the other is still given: %t", name, got.served)
		}
	}
}
