package soak

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/go-cmp/cmp"
)

// How old an answer may be after a write was answered. Instances hear of writes within about a millisecond, and where Redis is away they use
// what they have for two seconds (docs/caching.md). The machine's own delays come on top.
const (
	heard     = time.Second
	unheard   = 4 * time.Second
	disturbed = 10 * time.Second // how long after an outage of Redis it may still be felt
)

// writer changes its own record, again and again, and reads it.
type writer struct {
	*soak

	as     caller
	base   record // as it was at the start
	values []phone
	writes int
}

// phone is a value that was written, or may have been.
type phone struct {
	value string
	until time.Time // when a later write was answered: zero where none was
	sure  bool      // whether its own write was answered
}

func (s *soak) newWriter(n int64) *writer {
	as := caller{name: fmt.Sprint("writer ", n), id: 40 + n}
	base := s.shown(as, "user", s.users[as.id])
	first, _ := base["phone"].(string)
	return &writer{soak: s, as: as, base: base, values: []phone{{value: first, sure: true}}}
}

// keepWriting writes through both doors, and reads through both.
func (w *writer) keepWriting(ctx context.Context, pace time.Duration) {
	for pause(ctx, pace) {
		w.writes++
		value := fmt.Sprintf("+1 555 %02d %06d", w.as.id, w.writes)
		w.values = append(w.values, phone{value: value})
		if w.write(value) {
			for i := range w.values[:len(w.values)-1] {
				if w.values[i].until.IsZero() {
					w.values[i].until = time.Now()
				}
			}
			w.values[len(w.values)-1].sure = true
		}
		w.values = w.values[max(0, len(w.values)-100):]
		w.read("GraphQL, own record", request{method: http.MethodPost, path: "/graphql", body: map[string]any{"query": "{ me { id phone } }"}})
		w.read("REST, own record", request{method: http.MethodGet, path: fmt.Sprintf("/v2/users/%d", w.as.id)})
	}
}

// write says whether the write is known to be done.
func (w *writer) write(value string) bool {
	r := request{
		kind: "REST, PATCH /v2/me", as: w.as, method: http.MethodPatch, path: "/v2/me", body: map[string]any{"phone": value},
		header: map[string]string{"Idempotency-Key": fmt.Sprintf(`"writer-%d-%d"`, w.as.id, w.writes)},
	}
	if w.writes%2 == 0 {
		r.kind, r.method, r.path = "GraphQL, updateProfile", http.MethodPost, "/graphql"
		r.body = map[string]any{
			"query":     "mutation Soak_profile($to: String) { updateProfile(input: {phone: $to}) { user { id name phone } userErrors { code } } }",
			"variables": map[string]any{"to": value},
		}
	}
	got := w.send(r)
	if w.lost(r, got) {
		return false
	}
	var said map[string]any
	if err := decode(bytes.NewReader(got.body), &said); err != nil || got.status != http.StatusOK {
		w.failf(r.kind, "%v: %d %s", err, got.status, got.body)
		return false
	}
	want := w.written(value, said["updated_at"])
	if r.path == "/graphql" {
		user := map[string]any{"id": strconv.FormatInt(w.as.id, 10), "name": w.base["name"], "phone": value}
		want = map[string]any{"data": map[string]any{"updateProfile": map[string]any{"user": user, "userErrors": []any{}}}}
	}
	if diff := cmp.Diff(want, said); diff != "" {
		w.failf(r.kind, "%s: %s", diff, got.body)
		return false
	}
	w.good(r.kind)
	return true
}

func (w *writer) written(value string, at any) map[string]any {
	want := make(map[string]any)
	maps.Copy(want, w.base)
	want["phone"], want["updated_at"] = value, at
	return want
}

// read finds what was written last, or, within the bound, what was there before.
func (w *writer) read(kind string, r request) {
	r.kind, r.as = kind, w.as
	got := w.send(r)
	if w.lost(r, got) {
		return
	}
	var said map[string]any
	if err := decode(bytes.NewReader(got.body), &said); err != nil || got.status != http.StatusOK {
		w.failf(kind, "%v: %d %s", err, got.status, got.body)
		return
	}
	of := said
	if r.path == "/graphql" {
		data, _ := said["data"].(map[string]any)
		of, _ = data["me"].(map[string]any)
	} else if diff := cmp.Diff(w.written("", nil), w.without(said)); diff != "" {
		w.failf(kind, "%s: %s", diff, got.body)
		return
	}
	value, _ := of["phone"].(string)
	i := slices.IndexFunc(w.values, func(p phone) bool { return p.value == value })
	switch {
	case i < 0 || number(of["id"]) != w.as.id && of["id"] != strconv.FormatInt(w.as.id, 10):
		w.failf(kind, "%s: values are %v", got.body, w.values)
	case w.values[i].until.IsZero() || w.values[i].until.After(got.from):
		w.good(kind)
	default:
		w.old(kind, got, w.values[i])
	}
}

func (w *writer) without(said map[string]any) map[string]any {
	all := make(map[string]any)
	maps.Copy(all, said)
	all["phone"], all["updated_at"] = "", nil
	return all
}

// old judges an answer from before a write.
func (w *writer) old(kind string, got reply, p phone) {
	age := got.from.Sub(p.until)
	switch away := w.during(redisAway, got.from.Add(-disturbed), time.Now()); {
	case away && age < unheard:
		w.explain(kind, redisAway)
	case !away && age < heard:
		w.count("answers from up to a second before a write")
		w.good(kind)
	default:
		w.failf(kind, "an answer from before a write that was answered %v earlier (Redis away: %v): %s", age, away, got.body)
	}
}
