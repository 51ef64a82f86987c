package keys_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/credential"
)

const url = "https://idp.example/keys"

func TestAFloodOfUnknownNamesMakesOneCallAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idp := issuing(set(edKey(t, "a")))
		s := newWorld().open(t, remote(url), &http.Client{Transport: idp})
		wantKeys(t, s, "a", "EdDSA", 1)
		idp.calls.Store(0)
		time.Sleep(time.Minute)
		for second := range 180 {
			var requests sync.WaitGroup
			for n := range 10 {
				requests.Go(func() { wantError(t, s, numbered(second*10+n), "EdDSA", credential.ErrInvalid) })
			}
			requests.Wait()
			time.Sleep(time.Second)
		}
		if n := idp.calls.Load(); n != 3 {
			t.Errorf("%d calls in three minutes", n)
		}
		wantKeys(t, s, "a", "EdDSA", 1)
	})
}

func TestAFloodMakesNoMoreCallsWhereTheIssuerWasNeverThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idp := issuing("")
		idp.down.Store(true)
		s := newWorld().open(t, remote(url), &http.Client{Transport: idp})
		for n := range 120 {
			wantError(t, s, numbered(n), "EdDSA", credential.ErrUnavailable)
			wantError(t, s, "", "EdDSA", credential.ErrUnavailable)
			time.Sleep(time.Second)
		}
		if n := idp.calls.Load(); n != 2 {
			t.Errorf("%d calls in two minutes", n)
		}
	})
}

// A gateway that has just started is asked before it has read the keys by itself.
func TestTheFirstNewKeyDoesNotWaitForWhoeverHadTheKeysReadFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idp := issuing(set(edKey(t, "a")))
		s := newWorld().open(t, remote(url), &http.Client{Transport: idp})
		wantKeys(t, s, "a", "EdDSA", 1)
		idp.show(set(edKey(t, "a"), edKey(t, "b")))
		wantKeys(t, s, "b", "EdDSA", 1)
		wantError(t, s, "c", "EdDSA", credential.ErrInvalid)
		if n := idp.calls.Load(); n != 2 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestAllWhoWaitShareOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idp := issuing(set(edKey(t, "a")))
		slow := roundTripper(func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return idp.RoundTrip(req)
		})
		s := newWorld().open(t, remote(url), &http.Client{Transport: slow})
		var requests sync.WaitGroup
		for range 50 {
			requests.Go(func() { wantKeys(t, s, "a", "EdDSA", 1) })
		}
		requests.Wait()
		if n := idp.calls.Load(); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestAKeyThatCameDuringAReadingIsFoundByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before, after := set(edKey(t, "old")), set(edKey(t, "new"))
		idp := issuing(before)
		late := roundTripper(func(req *http.Request) (*http.Response, error) {
			res, err := idp.RoundTrip(req)
			time.Sleep(time.Second) // the answer is under way
			return res, err
		})
		s := newWorld().open(t, remote(url), &http.Client{Transport: late})
		defer run(t, s)()
		synctest.Wait()
		idp.show(after)
		wantKeys(t, s, "new", "EdDSA", 1)
	})
}

func TestRotationsFailNoRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idp := issuing(set(edKey(t, numbered(0))))
		s := newWorld().open(t, remote(url), &http.Client{Transport: idp})
		defer run(t, s)()
		synctest.Wait()
		var signedWith, failed atomic.Int64
		end := make(chan struct{})
		for range 4 {
			go func() {
				for !finished(end) {
					if _, err := s.Find(t.Context(), numbered(int(signedWith.Load())), "EdDSA"); err != nil {
						failed.Add(1)
					}
					time.Sleep(time.Second)
				}
			}()
		}
		previous := *idp.body.Load()
		for n := range int64(5) {
			next := edKey(t, numbered(int(n)+1))
			idp.show(strings.Replace(previous, "]", ","+next+"]", 1))
			signedWith.Add(1)
			time.Sleep(2 * time.Minute) // tokens of the old key expire
			previous = set(next)
			idp.show(previous)
			time.Sleep(10 * time.Minute)
			wantError(t, s, numbered(int(n)), "EdDSA", credential.ErrInvalid)
			time.Sleep(2 * time.Minute) // that asked, and might have in vain
		}
		close(end)
		synctest.Wait()
		time.Sleep(time.Second)
		if n := failed.Load(); n > 0 {
			t.Errorf("%d requests failed", n)
		}
	})
}

func finished(end <-chan struct{}) bool {
	select {
	case <-end:
		return true
	default:
		return false
	}
}

func TestNobodyWaitsLongForAnIssuerThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := w.open(t, remote(url), &http.Client{Transport: roundTripper(hang)})
		begun := time.Now()
		wantError(t, s, "a", "EdDSA", credential.ErrUnavailable)
		if waited := time.Since(begun); waited != 5*time.Second {
			t.Errorf("it waited for %s", waited)
		}
		synctest.Wait()
		wantFetches(t, w, map[string]int{"unreachable": 1})
		if !strings.Contains(w.printed.String(), "there was no answer in time") {
			t.Errorf("logged: %s", w.printed)
		}
	})
}

func hang(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestRunEndsAReadingThatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := w.open(t, remote(url), &http.Client{Transport: roundTripper(hang)})
		stop := run(t, s)
		synctest.Wait()
		begun := time.Now()
		stop()
		if waited := time.Since(begun); waited != 0 {
			t.Errorf("it waited for %s", waited)
		}
		wantFetches(t, w, map[string]int{}) // it says nothing about the issuer
		wantError(t, s, "a", "EdDSA", credential.ErrUnavailable)
		s.Run(t.Context()) // returns, for it has ended
	})
}

func TestRunReadsAgainAndSoonerAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idp := issuing(set(edKey(t, "a")))
		var at []time.Time
		client := &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			at = append(at, time.Now())
			return idp.RoundTrip(req)
		})}
		w := newWorld()
		cfg := remote(url)
		cfg.Refresh = 10 * time.Second
		s := w.open(t, cfg, client)
		stop := run(t, s)
		synctest.Wait()
		idp.down.Store(true)
		time.Sleep(45 * time.Second) // about: failures after 10, 11, 13, 17, 25, 35 seconds
		wantKeys(t, s, "a", "EdDSA", 1)
		idp.down.Store(false)
		time.Sleep(22 * time.Second)
		stop()

		for i, seconds := range []int{10, 1, 2, 4, 8, 10, 10, 10} {
			wait := time.Duration(seconds) * time.Second
			if i+1 >= len(at) {
				t.Fatalf("only %d readings", len(at))
			}
			if got := at[i+1].Sub(at[i]); got < wait*9/10 || got > wait*11/10 {
				t.Errorf("wait %d is %s, want %s or a tenth more or less", i, got, wait)
			}
		}
		log := w.printed.String()
		if strings.Count(log, "reading keys fails") != 1 || strings.Count(log, "reading keys succeeds again") != 1 {
			t.Errorf("logged: %s", log)
		}
	})
}

func TestTheLastGoodKeysHoldForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idp := issuing(set(edKey(t, "a")))
		s := newWorld().open(t, remote(url), &http.Client{Transport: idp})
		defer run(t, s)()
		wantKeys(t, s, "a", "EdDSA", 1)
		idp.show(set(`{"kty": "oct", "k": "c2VjcmV0"}`))
		time.Sleep(48 * time.Hour)
		idp.down.Store(true)
		time.Sleep(48 * time.Hour)
		if !s.Ready() {
			t.Error("it is not ready")
		}
		wantKeys(t, s, "a", "EdDSA", 1)
		wantError(t, s, "b", "EdDSA", credential.ErrUnavailable)

		idp.down.Store(false)
		idp.show(set(edKey(t, "b")))
		time.Sleep(10 * time.Minute)
		wantKeys(t, s, "b", "EdDSA", 1)
		_, err := s.Find(t.Context(), "a", "EdDSA")
		if !errors.Is(err, credential.ErrInvalid) {
			t.Errorf("a key that was taken back: %v", err)
		}
	})
}

func TestMetricsNameTheirIssuer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := w.open(t, remote(url), &http.Client{Transport: issuing(set(edKey(t, "a"), edKey(t, "b"), `{"kty": "x"}`))})
		wantKeys(t, s, "a", "EdDSA", 1)
		families, err := w.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, family := range families {
			metric := family.GetMetric()[0]
			if metric.GetLabel()[0].GetName() != "issuer" || metric.GetLabel()[0].GetValue() != name {
				t.Errorf("%s has the labels %v", family.GetName(), metric.GetLabel())
			}
			got[family.GetName()] = metric.GetGauge().GetValue()
		}
		want := map[string]float64{
			"concierge_auth_keys":                                2,
			"concierge_auth_keys_fetches_total":                  0, // no gauge
			"concierge_auth_keys_last_success_timestamp_seconds": float64(time.Now().Unix()),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
