package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// world is a service whose answers depend on what it is declared to depend on, and on how often each thing was written.
type world struct {
	*shop

	versions map[string]int // by id
	purged   map[string]int // the version of the last write that was told of
}

// mark is what an answer depends on of a request.
func (w *world) mark(header http.Header) string {
	named := fmt.Sprint(header[identity.TenantHeader], header[identity.UserIDHeader], header[identity.ScopesHeader])
	switch {
	case w.inputs == sharing.Nothing:
		return "everybody"
	case w.inputs == sharing.Tenant && len(header[identity.TenantHeader]) > 0:
		return fmt.Sprint(header[identity.TenantHeader])
	case (w.inputs == sharing.Tenant || w.inputs == sharing.Principal) && len(header[identity.UserIDHeader]) > 0:
		return named
	default:
		return named + fmt.Sprint(header["Authorization"], header["X-Api-Key"])
	}
}

// serve answers each id with whom it is for and which version it is. Ids from 7 on are not there.
func (w *world) serve(req *http.Request) (int, string, error) {
	list, single := strings.CutPrefix(req.URL.Path, "/things/")
	if !single {
		list = req.URL.Query().Get("ids")
	}
	var lines []string
	for id := range strings.SplitSeq(list, ",") {
		if id < "7" {
			lines = append(lines, fmt.Sprintf(`{"id":%s,"name":"%s, version %d"}`, id, w.mark(req.Header), w.versions[id]))
		}
	}
	switch {
	case !single:
		return http.StatusOK, "[" + strings.Join(lines, ",") + "]", nil
	case len(lines) == 0:
		return http.StatusNotFound, `{}`, nil
	default:
		return http.StatusOK, lines[0], nil
	}
}

// step is one thing that happens: the first of its members that is not zero.
type step struct {
	Wait  time.Duration
	Write int64 // an id, which is told of where Told is set
	Told  bool
	Ask   []int64 // ids
	As    *identity.Caller
}

func steps() *rapid.Generator[step] {
	return rapid.Custom(func(t *rapid.T) step {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return step{Wait: time.Duration(rapid.IntRange(1, 15).Draw(t, "seconds")) * time.Second}
		case 1:
			return step{Write: rapid.Int64Range(1, 6).Draw(t, "id"), Told: rapid.Bool().Draw(t, "told")}
		default:
			return step{Ask: rapid.SliceOfNDistinct(rapid.Int64Range(1, 8), 1, 5, rapid.ID).Draw(t, "ids"), As: someCaller(t)}
		}
	})
}

func someCaller(t *rapid.T) *identity.Caller {
	caller := &identity.Caller{
		ID: rapid.SampledFrom([]string{"", "ada", "bob"}).Draw(t, "id"), Scopes: rapid.SampledFrom([]string{"read", "write"}).Draw(t, "scopes"),
		Sent: http.Header{}, KeyHeader: "X-Api-Key",
	}
	if caller.ID != "" {
		caller.Tenant = rapid.SampledFrom([]string{"", "acme"}).Draw(t, "tenant")
	}
	for _, name := range []string{"Authorization", "X-Api-Key"} {
		if value := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, name); value != "" {
			caller.Sent[name] = []string{value}
		}
	}
	return caller
}

func (w *world) do(ctx context.Context, s step) error {
	switch id := record.ID(s.Write).String(); {
	case s.Wait > 0:
		time.Sleep(s.Wait)
	case s.Write > 0:
		w.versions[id]++
		if s.Told {
			w.log.Purge(ctx, purge.ByWrite, purge.Record("thing", "id", s.Write))
			w.purged[id] = w.versions[id]
		}
	default:
		return w.ask(identity.With(ctx, s.As), s.Ask)
	}
	return nil
}

// ask holds what a caller is answered against what the service would say, as far as it may be older.
func (w *world) ask(ctx context.Context, keys []int64) error {
	header := http.Header{}
	if err := identity.Propagate(ctx, header, w.client.told); err != nil {
		return err
	}
	asked := make([]record.ID, len(keys))
	for i, key := range keys {
		asked[i] = record.ID(key)
	}
	got, err := ByKey[thing](ctx, w.client.Find(ctx, plainThings(), asked))
	for _, key := range asked {
		err = errors.Join(err, w.check(key, got[key], w.mark(header)))
	}
	return err
}

func (w *world) check(key record.ID, got *thing, whose string) error {
	if there := key < 7; there != (got != nil) {
		return fmt.Errorf("%d is there: %t", key, got != nil)
	} else if !there {
		return nil
	}
	var version int
	of, rest, _ := strings.Cut(got.Name, ", version ")
	if _, err := fmt.Sscan(rest, &version); err != nil || of != whose {
		return fmt.Errorf("%s is told %q of %d", whose, got.Name, key)
	}
	if id := key.String(); version < w.purged[id] || version > w.versions[id] {
		return fmt.Errorf("version %d of %s is told after that of %d", version, id, w.purged[id])
	}
	return nil
}

func TestNobodySeesWhatWasComputedForOtherInputsOrBeforeAPurge(t *testing.T) {
	inputs := []sharing.Inputs{"", sharing.All, sharing.Principal, sharing.Tenant, sharing.Nothing}
	says := []string{
		"public, max-age=10", "private, max-age=10", "public, max-age=1, stale-while-revalidate=20", "no-store", "max-age=10",
	}
	rapid.Check(t, func(rt *rapid.T) {
		depends, said := rapid.SampledFrom(inputs).Draw(rt, "inputs"), rapid.SampledFrom(says).Draw(rt, "says")
		style := rapid.SampledFrom([]Style{CSV, None}).Draw(rt, "style")
		plan := rapid.SliceOfN(steps(), 1, 40).Draw(rt, "steps")
		var err error
		synctest.Test(t, func(t *testing.T) {
			w := &world{versions: make(map[string]int), purged: make(map[string]int)}
			w.shop = open(func(s *shop) {
				s.inputs, s.style, s.header["Cache-Control"] = depends, style, []string{said}
				s.told.Credentials, s.settings.NegativeTTL = []string{"Authorization", "X-Api-Key"}, 3*time.Second
				s.answer = w.serve
			})
			defer w.client.Close()
			for i := 0; i < len(plan) && err == nil; i++ {
				err = w.do(t.Context(), plan[i])
				synctest.Wait()
			}
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
}

func TestWhatASharedKeyIsAskedForIsSharedByManyAtOnce(t *testing.T) {
	s := open(nil)
	keys := slices.Sorted(slices.Values(ids(9)))
	s.expect(t.Context(), t, keys, "?ids=1,2,3,4,5,6,7,8,9")
	done := make(chan error)
	for range 1000 {
		go func() {
			got, err := ByKey[thing](t.Context(), s.client.Find(t.Context(), plainThings(), keys))
			if err == nil && len(got) != len(keys) {
				err = fmt.Errorf("found %d", len(got))
			}
			done <- err
		}()
	}
	for range 1000 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	s.askedFor(t)
}
