package shared

import (
	"context"
	"sync"
)

// outbox has what Redis was not told yet, in order. Where that becomes too much, all of it is dropped for one message that says
// so.
type outbox struct {
	most int
	wake chan struct{}

	mu    sync.Mutex
	texts []string
}

// gap stands for events that could not be told.
const gap = ""

func newOutbox(most int) outbox { return outbox{most: most, wake: make(chan struct{}, 1)} }

func (o *outbox) add(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.texts) >= o.most {
		o.texts, text = nil, gap
	}
	o.texts = append(o.texts, text)
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// first waits for one. It is false when ctx has ended.
func (o *outbox) first(ctx context.Context) (text string, ok bool) {
	for ctx.Err() == nil {
		if text, ok := o.peek(); ok {
			return text, true
		}
		select {
		case <-ctx.Done():
		case <-o.wake:
		}
	}
	return "", false
}

func (o *outbox) peek() (text string, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.texts) == 0 {
		return "", false
	}
	return o.texts[0], true
}

// sent drops the first, unless something else has taken its place meanwhile.
func (o *outbox) sent(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.texts) > 0 && o.texts[0] == text {
		o.texts = o.texts[1:]
	}
}
