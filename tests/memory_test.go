package tests

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/concierge-gateway/concierge/demo"
)

// restless is a configuration in which calls are made twice, or once more, for every other reason.
func restless() string {
	yaml := unlimited(standard)
	for _, service := range []string{"USER", "ORDER", "PRODUCT", "PAYMENT"} {
		urls := `urls: ["${` + service + `_URL}", "${` + service + `_URL_2}"]`
		yaml = strings.Replace(yaml, urls, urls+"\n    hedge: {enabled: true, percentile: 50}\n    breaker: {enabled: false}"+
			"\n    endpoint_breaker: {enabled: false}\n    outlier: {consecutive_failures: 0}"+
			"\n    retry: {max: 4, backoff: 1ms, max_backoff: 10ms, budget: 100, budget_floor: 1000}", 1)
	}
	return yaml
}

// wavering lets some answers of services wait, and some break off.
func wavering(_ string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch rand.IntN(20) {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 1:
			panic(http.ErrAbortHandler)
		case 2, 3:
			<-time.After(time.Duration(rand.IntN(5)) * time.Millisecond)
			fallthrough
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// questions are like no other, each: they differ in what is shown, of whom and how much. They are asked by who is shown all of it.
func questions() (all []operation) {
	for n := 1; n <= 12; n++ {
		all = append(all,
			operation{as: "admin", query: fmt.Sprintf(`{ orders(first: %d) { nodes { id status user { id name email } items { quantity product { id name } } } } }`, 3*n)},
			operation{as: "admin", query: fmt.Sprintf(`{ products(first: %d) { nodes { id name description price { amount currency } } } }`, 4*n)},
			operation{as: "admin", query: fmt.Sprintf(`{ user(id: %d) { id name ... @defer { orders(first: 3) { nodes { id total { amount } payment { id status } } } } } }`, n)},
		)
	}
	return all
}

// The memory of services' answers, and of the gateway's own, is used again. Whatever becomes of a request's calls, and of the
// requests beside it, an answer is the one that the request gets when nobody else is there. In programs built with the race
// detector, memory that was given back is overwritten, so that nothing can be right by chance.
func TestAnswersHaveNothingOfOthersHoweverTheirCallsGo(t *testing.T) {
	t.Parallel()
	calm, asked := start(t, standard), questions()
	want := make([]string, len(asked))
	for i, each := range asked {
		want[i] = string(calm.run(t, each).body)
		if !strings.HasPrefix(want[i], `{"data":`) {
			t.Fatalf("%s is answered with %s", each.query, want[i])
		}
	}
	services, err := demo.Start(demo.Options{Wrap: wavering})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	p := startBefore(t, services, restless())
	var all sync.WaitGroup
	var same atomic.Int64
	for range 12 {
		all.Go(func() {
			for range 8 {
				for _, i := range rand.Perm(len(asked)) {
					if p.asksInAnyWay(t, asked[i], want[i]) {
						same.Add(1)
					}
				}
			}
		})
	}
	all.Wait()
	if same.Load() < 1000 {
		t.Errorf("only %d answers could be compared", same.Load())
	}
}

// asksInAnyWay asks as a client does that wants parts, leaves early, or neither. It reports whether the answer could be compared,
// which it has been then: it came as a whole, and nothing is missing.
func (p *program) asksInAnyWay(t *testing.T, op operation, want string) bool {
	t.Helper()
	req := p.request(t, op)
	switch rand.IntN(8) {
	case 0:
		req.Header.Set("Accept", partsCurrent)
	case 1:
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(4000))*time.Microsecond)
		defer cancel()
		req = req.WithContext(ctx)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return false
	}
	if media := res.Header.Get("Content-Type"); strings.HasPrefix(media, "multipart/") || bytes.HasPrefix(text, []byte(`{"errors":`)) {
		if !utf8.Valid(text) {
			t.Errorf("%s is answered with %q", op.query, text)
		}
		return false
	}
	if string(text) != want {
		t.Errorf("%s is answered with\n%s\nwant\n%s", op.query, text, want)
	}
	return true
}
