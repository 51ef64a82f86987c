package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/tests/bench/http1"
)

// connection is a client's connection to a peer, kept for all its requests.
type connection struct {
	conn    net.Conn
	answers *http1.Reader
}

func dial(ctx context.Context, address string) (*connection, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{conn: conn, answers: http1.NewReader(conn)}, nil
}

func (c *connection) close() { _ = c.conn.Close() } // nothing is under way, or nobody waits for it

// ask sends a request and returns the body of its answer, which is good until the next. Any status but 200 is an error.
func (c *connection) ask(request []byte) ([]byte, error) {
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	answer, err := c.answers.Next()
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(answer.Start, []byte("HTTP/1.1 200 ")) {
		return nil, fmt.Errorf("the answer is %s: %.300s", answer.Start, answer.Body)
	}
	return answer.Body, nil
}

// load is a closed loop: each connection sends its next request when the answer to the last one is there.
type load struct {
	connections []*connection
	questions   []question
	turn        atomic.Int64
}

// newLoad connects to a server.
func newLoad(ctx context.Context, address string, connections int, questions []question) (*load, error) {
	l := &load{questions: questions}
	for range connections {
		c, err := dial(ctx, address)
		if err != nil {
			l.close()
			return nil, err
		}
		l.connections = append(l.connections, c)
	}
	return l, nil
}

func (l *load) close() {
	for _, c := range l.connections {
		c.close()
	}
}

// outcome is what a load saw.
type outcome struct {
	elapsed   time.Duration
	latencies []time.Duration // of all requests, rising
}

// maxWait is how long after a load's end its last answers may come.
const maxWait = 30 * time.Second

// run asks for a while, and then waits for the answers under way: at the end, as at the beginning, the server is idle. So
// whatever was spent in between was spent on the requests of this outcome. One wrong answer is an error and ends it all.
func (l *load) run(ctx context.Context, duration time.Duration) (outcome, error) {
	begin := time.Now()
	end := begin.Add(duration)
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	defer context.AfterFunc(ctx, l.close)()
	seen := make([][]time.Duration, len(l.connections))
	var clients sync.WaitGroup
	for i, c := range l.connections {
		clients.Go(func() {
			var err error
			if seen[i], err = l.client(c, end); err != nil {
				fail(err)
			}
		})
	}
	clients.Wait()
	if ctx.Err() != nil {
		return outcome{}, fmt.Errorf("with %d connections: %w", len(l.connections), context.Cause(ctx))
	}
	all := slices.Concat(seen...)
	slices.Sort(all)
	return outcome{elapsed: time.Since(begin), latencies: all}, nil
}

// client asks until the end.
func (l *load) client(c *connection, end time.Time) ([]time.Duration, error) {
	if err := c.conn.SetDeadline(end.Add(maxWait)); err != nil {
		return nil, err
	}
	var latencies []time.Duration
	for at := time.Now(); at.Before(end); {
		n := int(l.turn.Add(1) % int64(len(l.questions)))
		answer, err := c.ask(l.questions[n].request)
		if err != nil {
			return latencies, fmt.Errorf("question %d: %w", n, err)
		}
		now := time.Now()
		latencies = append(latencies, now.Sub(at))
		if !bytes.Equal(answer, l.questions[n].answer) {
			return latencies, fmt.Errorf("question %d: the answer is not the one that was right before: %.300s", n, answer)
		}
		at = now
	}
	return latencies, nil
}

// quantile is the latency that a share of the requests did not exceed.
func (o outcome) quantile(share float64) time.Duration {
	return o.latencies[min(int(share*float64(len(o.latencies))), len(o.latencies)-1)]
}
