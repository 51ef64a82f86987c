package cache_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// note is something that was made of an answer.
type note string

func (n note) Size() int { return len(n) }

// glance looks for what is kept of one user.
func (o *opened) glance(t testing.TB) (cache.Kept, bool) {
	t.Helper()
	known, ok := o.RoundTripper.(cache.Glancer)
	if !ok {
		t.Fatal("nothing can be seen at a glance")
	}
	req := asking(t.Context(), http.MethodGet, "/users/7")
	return known.Glance(cache.Glance{Client: req, URL: *req.URL})
}

func TestWhatWasMadeOfAnAnswerIsKeptForItsMakerAsLongAsTheAnswer(t *testing.T) {
	o := open(t, always(200, "{}", "Cache-Control", "max-age=60", "Content-Type", "application/json"))
	if _, ok := o.glance(t); ok {
		t.Error("something is kept of which nobody has asked")
	}
	o.get(t, "/users/7")
	kept, ok := o.glance(t)
	if !ok || kept.Status() != 200 || string(kept.Text()) != "{}" {
		t.Fatalf("found: %t", ok)
	}
	mine, others := new(cache.Maker), new(cache.Maker)
	kept.Keep(mine, note("mine"))
	again, _ := o.glance(t)
	if got := again.Made(mine); got != note("mine") {
		t.Errorf("its maker finds %v", got)
	}
	if got := again.Made(others); got != nil {
		t.Errorf("another maker finds %v", got)
	}
	o.log.Purge(t.Context(), purge.ByWrite, purge.Path("user", "/users/7"))
	if _, ok := o.glance(t); ok {
		t.Error("what was purged is found")
	}
	o.get(t, "/users/7")
	anew, ok := o.glance(t)
	if got := anew.Made(mine); !ok || got != nil {
		t.Errorf("of a newer answer its maker finds %v", got)
	}
}

func TestWhatIsMadeOfAnAnswerDrivesItOutOfNoMemory(t *testing.T) {
	o := open(t, always(200, "{}", "Cache-Control", "max-age=60"), func(s *setting) {
		s.parts.Memory = stored.NewMemory(32 << 10).Part("answers")
	})
	o.get(t, "/users/7")
	kept, _ := o.glance(t)
	kept.Keep(new(cache.Maker), note(strings.Repeat("x", 4<<10)))
	if _, ok := o.glance(t); !ok {
		t.Error("the answer is gone")
	}
}

func TestARenewedAnswerHasNothingThatWasMadeOfTheOlder(t *testing.T) {
	synctest.Test(t, renewedAnswerHasNothingMade)
}

func renewedAnswerHasNothingMade(t *testing.T) {
	answers := []*http.Response{
		says(200, "{}", "Cache-Control", "max-age=1", "Etag", `"1"`), says(304, "", "Cache-Control", "max-age=60", "Etag", `"1"`),
	}
	o := open(t, &service{answer: func(*http.Request) (*http.Response, error) {
		res := answers[0]
		answers = answers[1:]
		return res, nil
	}})
	o.get(t, "/users/7")
	kept, ok := o.glance(t)
	if !ok {
		t.Fatal("it is not kept")
	}
	by := new(cache.Maker)
	kept.Keep(by, note("old"))
	time.Sleep(2 * time.Second)
	if _, ok := o.glance(t); ok {
		t.Error("what is stale is found at a glance")
	}
	o.get(t, "/users/7")
	renewed, ok := o.glance(t)
	if got := renewed.Made(by); !ok || got != nil {
		t.Errorf("found: %t, with %v", ok, got)
	}
}

// Somebody makes something of an answer while it is asked for anew, and the service takes it back.
func TestAnAnswerThatIsTakenBackIsForgottenWithWhatWasMadeOfItMeanwhile(t *testing.T) {
	type wishKey struct{}
	calls, meanwhile := 0, func() {}
	o := open(t, &service{answer: func(*http.Request) (*http.Response, error) {
		calls++
		if calls == 1 {
			return says(200, "{}", "Cache-Control", "max-age=60", "Etag", `"1"`), nil
		}
		meanwhile()
		return says(200, "{}", "Cache-Control", "no-store"), nil
	}}, func(s *setting) {
		s.parts.Bypass = func(ctx context.Context) rules.Wish {
			wish, _ := ctx.Value(wishKey{}).(rules.Wish)
			return wish
		}
	})
	o.get(t, "/users/7")
	meanwhile = func() {
		kept, ok := o.glance(t)
		if !ok {
			t.Error("it is not kept")
			return
		}
		kept.Keep(new(cache.Maker), note("made"))
	}
	ctx := context.WithValue(t.Context(), wishKey{}, rules.NoCache)
	res, err := o.RoundTrip(asking(ctx, http.MethodGet, "/users/7", "Cache-Control", "no-cache"))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if _, ok := o.glance(t); ok || calls != 2 {
		t.Errorf("after %d calls it is found: %t", calls, ok)
	}
}
