package discovery

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A dead server must leave time to ask the next, though package net would wait for it longer.
func TestOneTryHasAPartOfTheTime(t *testing.T) {
	s := newServer(t, silence)
	q := question{Config{Timeout: 300 * time.Millisecond}, new(leastTTL)} // long enough to connect on a busy machine
	for _, network := range []string{"udp", "tcp"} {
		c, err := q.dial(t.Context(), network, s.address)
		if err != nil {
			t.Fatal(err)
		}
		for _, deadline := range []time.Time{{}, time.Now().Add(time.Hour)} {
			if err := c.SetDeadline(deadline); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: a silent server's read ended with %v, want its deadline", network, err)
			}
		}
		c.Close()
	}
}

func TestAShorterDeadlineHolds(t *testing.T) {
	s := newServer(t, silence)
	q := question{Config{Timeout: time.Hour}, new(leastTTL)}
	c, err := q.dial(t.Context(), "udp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read ended with %v, want its deadline", err)
	}
}

func TestMessagesOfAStreamComeInAnyPieces(t *testing.T) {
	const whole = "\x00\x03one\x00\x00\x00\x05three"
	for size := 1; size <= len(whole); size++ {
		var got []string
		s := &stream{message: func(message []byte) { got = append(got, string(message)) }}
		for rest := whole; rest != ""; {
			part := min(size, len(rest))
			s.read([]byte(rest[:part]))
			rest = rest[part:]
		}
		if diff := cmp.Diff([]string{"one", "", "three"}, got); diff != "" {
			t.Errorf("in pieces of %d (-want +got):\n%s", size, diff)
		}
	}
}
