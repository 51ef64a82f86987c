package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"time"
)

// bench is one run.
type bench struct {
	settings settings
	dir      string // for files of this run
	out      io.Writer

	began    time.Time
	services *services
	sink     *sink
	tables   []table   // what was told
	figures  []cluster // what is drawn of it
	promises []error   // of each measurement that one is made for: nil where it was kept
}

func (b *bench) run(ctx context.Context) error {
	var err error
	b.began = time.Now()
	if b.services, err = startServices(ctx, b); err != nil {
		return err
	}
	defer b.services.process.stop()
	if b.sink, err = startSink(ctx); err != nil {
		return err
	}
	defer b.sink.stop()
	if b.settings.scale {
		return b.runScale(ctx)
	}
	all, err := b.workloads(ctx)
	if err != nil {
		return err
	}
	chosen, err := b.chosen(all)
	if err != nil {
		return err
	}
	b.announce()
	for _, w := range chosen {
		if err := b.measureWorkload(ctx, w); err != nil {
			return err
		}
	}
	if err := b.overhead(ctx); err != nil {
		return fmt.Errorf("measure calls to a service: %w", err)
	}
	if b.settings.profile != "" {
		if err := b.profile(ctx, chosen); err != nil {
			return fmt.Errorf("profile: %w", err)
		}
	}
	if err := b.write(figuresPage()); err != nil {
		return err
	}
	if err := errors.Join(b.promises...); err != nil {
		return err
	}
	if len(b.promises) > 0 {
		fmt.Fprintln(b.out, "calls: exactly those that were promised for each request, in every round")
	}
	return nil
}

// runScale measures how costs change with what there is more of.
func (b *bench) runScale(ctx context.Context) error {
	b.announce()
	if err := b.scale(ctx); err != nil {
		return err
	}
	return b.write(scalePage())
}

// announce says under which conditions all that follows was found.
func (b *bench) announce() {
	fmt.Fprintln(b.out, b.settings.conditions())
}

// conditions are those under which all figures of a run were found.
func (s settings) conditions() string {
	access := "off"
	if s.accessLog {
		access = "on"
	}
	return fmt.Sprintf("%d rounds, %s after %s of warm-up, %d processors, Concierge's log of requests is %s.",
		s.rounds, s.duration, s.warmUp, runtime.NumCPU(), access)
}

// tell shows a table, and remembers it for the pages.
func (b *bench) tell(t table) {
	t.print(b.out)
	b.tables = append(b.tables, t)
}

// measureWorkload measures all of its peers, in rounds, and reports.
func (b *bench) measureWorkload(ctx context.Context, w workload) error {
	fmt.Fprintf(b.out, "\n%s\n\n", w.title)
	var results []measurement
	for round := range b.settings.rounds {
		for _, p := range w.peers {
			found, err := b.measurePeer(ctx, w, p)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			for _, m := range found {
				m.round = round + 1
				fmt.Fprintln(b.out, m)
				if p.calls != nil {
					b.promises = append(b.promises, m.checkCalls(p))
				}
				results = append(results, m)
			}
		}
	}
	for _, t := range report(w, b.settings.connections, results) {
		b.tell(t)
	}
	b.figures = append(b.figures, clusterOf(w, b.settings.connections[0], results))
	return nil
}

// measurePeer starts a peer, asks it all questions, and measures it with each number of connections.
func (b *bench) measurePeer(ctx context.Context, w workload, p peer) ([]measurement, error) {
	s, err := b.startPeer(ctx, p)
	if err != nil {
		return nil, err
	}
	defer s.process.stop()
	questions, err := w.questions(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, s.process.words())
	}
	var found []measurement
	for _, connections := range b.settings.connections {
		m, err := b.measure(ctx, s, questions, connections)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, s.process.words())
		}
		found = append(found, m)
	}
	return found, nil
}

// measure puts a load on a server.
func (b *bench) measure(ctx context.Context, s *server, questions []question, connections int) (measurement, error) {
	l, err := newLoad(ctx, s.listen, connections, questions)
	if err != nil {
		return measurement{}, err
	}
	defer l.close()
	if _, err := l.run(ctx, b.settings.warmUp); err != nil {
		return measurement{}, err
	}
	if err := forgetPeak(s.process.pid); err != nil {
		return measurement{}, err
	}
	before, err := b.sample(ctx, s)
	if err != nil {
		return measurement{}, err
	}
	seen, err := l.run(ctx, b.settings.duration)
	if err != nil {
		return measurement{}, err
	}
	after, err := b.sample(ctx, s)
	if err != nil {
		return measurement{}, err
	}
	peak, err := peakMemory(s.process.pid)
	if err != nil {
		return measurement{}, err
	}
	return newMeasurement(s.name, connections, before, after, seen, peak), nil
}

// sample is what was used and called up to now.
type sample struct {
	peer, services, own, machine time.Duration
	calls                        map[string]int64
	allocated                    *allocations // nil where the peer does not tell
}

func (b *bench) sample(ctx context.Context, s *server) (sample, error) {
	var now sample
	var errs [6]error
	now.calls, errs[0] = b.services.calls(ctx)
	now.peer, errs[1] = processorTime(s.process.pid)
	if s.process.pid != b.services.process.pid {
		now.services, errs[2] = processorTime(b.services.process.pid)
	}
	now.own, errs[3] = ownTime()
	now.machine, errs[4] = machineTime()
	now.allocated, errs[5] = s.allocated(ctx)
	return now, errors.Join(errs[:]...)
}

// profileTime is long enough for the collector to run some hundred times.
const profileTime = 10 * time.Second

// profile takes a profile of Concierge under a load of its own: taking it costs time, which the figures are to be free of. The
// load is that of the first of the chosen peers that is Concierge.
func (b *bench) profile(ctx context.Context, chosen []workload) error {
	for _, w := range chosen {
		for _, p := range w.peers {
			if p.isConcierge() {
				return b.profilePeer(ctx, w, p)
			}
		}
	}
	return errors.New("no chosen peer is Concierge")
}

func (b *bench) profilePeer(ctx context.Context, w workload, p peer) error {
	s, err := b.startPeer(ctx, p)
	if err != nil {
		return err
	}
	defer s.process.stop()
	questions, err := w.questions(ctx, s)
	if err != nil {
		return err
	}
	l, err := newLoad(ctx, s.listen, b.settings.connections[0], questions)
	if err != nil {
		return err
	}
	defer l.close()
	if _, err := l.run(ctx, b.settings.warmUp); err != nil {
		return err
	}
	saved := make(chan error, 1)
	go func() {
		const form = "http://%s/debug/pprof/%s?seconds=%d"
		url := fmt.Sprintf(form, s.admin, b.settings.profileOf, int(profileTime.Seconds()))
		saved <- save(ctx, url, b.settings.profile)
	}()
	_, err = l.run(ctx, profileTime+time.Second)
	return errors.Join(err, <-saved)
}

func save(ctx context.Context, url, file string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := new(http.Client).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(url + " answers " + res.Status)
	}
	out, err := os.Create(file) //nolint:gosec // whoever starts this says where
	if err != nil {
		return err
	}
	_, err = io.Copy(out, res.Body)
	return errors.Join(err, out.Close())
}
