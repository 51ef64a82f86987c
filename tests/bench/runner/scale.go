package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"syscall"
)

// step is one of several ways in which the same is measured.
type step struct {
	label       string
	peer        peer
	connections int
	questions   func(ctx context.Context, s *server) ([]question, error)
}

// scale measures how the cost of a request changes with the number of connections, with the length of lists, and with the number
// of processors.
func (b *bench) scale(ctx context.Context) error {
	records, err := list(ctx, b.services, "user", "/users/", userCount)
	if err != nil {
		return err
	}
	page := headline()
	want, err := page.references(ctx, b.services)
	if err != nil {
		return err
	}
	rest := step{
		label: "REST, raw", peer: peer{name: nameRaw, path: "/v1/users/", open: true, command: roomyRoutes},
		questions: func(ctx context.Context, s *server) ([]question, error) { return s.each(ctx, records, shownUser) },
	}
	pages := step{
		label: "GraphQL, the headline", peer: peer{name: nameConcierge, command: roomy},
		questions: func(ctx context.Context, s *server) ([]question, error) { return page.questions(ctx, s, want) },
	}
	for _, each := range []step{rest, pages} {
		if err := b.byConnections(ctx, each); err != nil {
			return err
		}
	}
	if err := b.byItems(ctx); err != nil {
		return err
	}
	return b.byProcessors(ctx, rest, pages)
}

// roominess lets as many requests wait for the services as there are connections: by itself, the gateway turns away what comes on
// top of what services can take. Requests that wait long are no news then.
const roominess = `, concurrency: {max: 1000, adaptive: false, queue: 20000, queue_wait: 30s}`

func roomy(b *bench, at place) ([]string, error) {
	return b.concierge(at, manner{each: roominess, settings: uncached + outOfReach + wide})
}

func roomyRoutes(b *bench, at place) ([]string, error) {
	return b.concierge(at, routed(b, roominess))
}

// wide lets pages be long, and operations take their time.
const wide = "graphql: {timeout: 1m, pages: {max: 200}}\n"

// byConnections asks over more and more connections at the same time, each of which has a request under way all the time.
func (b *bench) byConnections(ctx context.Context, of step) error {
	var steps []step
	for _, n := range []int{1, 8, 64, 512, 4096, 10000} {
		if most := openFiles() * 7 / 10; n > most {
			fmt.Fprintf(b.out, "%d CONNECTIONS ARE LEFT OUT: a process may open %d files (ulimit -Hn)\n", n, openFiles())
			continue
		}
		each := of
		each.label, each.connections = strconv.Itoa(n), n
		steps = append(steps, each)
	}
	return b.climb(ctx, of.label+": by connections", "connections", steps)
}

// openFiles is how many files a process may have open. Go raises that to the most that there can be.
func openFiles() int {
	var most syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &most); err != nil {
		return 0
	}
	return int(min(most.Max, 1<<30))
}

// byItems asks for longer and longer pages. The services take 100 ids in one call.
func (b *bench) byItems(ctx context.Context) error {
	var steps []step
	for _, n := range []int{1, 20, 50, 100, 200} {
		page := pageOf(n)
		want, err := page.references(ctx, b.services)
		if err != nil {
			return err
		}
		steps = append(steps, step{
			label: strconv.Itoa(n), connections: 64, peer: peer{name: nameConcierge, command: roomy},
			questions: func(ctx context.Context, s *server) ([]question, error) { return page.questions(ctx, s, want) },
		})
	}
	return b.climb(ctx, "GraphQL, the headline: by orders of a page", "orders", steps)
}

// byProcessors gives the gateway more and more processors. As long as the machine has as many besides, it has them for itself,
// and the services and the load have the others; with more, all of them share what there is, and the rate says little.
func (b *bench) byProcessors(ctx context.Context, of ...step) error {
	if _, err := find("taskset"); err != nil {
		fmt.Fprintf(b.out, "PROCESSORS ARE LEFT OUT: %v\n", err)
		return nil
	}
	for _, each := range of {
		var steps []step
		for n := 1; n <= runtime.NumCPU(); n *= 2 {
			one := each
			one.label, one.connections, one.peer.processors = strconv.Itoa(n), 64, n
			steps = append(steps, one)
		}
		if err := b.climb(ctx, each.label+": by processors of the gateway", "processors", steps); err != nil {
			return err
		}
	}
	return nil
}

// apart are the processors that a peer with so many of them has for itself, and those that all others have meanwhile, as taskset
// names them. Where there are not enough for both, each has all.
func apart(processors, all int) (own, others string) {
	if processors == 0 || all < 2*processors {
		return fmt.Sprintf("0-%d", all-1), fmt.Sprintf("0-%d", all-1)
	}
	return fmt.Sprintf("0-%d", processors-1), fmt.Sprintf("%d-%d", processors, all-1)
}

// settle puts this process and the services where a peer lets them be.
func (b *bench) settle(ctx context.Context, p peer) error {
	_, others := apart(p.processors, runtime.NumCPU())
	for _, pid := range []int{os.Getpid(), b.services.process.pid} {
		//nolint:gosec // it is told numbers
		said, err := exec.CommandContext(ctx, "taskset", "-a", "-c", "-p", others, strconv.Itoa(pid)).CombinedOutput()
		if err != nil {
			return fmt.Errorf("taskset: %w: %s", err, said)
		}
	}
	return nil
}

// climb measures all steps, in rounds, and tells what a request costs at each.
func (b *bench) climb(ctx context.Context, title, by string, steps []step) error {
	steps = slices.DeleteFunc(steps, func(s step) bool { return !b.settings.only.MatchString(s.peer.name) })
	if len(steps) == 0 {
		return nil
	}
	found := make([][]measurement, len(steps))
	for round := range b.settings.rounds {
		for i, each := range steps {
			m, err := b.measureStep(ctx, each)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", title, each.label, err)
			}
			m.round = round + 1
			fmt.Fprintf(b.out, "%s: %s\n", each.label, m)
			found[i] = append(found[i], m)
		}
	}
	b.tell(climbed(title, by, steps, found))
	return nil
}

func (b *bench) measureStep(ctx context.Context, each step) (measurement, error) {
	if each.peer.processors > 0 {
		if err := b.settle(ctx, each.peer); err != nil {
			return measurement{}, err
		}
		defer func() { _ = b.settle(ctx, peer{}) }() // the next step says where it wants to be
	}
	s, err := b.startPeer(ctx, each.peer)
	if err != nil {
		return measurement{}, err
	}
	defer s.process.stop()
	questions, err := each.questions(ctx, s)
	if err != nil {
		return measurement{}, fmt.Errorf("%w\n%s", err, s.process.words())
	}
	m, err := b.measure(ctx, s, questions, each.connections)
	if err != nil {
		return measurement{}, fmt.Errorf("%w\n%s", err, s.process.words())
	}
	return m, nil
}

// climbed is a table with a line for each step.
func climbed(title, by string, steps []step, found [][]measurement) table {
	t := table{title: title, head: append([]string{by, "CPU µs/req", "best", "×first"}, courseHead()...)}
	for i, each := range steps {
		all := found[i]
		cost := processor(all)
		row := []string{each.label, fmt.Sprintf("%.1f", cost), fmt.Sprintf("%.1f", least(all)), ratio(cost, found[0])}
		t.rows = append(t.rows, slices.Concat(row, course(all)))
	}
	return t
}
