// Command runner measures the gateway beside other servers that answer the same questions from the same services, in one run: a
// query over GraphQL, and a record over REST.
//
// It starts the services and each peer, proves that the answers are right and stay so under load, and prints what an answer
// costs. It fails where an answer differs, and where the calls to the services are not exactly those that a peer promises.
// README.md tells the rest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	// The kernel ends the processes started here when the thread that started them ends: let that be the last one.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv) //nolint:forbidigo // this is main
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:forbidigo // the same
	}
}

func run(ctx context.Context, args []string, getenv func(string) string) error {
	s, err := parse(args, getenv)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "concierge-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is in the directory for such things
	b := &bench{settings: s, dir: dir, out: os.Stdout}
	err = b.run(ctx)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}

// settings say what is measured, and for how long.
type settings struct {
	rounds      int
	duration    time.Duration
	warmUp      time.Duration
	connections []int
	only        *regexp.Regexp
	short       bool
	scale       bool
	accessLog   bool
	profile     string
	profileOf   string
	write       string // the directory for pages about the run
	stamp       string // the program's version
	bin         string // the directory of the other commands
	concierge   string
	node        string // the directory of the peers that Node.js runs
}

// parse reads the flags. ROUNDS, DUR, CONNS, ONLY, ACCESS_LOG, PROFILE, PROFILE_OF and WRITE stand for those of the same meaning.
func parse(args []string, getenv func(string) string) (settings, error) {
	self, err := os.Executable()
	if err != nil {
		return settings{}, err
	}
	s := settings{bin: filepath.Dir(self), connections: []int{64, 1}, only: regexp.MustCompile("")}
	flags := flag.NewFlagSet("runner", flag.ContinueOnError)
	flags.IntVar(&s.rounds, "rounds", 3, "how often each peer is measured")
	flags.DurationVar(&s.duration, "dur", 4*time.Second, "how long each load is measured")
	flags.DurationVar(&s.warmUp, "warm", time.Second, "how long each load runs before")
	flags.Func("conns", "numbers of `connections`, separated by commas (default 64,1)", func(text string) (err error) {
		s.connections, err = counts(text)
		return err
	})
	flags.Func("only", "a regular `expression` of the peers to measure", func(text string) (err error) {
		s.only, err = regexp.Compile(text)
		return err
	})
	flags.BoolVar(&s.short, "short", false, "leave out what a test of the program can do without")
	flags.BoolVar(&s.scale, "scale", false, "measure how costs change with connections, lists and processors, and nothing else")
	flags.BoolVar(&s.accessLog, "access-log", false, "let Concierge write a log line for each request, as it does by default")
	flags.StringVar(&s.profile, "profile", "", "write a profile of Concierge to this `file` at the end")
	flags.StringVar(&s.profileOf, "profile-of", "profile", "of what, as /debug/pprof/ names it: profile, allocs, mutex ...")
	flags.StringVar(&s.write, "write", "", "write pages about the run into this `directory`")
	flags.StringVar(&s.stamp, "stamp", "", "the program's `version`, for the pages")
	flags.StringVar(&s.concierge, "concierge", "bin/concierge", "the program to measure")
	flags.StringVar(&s.node, "node", "tests/bench/peers/node", "the `directory` of the peers that Node.js runs")
	for _, each := range []struct{ variable, flag string }{
		{"ROUNDS", "rounds"},
		{"DUR", "dur"},
		{"CONNS", "conns"},
		{"ONLY", "only"},
		{"ACCESS_LOG", "access-log"},
		{"PROFILE", "profile"},
		{"PROFILE_OF", "profile-of"},
		{"WRITE", "write"},
	} {
		if value := getenv(each.variable); value != "" {
			if err := flags.Set(each.flag, value); err != nil {
				return settings{}, fmt.Errorf("%s=%s: %w", each.variable, value, err)
			}
		}
	}
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if s.rounds < 1 || s.duration <= 0 || s.warmUp < 0 {
		return settings{}, errors.New("there must be a round at least, and it must take time")
	}
	return s, nil
}

// maxConnections is what one client address can have to one server, less what the system itself may use.
const maxConnections = 20000

func counts(text string) ([]int, error) {
	var all []int
	for each := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(each)
		if err != nil || n < 1 || n > maxConnections {
			return nil, fmt.Errorf("%q is no number of connections from 1 to %d", each, maxConnections)
		}
		all = append(all, n)
	}
	return all, nil
}
