package stored

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestNobodyWaitsLongerThanTheTimeoutAndOnlyOncePerOutage(t *testing.T) {
	for name, deaf := range map[string]bool{"a server that hangs": false, "a connection that does not come about": true} {
		t.Run(name, func(t *testing.T) {
			in(t, usual, func(b *bubble) {
				t := b.t
				b.change(func(f *fake) { f.latency, f.deaf, f.reads = time.Minute, deaf, 0 })
				if got := took(func() { b.Get(t.Context(), keyOf(1)) }); got != 10*time.Millisecond {
					t.Errorf("the first waits for %v", got)
				}
				if got := took(func() {
					for range 1000 {
						if b.Get(t.Context(), keyOf(1), keyOf(2)) != nil {
							t.Fatal("there are values")
						}
					}
				}); got != 0 {
					t.Errorf("those who follow wait for %v", got)
				}
				b.change(func(f *fake) {
					if f.reads != 1 {
						t.Errorf("it was asked %d times", f.reads)
					}
				})
				if got := b.log.count("cannot be used"); got != 1 {
					t.Errorf("it was told %d times:\n%s", got, b.log)
				}
				if got := metric(t, b.registry, "second_requests_total", "unavailable"); got != 2001 {
					t.Errorf("%v were counted", got)
				}
			})
		})
	}
}

func TestAllWhoWaitAreLetGoAtOnce(t *testing.T) {
	in(t, usual, func(b *bubble) {
		t := b.t
		b.change(func(f *fake) { f.latency, f.deaf = time.Minute, true })
		var all sync.WaitGroup
		var longest atomic.Int64
		for i := range 100 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Microsecond)
				got := took(func() { b.Get(t.Context(), keyOf(i)) })
				if got > 10*time.Millisecond-time.Duration(i)*100*time.Microsecond {
					longest.Store(int64(got))
				}
			})
		}
		all.Wait()
		if got := longest.Load(); got != 0 {
			t.Errorf("one of them waited for %v, though another had found out", time.Duration(got))
		}
	})
}

func TestAFailureIsFoundOutAtOnce(t *testing.T) {
	in(t, usual, func(b *bubble) {
		t := b.t
		b.change(func(f *fake) { f.err = errGone })
		if got := took(func() { b.Get(t.Context(), keyOf(1)) }); got != time.Millisecond {
			t.Errorf("it waits for %v", got)
		}
		if b.Reachable() {
			t.Error("it is taken for well")
		}
	})
}

func TestItIsAskedAgainWhenAProbeFindsItWell(t *testing.T) {
	in(t, usual, func(b *bubble) {
		t := b.t
		b.Set(keyOf(1), []byte("a"), inAnHour())
		time.Sleep(100 * time.Millisecond)
		b.change(func(f *fake) { f.latency = time.Minute })
		b.Get(t.Context(), keyOf(1))
		time.Sleep(5 * time.Second)
		b.change(func(f *fake) { f.latency = 11 * time.Millisecond })
		time.Sleep(5 * time.Second)
		if b.Reachable() {
			t.Error("one that is too slow is taken for well")
		}
		b.change(func(f *fake) { f.latency = 9 * time.Millisecond })
		time.Sleep(2 * time.Second) // a question that was left may hold up the next
		if got := b.Get(t.Context(), keyOf(1)); len(got) != 1 || string(got[0]) != "a" {
			t.Errorf("got %q", got)
		}
		if gone, back := b.log.count("cannot be used"), b.log.count("is shared"); gone != 1 || back != 2 {
			t.Errorf("it was told %d times that it went, and %d times that it came:\n%s", gone, back, b.log)
		}
		if got := metric(t, b.registry, "second_reachable"); got != 1 {
			t.Errorf("the metric says %v", got)
		}
	})
}

func TestOneThatWasNeverThereIsToldOfOnce(t *testing.T) {
	in(t, usual, func(b *bubble) {
		t := b.t
		b.health.Store(&state{asked: []string{"a"}})
		b.change(func(f *fake) { f.err = errGone })
		time.Sleep(time.Minute)
		if got := b.log.count("cannot be used"); got != 1 {
			t.Errorf("it was told %d times:\n%s", got, b.log)
		}
	})
}

func TestWhoLeavesDoesNotWaitAndIsNoFailure(t *testing.T) {
	in(t, usual, func(b *bubble) {
		t := b.t
		b.change(func(f *fake) { f.latency = 8 * time.Millisecond })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Millisecond)
		defer cancel()
		if got := took(func() { b.Get(ctx, keyOf(1)) }); got != 3*time.Millisecond {
			t.Errorf("it waits for %v", got)
		}
		if got := took(func() { b.Get(ctx, keyOf(1)) }); got != 0 {
			t.Errorf("who has left before waits for %v", got)
		}
		if !b.Reachable() {
			t.Error("it is taken for gone")
		}
	})
}

func TestWhatDoesNotFitIntoTheQueueIsDropped(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*SecondConfig)
		size   int
		most   int
	}{
		"by number": {func(c *SecondConfig) { c.Queue = 10 }, 1, 10 + writers},
		"by memory": {func(c *SecondConfig) { c.QueueMemory = 1 << 20 }, 100 << 10, 10},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, tt.change, func(b *bubble) {
				t := b.t
				b.change(func(f *fake) { f.latency = 100 * time.Millisecond })
				data := make([]byte, tt.size)
				for i := range writers { // who write are busy from now on
					b.Set(keyOf(1000+i), data, inAnHour())
					synctest.Wait()
				}
				if got := took(func() {
					for i := range 100 - writers {
						b.Set(keyOf(i), data, inAnHour())
						if got := b.queue.bytes.Load(); got > int64(b.config.QueueMemory) {
							t.Errorf("%d bytes wait", got)
						}
					}
				}); got != 0 {
					t.Errorf("who sets waits for %v", got)
				}
				time.Sleep(10 * time.Second)
				written := metric(t, b.registry, "second_writes_total", "written")
				dropped := metric(t, b.registry, "second_writes_total", "dropped")
				if written+dropped != 100 || int(written) != tt.most {
					t.Errorf("%v were written and %v dropped, want %d written", written, dropped, tt.most)
				}
				if got := b.queue.bytes.Load(); got != 0 {
					t.Errorf("%d bytes are taken of an empty queue", got)
				}
				b.Set(keyOf(1000), data, inAnHour())
				time.Sleep(time.Second)
				if got := metric(t, b.registry, "second_writes_total", "written"); got != written+1 {
					t.Error("there is no room though nothing waits")
				}
			})
		})
	}
}

func TestWritesGoInPipelinesOfABoundedSize(t *testing.T) {
	for name, tt := range map[string]struct {
		size, most int
	}{
		"small values": {100, mostWrites},
		"large values": {50 << 10, 3},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(c *SecondConfig) { c.QueueMemory = 1 << 30 }, func(b *bubble) {
				t := b.t
				data := make([]byte, tt.size)
				for i := range 900 {
					b.Set(keyOf(i), data, inAnHour())
				}
				time.Sleep(10 * time.Second)
				sum, most := 0, 0
				b.change(func(f *fake) {
					for _, size := range f.batches {
						sum, most = sum+size, max(most, size)
					}
				})
				if sum != 900 || most != tt.most {
					t.Errorf("%d were written by pipelines of at most %d, want %d", sum, most, tt.most)
				}
			})
		})
	}
}

func TestWhatIsNotWorthWritingIsDropped(t *testing.T) {
	in(t, func(c *SecondConfig) { c.MaxEntry = 1000 }, func(b *bubble) {
		t := b.t
		b.Set(keyOf(1), make([]byte, 1001), inAnHour())
		b.Set(keyOf(2), make([]byte, 1000), time.Now())
		b.Set(keyOf(3), make([]byte, 1000), time.Time{})
		b.Set(keyOf(4), make([]byte, 1000), inAnHour())
		time.Sleep(time.Second)
		b.change(func(f *fake) { f.err = errGone })
		b.Get(t.Context(), keyOf(1))
		b.Set(keyOf(5), make([]byte, 1000), inAnHour())
		for result, want := range map[string]float64{"written": 1, "dropped": 4, "failed": 0} {
			if got := metric(t, b.registry, "second_writes_total", result); got != want {
				t.Errorf("%v are %s, want %v", got, result, want)
			}
		}
	})
}

func TestAWriteThatIsNotAnsweredIsAnOutage(t *testing.T) {
	in(t, usual, func(b *bubble) {
		t := b.t
		b.change(func(f *fake) { f.err = errGone })
		b.Set(keyOf(1), []byte("a"), inAnHour())
		time.Sleep(100 * time.Millisecond)
		if b.Reachable() {
			t.Error("it is taken for well")
		}
		if got := metric(t, b.registry, "second_writes_total", "failed"); got != 1 {
			t.Errorf("%v have failed", got)
		}
	})
}

func TestAWriteThatIsRefusedIsNoOutageAndToldOfSeldom(t *testing.T) {
	in(t, usual, func(b *bubble) {
		t := b.t
		b.change(func(f *fake) { f.refused = errors.New("OOM command not allowed") })
		for i := range 121 {
			b.Set(keyOf(i), []byte("a"), inAnHour())
			time.Sleep(time.Second)
		}
		if !b.Reachable() {
			t.Error("it is taken for gone")
		}
		if got := b.log.count("does not take"); got != 3 {
			t.Errorf("in two minutes it is told %d times, want 3", got)
		}
		if got := metric(t, b.registry, "second_writes_total", "failed"); got != 121 {
			t.Errorf("%v have failed", got)
		}
	})
}

func TestItEndsWithWritesAndQuestionsUnderWay(t *testing.T) {
	in(t, func(c *SecondConfig) { c.Timeout = time.Second }, func(b *bubble) {
		t := b.t
		b.change(func(f *fake) { f.latency = 900 * time.Millisecond })
		for i := range 500 {
			b.Set(keyOf(i), []byte("a"), inAnHour())
		}
		var asking sync.WaitGroup
		asking.Go(func() {
			if got := b.Get(t.Context(), keyOf(1)); got != nil {
				t.Errorf("got %q", got)
			}
		})
		time.Sleep(time.Millisecond)
		if got := took(b.end); got != 0 {
			t.Errorf("it takes %v to end", got)
		}
		asking.Wait()
		b.Set(keyOf(1), []byte("a"), inAnHour())
		if got := b.Get(t.Context(), keyOf(1)); got != nil {
			t.Errorf("after the end there is %q", got)
		}
		sum := metric(t, b.registry, "second_writes_total", "dropped") + metric(t, b.registry, "second_writes_total", "failed")
		if sum != 501 {
			t.Errorf("%v of 501 are accounted for", sum)
		}
		if got := b.log.count("cannot be used"); got != 0 {
			t.Errorf("the end is taken for a failure:\n%s", b.log)
		}
		if got := b.queue.bytes.Load(); got != 0 {
			t.Errorf("%d bytes still wait", got)
		}
	})
}

func TestCloseEndsRun(t *testing.T) {
	in(t, usual, func(b *bubble) {
		t := b.t
		b.Close()
		time.Sleep(time.Millisecond)
		if b.Reachable() {
			t.Error("it goes on")
		}
		b.Close()
	})
}

func TestNoSecondHoldsNothing(t *testing.T) {
	config := DefaultConfig().Redis
	s := NewSecond(config, "", nil, nil, nil)
	config.Enabled = true
	if s != nil || NewSecond(config, "", nil, nil, nil) != nil {
		t.Fatal("there is one without a Redis")
	}
	s.Set(keyOf(1), []byte("a"), inAnHour())
	if got := s.Get(t.Context(), keyOf(1)); got != nil || s.Reachable() {
		t.Errorf("it has %q", got)
	}
	s.Run(t.Context())
	s.Close()
}
