package demo

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestMoneyIsWrittenWithTwoDecimals(t *testing.T) {
	for in, want := range map[cents]string{0: "0.00", 5: "0.05", 50: "0.50", 199: "1.99", 12300: "123.00", -5: "-0.05"} {
		got, err := in.MarshalJSON()
		if err != nil || string(got) != want {
			t.Errorf("%d: got %s and %v, want %s", int64(in), got, err, want)
		}
	}
}

func FuzzMoneyThatIsReadIsWrittenTheSame(f *testing.F) {
	for _, seed := range []string{
		"0", "19.9", "19.90", "-0.05", "1e2", "1.234", `"1"`, "null", "92233720368547758.07", "--1", "1.-5", "1.", ".5",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var first, second cents
		if first.UnmarshalJSON([]byte(text)) != nil {
			return
		}
		written, err := first.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := second.UnmarshalJSON(written); err != nil || first != second {
			t.Errorf("%q reads as %d, is written as %s and reads as %d: %v", text, first, written, second, err)
		}
	})
}

func TestOnlyTheLastCallsAreKept(t *testing.T) {
	calls := &recorder{}
	to := endpoint{service: newService(User, nil)}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/users", http.NoBody)
	body := make([]byte, maxRecordedBody+1)
	for range maxCalls + 3 {
		calls.add(to, r, nil)
	}
	calls.add(to, r, body)
	got := calls.all()
	if len(got) != maxCalls || got[0].Seq != 5 {
		t.Errorf("got %d calls from %d, want %d from 5", len(got), got[0].Seq, maxCalls)
	}
	if last := got[len(got)-1]; last.Seq != maxCalls+4 || len(last.Body) != maxRecordedBody {
		t.Errorf("got call %d of %d bytes at the end, want %d of %d", last.Seq, len(last.Body), maxCalls+4, maxRecordedBody)
	}
	for i := range got[1:] {
		if got[i+1].Seq != got[i].Seq+1 {
			t.Fatalf("got call %d after %d", got[i+1].Seq, got[i].Seq)
		}
	}
}

func TestOnlyTheLastWritesAreRemembered(t *testing.T) {
	var known writes
	done := 0
	ask := func(key int) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/users", http.NoBody)
		r.Header.Set(idempotencyKey, strconv.Itoa(key))
		got, err := known.operate(r, func(*http.Request) (answer, error) { done++; return answer{status: done}, nil })
		if err != nil {
			t.Fatal(err)
		}
		return got.status
	}
	const more = 3
	for key := range maxKeptWrites + more {
		ask(key)
	}
	if len(known.byKey) != maxKeptWrites || len(known.ring) != maxKeptWrites {
		t.Errorf("got %d writes and %d keys, want %d", len(known.byKey), len(known.ring), maxKeptWrites)
	}
	for _, key := range []int{more, maxKeptWrites + more - 1} {
		if got, want := ask(key), key+1; got != want {
			t.Errorf("the key %d is answered as number %d, want %d", key, got, want)
		}
	}
	if got, want := ask(more-1), maxKeptWrites+more+1; got != want {
		t.Errorf("a forgotten key is answered as number %d, want %d", got, want)
	}
}

// Whatever a client sends, a service answers it and stays well.
func FuzzRequests(f *testing.F) {
	f.Add("GET", "/users?ids=1,2&limit=3", "")
	f.Add("GET", "/orders?user_ids=1,2&limit_each=3", "")
	f.Add("POST", "/orders", `{"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]}`)
	f.Add("PATCH", "/products/1", `{"price": 1.50}`)
	f.Add("POST", "/payments/4999/refund", `{"reason": "why not"}`)
	services := assemble(Options{MaxKeys: 100, Now: time.Now})
	f.Fuzz(func(t *testing.T, method, target, body string) {
		for name, service := range services {
			r, ok := request(t.Context(), method, target, body)
			if !ok {
				return
			}
			w := httptest.NewRecorder()
			endpoint{service: service}.ServeHTTP(w, r)
			if w.Code >= http.StatusInternalServerError {
				t.Errorf("%s: %s %s: got status %d: %s", name, method, target, w.Code, w.Body)
			}
		}
	})
}

// request is one that could have come over the wire.
func request(ctx context.Context, method, target, body string) (r *http.Request, ok bool) {
	r, err := http.NewRequestWithContext(ctx, method, "http://demo", strings.NewReader(body))
	if err != nil || !strings.HasPrefix(target, "/") {
		return nil, false
	}
	if r.URL, err = r.URL.Parse(target); err != nil {
		return nil, false
	}
	return r, true
}

func BenchmarkABatchOfAHundredOrders(b *testing.B) {
	handler := assemble(Options{MaxKeys: 100, Now: time.Now})[Order].handler
	bench(b, handler, "/orders?user_ids=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20")
}

func BenchmarkOneUser(b *testing.B) {
	bench(b, assemble(Options{MaxKeys: 100, Now: time.Now})[User].handler, "/users/7")
}

func bench(b *testing.B, handler http.Handler, target string) {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, target, http.NoBody)
	b.ReportAllocs()
	for b.Loop() {
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
}
