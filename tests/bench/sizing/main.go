// Command sizing answers what a rate of requests takes of a machine: processor time and memory of the gateway, with one and with
// several instances, before the services of command upstream.
//
// It asks at a given rate, and not as often as it can: what is measured is what a request costs an instance that has something to
// spare, which is how instances are run. docs/sizing.md has the figures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	runtime.LockOSThread() // the kernel ends the processes started here when the thread that started them ends
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "sizing:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// settings say what is measured.
type settings struct {
	concierge string
	upstream  string
	redis     string
	rate      int
	duration  time.Duration
	instances []int
	dir       string
}

func parse(args []string) (settings, error) {
	s := settings{instances: []int{1, 2, 4}}
	flags := flag.NewFlagSet("sizing", flag.ContinueOnError)
	flags.StringVar(&s.concierge, "concierge", "bin/concierge", "the `program`")
	flags.StringVar(&s.upstream, "upstream", "bin/bench/upstream", "the `program` that is the services")
	flags.StringVar(&s.redis, "redis", "", "the `address` of a Redis in which instances count together; without one each counts alone")
	flags.IntVar(&s.rate, "rate", 400, "requests a second, of all instances together")
	flags.DurationVar(&s.duration, "dur", 10*time.Second, "how long each load is measured, after a fifth of that to warm up")
	flags.Func("instances", "numbers of `instances`, separated by commas (default 1,2,4)", func(text string) error {
		s.instances = nil
		for word := range strings.SplitSeq(text, ",") {
			n, err := strconv.Atoi(word)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is no number of instances", word)
			}
			s.instances = append(s.instances, n)
		}
		return nil
	})
	return s, flags.Parse(args)
}

func run(ctx context.Context, args []string) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "concierge-sizing-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(s.dir) }() // what is left is in the directory for such things
	services, err := startServices(ctx, s)
	if err != nil {
		return err
	}
	defer services.process.stop()
	fmt.Printf("%d requests a second for %s, %d processors, %s\n\n", s.rate, s.duration, runtime.NumCPU(), shared(s.redis))
	fmt.Println("| load | instances | CPU a request | CPUs for 1,000 a second | memory of an instance | idle |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, w := range workloads() {
		for _, n := range s.instances {
			found, err := measure(ctx, s, services, w, n)
			if err != nil {
				return fmt.Errorf("%s, %d instances: %w", w.name, n, err)
			}
			fmt.Printf("| %s | %d | %d µs | %.2f | %d MiB | %.1f %% |\n", w.name, n, found.cost.Microseconds(),
				found.cost.Seconds()*1000, found.memory>>20, found.idle*100)
		}
	}
	return nil
}

func shared(redis string) string {
	if redis == "" {
		return "each instance by itself"
	}
	return "counting together in Redis"
}

// configuration is that of an instance: the defaults, with limits that are out of reach.
func (s settings) configuration(services *services, w workload, public, admin string) (string, error) {
	redis := ""
	if s.redis != "" {
		redis = fmt.Sprintf("redis: {addresses: [%q]}\n", s.redis)
	}
	file := filepath.Join(s.dir, strings.ReplaceAll(public, ":", "-")+".yml")
	return file, os.WriteFile(file, fmt.Appendf(nil, `server: {listen: %q, timeouts: {drain_delay: 0s}}
admin: {listen: %q}
auth: {issuers: [{keys: {secret: %q}}], anonymous: true}
limits:
  rules:
    - {name: address, by: ip, limit: 1000000000, per: 1m}
    - {name: caller, by: principal, limit: 1000000000, per: 1m}
cache: {enabled: %t}
%srest:
  routes: [{match: "GET /v1/users/{id}", upstream: user, to: "/users/{id}", returns: User}]
upstreams:
  user: {urls: [%q]}
  order: {urls: [%q]}
  product: {urls: [%q], cache: {depends: nothing}}
  payment: {urls: [%q]}
`, public, admin, secret, w.cached, redis, services.url("user"), services.url("order"), services.url(w.products), services.url("payment")),
		0o600)
}
