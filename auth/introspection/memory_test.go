package introspection_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/introspection"
)

func TestAnswersAreRememberedForATime(t *testing.T) {
	good := `{"active":true,"sub":"7"}`
	tests := map[string]struct {
		change func(*introspection.Config)
		answer string
		after  time.Duration
		want   int // times that the issuer is asked
	}{
		"a good one":                     {nil, good, 30*time.Second - 1, 1},
		"a good one, longer":             {nil, good, 30 * time.Second, 2},
		"a good one, to its end":         {nil, fmt.Sprintf(`{"active":true,"sub":"7","exp":%d}`, now+3), 3*time.Second - 1, 1},
		"a good one, beyond its end":     {nil, fmt.Sprintf(`{"active":true,"sub":"7","exp":%d}`, now+3), 3 * time.Second, 2},
		"a good one with a far end":      {nil, fmt.Sprintf(`{"active":true,"sub":"7","exp":%d}`, now+300), 30 * time.Second, 2},
		"a good one, not remembered":     {func(c *introspection.Config) { c.Remember = 0 }, good, 0, 2},
		"an inactive one":                {nil, `{"active":false}`, 5*time.Second - 1, 1},
		"an inactive one, longer":        {nil, `{"active":false}`, 5 * time.Second, 2},
		"an expired one":                 {nil, `{"active":true,"sub":"7","exp":1}`, time.Second, 1},
		"an inactive one, not kept":      {func(c *introspection.Config) { c.RememberRefused = 0 }, `{"active":false}`, 0, 2},
		"one that cannot be read":        {nil, `{`, 0, 2},
		"one that repeats itself within": {nil, `{"active":true,"active":true,"sub":"7"}`, 0, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := settings()
				if tt.change != nil {
					tt.change(&c)
				}
				issuer := always(tt.answer)
				checker := newChecker(t, c, issuer)
				checker.Check(t.Context(), "token")
				time.Sleep(tt.after)
				checker.Check(t.Context(), "token")
				if got := issuer.times(); got != tt.want {
					t.Errorf("asked %d times, want %d", got, tt.want)
				}
			})
		})
	}
}

func TestATokenThatIsTakenBackIsRefusedAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		active := true
		checker := newChecker(t, settings(), &issuer{answer: func(context.Context, string) (int, string, error) {
			return http.StatusOK, fmt.Sprintf(`{"active":%v,"sub":"7"}`, active), nil
		}})
		var refusedAfter time.Duration
		for ; refusedAfter < time.Minute; refusedAfter += time.Second {
			if _, err := checker.Check(t.Context(), "token"); errors.Is(err, credential.ErrInvalid) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			active = false
			time.Sleep(time.Second)
		}
		if refusedAfter != 30*time.Second {
			t.Errorf("refused after %v", refusedAfter)
		}
	})
}

func TestStrangersTokensDoNotDriveGoodOnesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := settings()
		c.MaxTokens = 16
		issuer := &issuer{answer: func(_ context.Context, token string) (int, string, error) {
			return http.StatusOK, fmt.Sprintf(`{"active":%v,"sub":"7"}`, token == "good"), nil
		}}
		checker := newChecker(t, c, issuer)
		checker.Check(t.Context(), "good")
		for i := range 1000 {
			checker.Check(t.Context(), fmt.Sprint("bad", i))
		}
		synctest.Wait()
		before := issuer.times()
		if _, err := checker.Check(t.Context(), "good"); err != nil || issuer.times() != before {
			t.Errorf("the good token was forgotten: %v", err)
		}
	})
}

func TestNoMoreTokensAreRememberedThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := settings()
		c.MaxTokens = 16
		issuer := always(`{"active":true,"sub":"7"}`)
		checker := newChecker(t, c, issuer)
		for range 2 {
			for i := range 500 {
				checker.Check(t.Context(), fmt.Sprint("token", i))
			}
			synctest.Wait()
		}
		if again := issuer.times() - 500; again < 400 {
			t.Errorf("%d of 500 tokens were asked about again, so too many were remembered", again)
		}
	})
}
