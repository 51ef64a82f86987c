package tests

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// Two callers look up records of their own choice at the same time. Whatever they are asked for with, each record is asked for
// once for whom it is, and by far fewer calls than there are requests.
func TestLookupsOfManyRequestsGoTogetherWhereTheServiceAnswersAllAlike(t *testing.T) {
	t.Parallel()
	for depends, together := range map[string]bool{"nothing": true, "principal": false, "all": false} {
		t.Run(depends, func(t *testing.T) {
			t.Parallel()
			yaml := inSection(caching(everyDoor(), "product: {depends: "+depends+"}"), "product", "batch: {join: 100ms}")
			p := startRush(t, yaml, demo.Product, forAll)
			const each = 30
			var requests []*http.Request
			for id := 1; id <= each; id++ {
				requests = append(requests, p.asks(t, fmt.Sprintf("customer { product(id: %d) { id name } }", id)),
					p.asks(t, fmt.Sprintf("support { product(id: %d) { id name } }", each+id)))
			}
			answers := p.send(t, len(requests), requests)
			p.release()
			for i, r := range answers() {
				id := i/2 + 1 + i%2*each
				if want := fmt.Sprintf(`"id":"%d"`, id); !bytes.Contains(r.body, []byte(want)) {
					t.Errorf("who asked for %d is answered with %d %s", id, r.status, r.body)
				}
			}
			asked, mixed := lookedUp(t, p.program, each)
			if len(asked) != 2*each {
				t.Errorf("%d records were asked for, want %d", len(asked), 2*each)
			}
			if calls := len(p.services.Calls()); calls > each {
				t.Errorf("%d calls were made for %d requests", calls, len(requests))
			}
			if mixed != together {
				t.Errorf("both callers' records came by one call: %t", mixed)
			}
		})
	}
}

// lookedUp are the products that the service was asked for, each once, and whether any call was for ids up to first and beyond.
func lookedUp(t *testing.T, p *program, first int) (asked map[int]bool, mixed bool) {
	t.Helper()
	asked = make(map[int]bool)
	for line := range strings.SplitSeq(string(p.calls()), "\n") {
		_, list, _ := strings.Cut(line, "?ids=")
		low, high := false, false
		for text := range strings.SplitSeq(list, ",") {
			id, err := strconv.Atoi(text)
			if err != nil || asked[id] {
				t.Errorf("%q was asked for (%v), or again", line, err)
			}
			asked[id] = true
			low, high = low || id <= first, high || id > first
		}
		mixed = mixed || low && high
	}
	return asked, mixed
}
