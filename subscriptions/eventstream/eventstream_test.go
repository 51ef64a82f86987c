package eventstream_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/subscriptions/eventstream"
)

// wire keeps what was written. It breaks after so many writes, where that is no less than 0.
type wire struct {
	written []string
	breaks  int
}

func (w *wire) write(text string) error {
	if w.breaks == 0 {
		return errors.New("the client has gone")
	}
	w.breaks--
	w.written = append(w.written, text)
	return nil
}

func (w *wire) Next(payload []byte) error { return w.write(string(payload)) }
func (w *wire) Complete() error           { return w.write("complete") }
func (w *wire) KeepAlive() error          { return w.write("alive") }

func TestAStreamShowsThatItIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{breaks: -1}
		s := eventstream.New(w)
		s.Keep(t.Context(), time.Second, func(context.Context) {
			time.Sleep(1500 * time.Millisecond)
			if err := s.Next([]byte("one")); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
		})
		s.End([]byte("errors"))
		if want := []string{"alive", "one", "alive", "errors", "complete"}; !slices.Equal(w.written, want) {
			t.Errorf("written %v, want %v", w.written, want)
		}
	})
}

func TestAStreamEndsWhoseClientHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{breaks: 1}
		s := eventstream.New(w)
		s.Keep(t.Context(), time.Second, func(ctx context.Context) { <-ctx.Done() })
		s.End([]byte("errors"))
		if want := []string{"alive"}; !slices.Equal(w.written, want) {
			t.Errorf("written %v, want %v", w.written, want)
		}
	})
}
