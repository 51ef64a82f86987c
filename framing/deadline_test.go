package framing

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// counting is a connection that counts the deadlines which it is given.
type counting struct {
	net.Conn
	reads, writes int
}

func (c *counting) SetReadDeadline(t time.Time) error {
	c.reads++
	return c.Conn.SetReadDeadline(t)
}

func (c *counting) SetWriteDeadline(t time.Time) error {
	c.writes++
	return c.Conn.SetWriteDeadline(t)
}

func watchedPipe() (client net.Conn, inner *counting, c *conn) {
	client, server := net.Pipe()
	inner = &counting{Conn: server}
	guard := New(Settings{MaxHeader: limit}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	return client, inner, guard.watch(inner)
}

func TestADeadlineEndsTheUseThatItIsSetFor(t *testing.T) {
	at := func(d time.Duration) time.Time { return time.Now().Add(d) }
	for name, c := range map[string]struct {
		before, meanwhile func(set func(time.Time) error) // meanwhile is a second later
		want              time.Duration
	}{
		"set before": {func(set func(time.Time) error) { _ = set(at(5 * time.Second)) }, nil, 5 * time.Second},
		"the last of several": {
			func(set func(time.Time) error) {
				_ = set(at(time.Second))
				_ = set(at(9 * time.Second))
				_ = set(at(5 * time.Second))
			},
			nil, 5 * time.Second,
		},
		"over already": {func(set func(time.Time) error) { _ = set(at(-time.Second)) }, nil, 0},
		"set meanwhile": {
			nil, func(set func(time.Time) error) { _ = set(at(4 * time.Second)) }, 5 * time.Second,
		},
		"made sooner meanwhile": {
			func(set func(time.Time) error) { _ = set(at(time.Minute)) },
			func(set func(time.Time) error) { _ = set(at(4 * time.Second)) }, 5 * time.Second,
		},
		"made later meanwhile": {
			func(set func(time.Time) error) { _ = set(at(2 * time.Second)) },
			func(set func(time.Time) error) { _ = set(at(4 * time.Second)) }, 5 * time.Second,
		},
		"over meanwhile": {
			func(set func(time.Time) error) { _ = set(at(time.Minute)) },
			func(set func(time.Time) error) { _ = set(time.Unix(1, 0)) }, time.Second,
		},
	} {
		for direction, use := range map[string]func(*conn) (func(time.Time) error, func() error){
			"read": func(c *conn) (func(time.Time) error, func() error) {
				return c.SetReadDeadline, func() error { _, err := c.Read(make([]byte, 9)); return err }
			},
			"write": func(c *conn) (func(time.Time) error, func() error) {
				return c.SetWriteDeadline, func() error { _, err := c.Write(make([]byte, 9)); return err }
			},
		} {
			t.Run(direction+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client, _, guarded := watchedPipe()
					defer client.Close()
					set, wait := use(guarded)
					begun := time.Now()
					if c.before != nil {
						c.before(set)
					}
					if c.meanwhile != nil {
						time.AfterFunc(time.Second, func() { c.meanwhile(set) })
					}
					if err := wait(); !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("it ends with %v", err)
					}
					if got := time.Since(begun); got != c.want {
						t.Errorf("it ends after %v, want %v", got, c.want)
					}
				})
			})
		}
	}
}

// The deadline of an earlier use may end a later one too soon. Nobody notices, and nothing is lost.
func TestADeadlineOfAnEarlierUseEndsNoLaterOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, inner, c := watchedPipe()
		defer client.Close()
		text := make([]byte, len(get))
		for i := range 10 {
			_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
			_ = c.SetWriteDeadline(time.Now().Add(5 * time.Second))
			go func() {
				time.Sleep(4 * time.Second)
				_, _ = io.WriteString(client, get)
				_, _ = io.ReadFull(client, text[:9])
				time.Sleep(4 * time.Second)
				_, _ = io.ReadFull(client, text[9:])
			}()
			if n, err := io.ReadFull(c, make([]byte, len(get))); err != nil {
				t.Fatalf("read %d: after %d bytes %v", i, n, err)
			}
			_ = c.SetWriteDeadline(time.Now().Add(5 * time.Second))
			if n, err := io.WriteString(c, get); n != len(get) || err != nil {
				t.Fatalf("write %d: after %d bytes %v", i, n, err)
			}
			synctest.Wait()
			if string(text) != get {
				t.Fatalf("the client got %q", text)
			}
			clear(text)
		}
		if inner.reads > 20 || inner.writes > 20 {
			t.Errorf("ten uses took %d and %d deadlines", inner.reads, inner.writes)
		}
	})
}

func TestUsesThatFollowEachOtherSoonTakeOneDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, inner, c := watchedPipe()
		defer client.Close()
		go func() { _, _ = io.Copy(io.Discard, client) }()
		for range 10 {
			_ = c.SetWriteDeadline(time.Now().Add(5 * time.Second))
			if _, err := c.Write(make([]byte, 9)); err != nil {
				t.Fatal(err)
			}
			_ = c.SetWriteDeadline(time.Time{})
			time.Sleep(100 * time.Millisecond)
		}
		if inner.writes != 1 {
			t.Errorf("they took %d, want one", inner.writes)
		}
	})
}
