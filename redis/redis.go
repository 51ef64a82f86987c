// Package redis answers how Redis is reached: a single server, the one that sentinels name, or a cluster.
//
// Opening it connects to nothing, so that a program starts also while Redis does not answer. Once it is connected, rueidis keeps
// the connections, and puts commands of concurrent callers into one pipeline.
package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// ErrClosed is the error of whoever asks after Close.
var ErrClosed = errors.New("the connection to Redis was closed")

// Client is the way to one Redis. It is safe for concurrent use.
type Client struct {
	prefix  string
	dial    func(ctx context.Context) (rueidis.Client, error)
	ctx     context.Context //nolint:containedctx // it ends with the Client, and with it the attempts that Client owns
	end     context.CancelFunc
	live    atomic.Pointer[rueidis.Client]
	workers sync.WaitGroup

	mu      sync.Mutex
	attempt *attempt // the one under way
	closed  bool
}

// attempt is an attempt to connect that any number of callers wait for.
type attempt struct {
	done chan struct{}
	err  error
}

// Open makes ready to connect. It fails where the settings cannot be used, such as a CA file that cannot be read, and never
// because Redis is not there.
func Open(config Config) (*Client, error) {
	options, err := optionsOf(config)
	if err != nil {
		return nil, err
	}
	ctx, end := context.WithCancel(context.Background())
	return &Client{prefix: config.Prefix, dial: dialer(options), ctx: ctx, end: end}, nil
}

// Prefix is what every key begins with.
func (c *Client) Prefix() string { return c.prefix }

// Connected is the client if a connection has come about since Open, and nil otherwise. It does not wait.
func (c *Client) Connected() rueidis.Client { //nolint:ireturn // rueidis has no other name for it
	if client := c.live.Load(); client != nil {
		return *client
	}
	return nil
}

// Connect is the client. The first time it connects, which takes as long as ctx allows at most; an attempt that has begun goes on
// after ctx has ended, for whoever asks next.
func (c *Client) Connect(ctx context.Context) (rueidis.Client, error) { //nolint:ireturn // the same
	if client := c.Connected(); client != nil {
		return client, nil
	}
	attempt := c.begin()
	select {
	case <-attempt.done:
	case <-ctx.Done():
		return nil, fmt.Errorf("connect to Redis: %w", ctx.Err())
	}
	if attempt.err != nil {
		return nil, attempt.err
	}
	return c.Connected(), nil
}

// begin joins the attempt that is under way, or makes one.
func (c *Client) begin() *attempt {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.attempt != nil {
		return c.attempt
	}
	a := &attempt{done: make(chan struct{})}
	switch {
	case c.closed:
		a.err = ErrClosed
		close(a.done)
	case c.live.Load() != nil: // it has come about since the caller looked
		close(a.done)
	default:
		c.attempt = a
		c.workers.Go(func() { c.try(a) })
	}
	return a
}

func (c *Client) try(a *attempt) {
	client, err := c.dial(c.ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		a.err = fmt.Errorf("connect to Redis: %w", err)
	case c.closed:
		client.Close()
		a.err = ErrClosed
	default:
		c.live.Store(&client)
	}
	c.attempt = nil
	close(a.done)
}

// Close ends the connections, and waits for what is under way.
func (c *Client) Close() {
	c.mu.Lock()
	closed := c.closed
	c.closed = true
	c.mu.Unlock()
	if closed {
		return
	}
	c.end()
	c.workers.Wait()
	if client := c.Connected(); client != nil {
		client.Close()
	}
}
