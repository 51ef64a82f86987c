package introspection_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// slow answers each question after a time.
func slow(wait time.Duration) *issuer {
	return &issuer{answer: func(ctx context.Context, _ string) (int, string, error) {
		select {
		case <-time.After(wait):
			return http.StatusOK, `{"active":true,"sub":"7"}`, nil
		case <-ctx.Done():
			return 0, "", ctx.Err()
		}
	}}
}

func TestSimultaneousChecksOfOneTokenAreOneQuestion(t *testing.T) {
	var asked atomic.Int32
	release := make(chan struct{})
	checker := at(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		<-release
		w.Write([]byte(`{"active":true,"sub":"7","scope":"a b"}`))
	})
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			grant, err := checker.Check(t.Context(), "token")
			if err != nil || grant.Subject != "7" || len(grant.Scopes) != 2 {
				t.Errorf("got %+v, %v", grant, err)
			}
		})
	}
	close(release)
	all.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("the issuer was asked %d times", n)
	}
}

func TestAQuestionOutlivesTheRequestThatBeganIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := slow(time.Second)
		checker := newChecker(t, settings(), issuer)
		first, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := checker.Check(first, "token")
			if !errors.Is(err, credential.ErrUnavailable) || !errors.Is(err, context.Canceled) || time.Now().Unix() != now {
				t.Errorf("the first: %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if _, err := checker.Check(t.Context(), "token"); err != nil {
				t.Errorf("the second: %v", err)
			}
		})
		synctest.Wait()
		cancel()
		all.Wait()
		if n := issuer.times(); n != 1 {
			t.Errorf("the issuer was asked %d times", n)
		}
	})
}

func TestAQuestionEndsWithItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checker := newChecker(t, settings(), slow(time.Hour))
		_, err := checker.Check(t.Context(), "token")
		if !errors.Is(err, credential.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if after := time.Now().Unix() - now; after != 2 {
			t.Errorf("it took %ds", after)
		}
	})
}

func TestMoreQuestionsWaitTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := settings()
		c.Concurrency = 2
		issuer := slow(900 * time.Millisecond)
		checker := newChecker(t, c, issuer)
		var all sync.WaitGroup
		var good, unavailable atomic.Int32
		for i := range 7 {
			all.Go(func() {
				switch _, err := checker.Check(t.Context(), strconv.Itoa(i)); {
				case err == nil:
					good.Add(1)
				case errors.Is(err, credential.ErrUnavailable):
					unavailable.Add(1)
				}
			})
		}
		synctest.Wait()
		if n := issuer.times(); n != 2 {
			t.Errorf("%d questions at the same time", n)
		}
		all.Wait() // two in 0.9s, two in 1.8s, two begin too late, and for one there is no turn in time
		if good.Load() != 4 || unavailable.Load() != 3 || time.Now().Unix()-now != 2 {
			t.Errorf("%d good, %d unavailable", good.Load(), unavailable.Load())
		}
	})
}

func TestAQuestionThatNobodyWaitsForIsNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := settings()
		c.Concurrency = 1
		issuer := slow(time.Second)
		checker := newChecker(t, c, issuer)
		var all sync.WaitGroup
		all.Go(func() { checker.Check(t.Context(), "first") })
		synctest.Wait()
		gone, cancel := context.WithCancel(t.Context())
		for range 3 {
			all.Go(func() { checker.Check(gone, "second") })
		}
		synctest.Wait()
		cancel()
		all.Wait()
		time.Sleep(time.Minute)
		if n := issuer.times(); n != 1 {
			t.Errorf("the issuer was asked %d times", n)
		}
		if _, err := checker.Check(t.Context(), "second"); err != nil || issuer.times() != 2 {
			t.Errorf("the one who comes later: %v", err)
		}
	})
}

func TestChecksThatComeAndGoAreAnsweredRight(t *testing.T) {
	c := settings()
	c.Concurrency, c.Remember, c.RememberRefused = 4, 0, 0
	checker := newChecker(t, c, &issuer{answer: func(_ context.Context, token string) (int, string, error) {
		return http.StatusOK, fmt.Sprintf(`{"active":%v,"sub":%q}`, token != "3", token), nil
	}})
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for j := range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				if j%3 == 0 {
					go cancel()
				}
				token := strconv.Itoa((i + j) % 8)
				grant, err := checker.Check(ctx, token)
				cancel()
				switch {
				case err == nil && grant.Subject == token && token != "3":
				case errors.Is(err, credential.ErrInvalid) && token == "3":
				case errors.Is(err, context.Canceled) && j%3 == 0:
				default:
					t.Errorf("token %s: %+v, %v", token, grant, err)
				}
			}
		})
	}
	all.Wait()
}
