package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/concierge-gateway/concierge/demo"
)

// rhythm is how often something happens.
type rhythm struct{ reload, restart, kill, redis, certificate, keys, purge, fault, outage, buy time.Duration }

// everyDay is the rhythm of a long run. A short one has each of them at least once.
func rhythmOf(length time.Duration) rhythm {
	if length < 2*time.Minute {
		return rhythm{
			reload: 2 * time.Second, restart: 5 * time.Second, kill: length * 6 / 10, redis: length * 4 / 10, certificate: 3 * time.Second,
			keys: 6 * time.Second, purge: 4 * time.Second, fault: 500 * time.Millisecond, outage: length * 5 / 10, buy: 2 * time.Second,
		}
	}
	return rhythm{
		reload: 3 * time.Second, restart: 25 * time.Second, kill: 90 * time.Second, redis: 70 * time.Second, certificate: 12 * time.Second,
		keys: 20 * time.Second, purge: 7 * time.Second, fault: time.Second, outage: 75 * time.Second,
		buy: 5 * time.Second,
	}
}

// every does something again and again. What fails is a failure of the run.
func (s *soak) every(ctx context.Context, what string, interval time.Duration, do func(ctx context.Context) error) {
	for pause(ctx, interval) {
		if err := do(ctx); err != nil {
			s.failf(what, "%v", err)
			continue
		}
		s.count(what)
	}
}

// restart ends one of the first two instances, and starts it again. The third lasts, and is measured.
func (s *soak) restart(n *int) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		*n++
		i := s.instances[*n%2]
		i.mu.Lock()
		defer i.mu.Unlock()
		defer s.opens(told)(time.Second)
		if err := s.leave(i); err != nil {
			return fmt.Errorf("instance %s ends with %w", i.name, err)
		}
		return s.begin(ctx, i)
	}
}

// kill ends one of the first two instances in the midst of what it does. What was in flight on it is lost, and what the balancer sends
// before it notices.
func (s *soak) kill(ctx context.Context) error {
	i := s.instances[rand.IntN(2)]
	i.mu.Lock()
	defer i.mu.Unlock()
	end := s.opens(killed)
	i.kill()
	end(2 * time.Second) // the balancer asks each 100 ms, twice, on a machine that has much to do
	if !pause(ctx, time.Second) {
		end(0)
	}
	return s.begin(context.WithoutCancel(ctx), i)
}

func (s *soak) outageOfRedis(ctx context.Context) error {
	end := s.opens(redisAway)
	defer end(disturbed)
	s.endRedis()
	pause(ctx, 3*time.Second)
	return s.beginRedis()
}

// changeKeys shows a new key, signs by it when everybody has had time to read it, and takes the old one away.
func (s *soak) changeKeys(ctx context.Context) error {
	s.issuer.publish()
	if !pause(ctx, 4*time.Second) {
		return nil
	}
	s.issuer.use()
	pause(ctx, 4*time.Second)
	s.issuer.retire()
	return nil
}

func (s *soak) purge(ctx context.Context) error {
	body := []string{`{"all": true}`, `{"type": "Product", "id": "3"}`, `{"upstream": "order", "path": "/orders"}`}[rand.IntN(3)]
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.instances[2].admin+"/purge", strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.admins.Do(req)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return fmt.Errorf("the purge is answered by %d", res.StatusCode)
	}
	return nil
}

// reload gives all instances other settings, by the file alone or by SIGHUP, and waits until the third has them. One in six is a mistake,
// which must change nothing.
func (s *soak) reload(turn *int) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		*turn++
		bad := *turn%6 == 0
		var before [2]float64
		err := s.await(ctx, "the metrics are told", func() (ok bool) {
			before, ok = s.reloads()
			return ok
		})
		if err != nil {
			return err
		}
		if *turn%5 == 4 || *turn%5 <= 1 { // after a mistake, the next turn makes the change
			defer s.opens(changed)(2 * time.Second)
		}
		for _, i := range s.instances {
			if err := s.write(i, *turn, bad); err != nil {
				return err
			}
		}
		what, counted := "the other settings are in force", 0
		if bad {
			what, counted = "the mistake is refused", 1
		}
		err = s.await(ctx, what, func() bool {
			now, ok := s.reloads()
			return ok && now[counted] > before[counted]
		})
		if err != nil {
			return fmt.Errorf("%w; the log of reloads: %s", err, s.instances[2].said("configuration"))
		}
		return nil
	}
}

// write gives an instance its settings, and tells it so by SIGHUP every other time, unless it is just being begun.
func (s *soak) write(i *instance, turn int, bad bool) error {
	text := s.settings(i, turn)
	if bad {
		if i != s.instances[2] {
			return nil // who starts with a mistake does not start
		}
		text += "mistake: true\n"
	}
	if err := replace(i.file, []byte(text)); err != nil {
		return err
	}
	if turn%2 == 0 && i.mu.TryLock() {
		defer i.mu.Unlock()
		return i.run.Process.Signal(syscall.SIGHUP)
	}
	return nil
}

// reloads are how many of the third instance's were taken and refused. They are not ok where too many ask for metrics.
func (s *soak) reloads() (counts [2]float64, ok bool) {
	status, page, err := s.look(s.instances[2], "/metrics")
	return [2]float64{
		sumOf(page, `concierge_config_reloads_total{result="taken"`), sumOf(page, `concierge_config_reloads_total{result="refused"`),
	}, err == nil && status == http.StatusOK
}

// said are the last lines of a log that hold a word.
func (i *instance) said(word string) string {
	text, err := os.ReadFile(i.log.Name())
	if err != nil {
		return err.Error()
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, word) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-10):], "")
}

// hidden are failures of one endpoint of two, of which no caller may notice anything.
func hidden() map[string]demo.Fault {
	return map[string]demo.Fault{
		"500 of one endpoint":              {Status: http.StatusInternalServerError},
		"503 of one endpoint":              {Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"1"}}},
		"one endpoint hangs up":            {CloseConnection: true},
		"one endpoint sends half answers":  {Truncate: true},
		"one endpoint is slow":             {Delay: 300 * time.Millisecond},
		"one endpoint sends pages of HTML": {Status: http.StatusOK, Body: "<html>what is this</html>"},
		"one endpoint fails health checks": {Path: "/healthz", Status: http.StatusInternalServerError},
	}
}

// fault lets one endpoint of a service fail for some seconds, or be gone.
func (s *soak) fault(outage *time.Time, every time.Duration) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		if time.Since(*outage) > every {
			*outage = time.Now()
			return s.paymentOutage(ctx)
		}
		service, endpoint := demo.Names()[rand.IntN(4)], rand.IntN(2)
		if rand.IntN(4) == 0 {
			s.services.Stop(service, endpoint)
			pause(ctx, 2*time.Second)
			s.count("fault: one endpoint is gone")
			return s.services.Restart(service, endpoint)
		}
		for name, each := range hidden() { // by chance
			each.Endpoints = []int{endpoint}
			s.services.SetFault(service, each)
			pause(ctx, 2500*time.Millisecond)
			s.services.SetFault(service)
			s.count("fault: " + name)
			break
		}
		return nil
	}
}

// paymentOutage is a failure that callers see: of the payment, and of nothing else.
func (s *soak) paymentOutage(ctx context.Context) error {
	s.count("fault: the payment service is down")
	defer s.opens(paymentDown)(20 * time.Second) // its breakers try again after 5 s, and endpoints are left out for up to 10
	if rand.IntN(2) == 0 {
		s.services.SetFault(demo.Payment, demo.Fault{Status: http.StatusServiceUnavailable})
		pause(ctx, 3*time.Second)
		s.services.SetFault(demo.Payment)
		return nil
	}
	for endpoint := range 2 {
		s.services.Stop(demo.Payment, endpoint)
	}
	pause(ctx, 3*time.Second)
	for endpoint := range 2 {
		if err := s.services.Restart(demo.Payment, endpoint); err != nil {
			return err
		}
	}
	return nil
}
