package loaders

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

func readsOver(service http.RoundTripper) *Reads {
	return NewReads(upstreams.Over(upstreams.DefaultConfig(), func(string) http.RoundTripper { return service },
		prometheus.NewRegistry(), slog.New(slog.DiscardHandler)))
}

// TestEveryLoaderFetchesByTheReadOfItsName holds the types of the loaders against what the reads say of themselves.
func TestEveryLoaderFetchesByTheReadOfItsName(t *testing.T) {
	reads := readsOver(nil)
	loaders := reflect.TypeFor[Loaders]()
	for field := range reflect.TypeFor[Reads]().Fields() {
		loader, ok := loaders.FieldByName(field.Name)
		if !ok {
			t.Errorf("there is no loader %s", field.Name)
			continue
		}
		load, _ := loader.Type.MethodByName("Load")
		key, value := load.Type.In(2), load.Type.Out(0)
		want := described{Key: key, Record: value.Elem(), Many: value.Kind() == reflect.Slice}
		if want.Many {
			want.Record = want.Record.Elem()
		}
		if got, ok := describe(reads, field.Name); !ok || got != want {
			t.Errorf("the read %s has %v, and its loader %v", field.Name, got, want)
		}
	}
	for field := range loaders.Fields() {
		if _, ok := describe(reads, field.Name); field.IsExported() && !ok {
			t.Errorf("there is no read %s", field.Name)
		}
	}
}

type described struct {
	Key, Record reflect.Type
	Many        bool
}

func describe(reads *Reads, name string) (described, bool) {
	if read, ok := reads.ByID(name); ok {
		return described{reflect.TypeFor[record.ID](), read.Record, read.Many}, true
	}
	read, ok := reads.ByPart(name)
	if !ok {
		return described{}, false
	}
	return described{reflect.TypeFor[record.Part](), read.Record, read.Many}, true
}

func TestAListPrimesTheReadOfItsRecordsByID(t *testing.T) {
	reads := readsOver(nil)
	for name, want := range map[string]string{"Users": "User", "Orders": "Order", "Products": "Product"} {
		list, ok := reads.ByPart(name)
		if !ok || list.Primes != want {
			t.Errorf("%s primes %v, want %s", name, list, want)
			continue
		}
		if one, ok := reads.ByID(want); !ok || one.Record != list.Record || one.Many {
			t.Errorf("%s primes what has %v", name, one)
		}
	}
}

func TestThereIsNoReadOfAnotherName(t *testing.T) {
	reads := readsOver(nil)
	for _, name := range []string{"", "user", "OrderItem", "Fetch"} {
		if read, ok := reads.ByID(name); ok {
			t.Errorf("%q reads %v", name, read)
		}
	}
	if _, ok := reads.ByID("Users"); ok {
		t.Error("lists do not go by ids")
	}
	if _, ok := reads.ByPart("User"); ok {
		t.Error("a record does not go by a part of a list")
	}
}

func TestAPanicOfAClientFailsAllKeysOfARead(t *testing.T) {
	read := &Read[int]{fetch: func(context.Context, []int) rest.Found[int] { panic("of all things") }}
	found := read.Fetch(t.Context(), []int{1, 2})
	if problem.KindOf(found.Failed[1]) != problem.Internal || problem.KindOf(found.Failed[2]) != problem.Internal {
		t.Errorf("found %v", found)
	}
}

func TestWhatIsForgottenIsReadAgain(t *testing.T) {
	service := &recorder{answer: `[{"id": 1}]`}
	l := New(t.Context(), readsOver(service))
	defer l.Close()
	for range 2 {
		resolve(l.level,
			func() { _, _ = l.User.Load(t.Context(), 1) },
			func() { _, _ = l.Users.Load(t.Context(), record.Part{Limit: 1}) },
			func() { _, _ = l.PaymentOfOrder.Load(t.Context(), 1) },
		)
		l.Forget()
	}
	if len(service.asked) != 6 {
		t.Errorf("the services were asked %q, want everything twice", service.asked)
	}
}

func TestAKeyWithoutRecordsHasAnEmptyListOrNone(t *testing.T) {
	fetch := func(context.Context, []int) rest.Found[int] {
		return rest.Found[int]{Failed: map[int]error{2: problem.New(problem.UpstreamError, "")}}
	}
	lists := readMany[struct{}](fetch).Fetch(t.Context(), []int{1, 2})
	if found, ok := lists.Records[1]; !ok || found == nil || lists.Records[2] != nil {
		t.Errorf("found the lists %v", lists.Records)
	}
	if found := readOne[struct{}](fetch).Fetch(t.Context(), []int{1, 2}); len(found.Records) > 0 {
		t.Errorf("found %v", found.Records)
	}
}

// slow answers each call after a second, users' orders with one for each, and other lists with one.
type slow struct{ recorder }

func (s *slow) RoundTrip(req *http.Request) (*http.Response, error) {
	time.Sleep(time.Second)
	res, err := s.recorder.RoundTrip(req)
	if ids, ok := strings.CutPrefix(req.URL.RawQuery, "limit_each=2&user_ids="); ok {
		answer := `[{"id": 1, "user_id": ` + strings.ReplaceAll(ids, ",", `}, {"id": 2, "user_id": `) + `}]`
		res.Body, res.ContentLength = io.NopCloser(strings.NewReader(answer)), int64(len(answer))
	}
	return res, err
}

func TestPartsOfTheOrdersGoOutAtTheSameTimeAndFirstOnesInOneCall(t *testing.T) {
	first := []record.Part{{Of: 8, Limit: 1}, {Of: 7, Limit: 2}, {Of: 7, Limit: 1}}
	others := []record.Part{{Limit: 5}, {Of: 7, Offset: 1, Limit: 2}}
	const firsts, further, whole = "/orders?limit_each=2&user_ids=7,8", "/orders?limit=2&offset=1&user_id=7", "/orders?limit=5&offset=0"
	for _, c := range []struct {
		parts []record.Part
		want  []string
	}{
		{append(slices.Clone(first), others...), []string{further, whole, firsts}},
		{first, []string{firsts}},
		{others, []string{further, whole}},
		{others[:1], []string{whole}},
	} {
		synctest.Test(t, func(t *testing.T) {
			service := &slow{recorder{answer: `[{"id": 3, "user_id": 7}]`}}
			start := time.Now()
			found := readsOver(service).Orders.Fetch(t.Context(), c.parts)
			found.Split(t.Context())
			if took := time.Since(start); took != time.Second {
				t.Errorf("%v took %v, want all calls to be made at the same time", c.parts, took)
			}
			slices.Sort(service.asked)
			if diff := cmp.Diff(c.want, service.asked); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			for _, part := range c.parts {
				if len(found.Records[part]) != 1 || found.Failed[part] != nil {
					t.Errorf("%v has %s, %v, want one record", part, found.Records[part], found.Failed[part])
				}
			}
		})
	}
}

// failing fails calls for parts further down.
type failing struct{ recorder }

func (f *failing) RoundTrip(req *http.Request) (*http.Response, error) {
	switch {
	case req.URL.Query().Get("offset") == "1":
		panic("of all things")
	case req.URL.Query().Get("offset") == "2":
		return nil, io.ErrUnexpectedEOF
	}
	return f.recorder.RoundTrip(req)
}

func TestAPartThatFailsFailsNoOther(t *testing.T) {
	parts := []record.Part{{Of: 7, Limit: 1}, {Of: 7, Offset: 1, Limit: 1}, {Of: 7, Offset: 2, Limit: 1}, {Limit: 1}}
	found := readsOver(&failing{recorder{answer: `[{"id": 3, "user_id": 7}]`}}).Orders.Fetch(t.Context(), parts)
	for i, want := range map[int]problem.Kind{1: problem.Internal, 2: problem.UpstreamUnavailable} {
		if err := found.Failed[parts[i]]; err == nil || problem.KindOf(err) != want || found.Records[parts[i]] != nil {
			t.Errorf("%v failed with %v, want %v", parts[i], err, want)
		}
	}
	if len(found.Failed) != 2 || len(found.Records[parts[0]]) != 1 || len(found.Records[parts[3]]) != 1 {
		t.Errorf("found %v, and %v failed", found.Records, found.Failed)
	}
}
