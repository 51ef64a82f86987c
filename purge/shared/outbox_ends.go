package shared

import (
	"slices"
	"time"
)

// delivered notes that Redis has a message.
func (o *outbox) delivered(m *message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m.told = time.Now()
	m.end()
}

// returned takes out a message that came back. It is the last purge that the message tells of, 0 where there is no such
// message.
func (o *outbox) returned(number uint64) (at uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.IndexFunc(o.messages, func(m *message) bool { return m.number == number })
	if i < 0 {
		return 0
	}
	m := o.messages[i]
	m.end() // also where it is back before Redis's answer
	o.tags -= len(m.tags)
	o.messages = slices.Delete(o.messages, i, i+1)
	return m.at
}

// lost has messages sent again that Redis had at a time, and that have not come back although all of the order was read after
// it.
func (o *outbox) lost(since time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.messages {
		if !m.told.IsZero() && m.told.Before(since) {
			m.told = time.Time{}
			o.rouse()
		}
	}
}

// release lets nobody wait any longer.
func (o *outbox) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.messages {
		m.end()
	}
}

// has reports whether Redis has all messages that were made before a time.
func (o *outbox) has(since time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !slices.ContainsFunc(o.messages, func(m *message) bool { return m.told.IsZero() && m.made.Before(since) })
}

// waiting is how many tags Redis does not have yet.
func (o *outbox) waiting() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.messages {
		if m.told.IsZero() {
			n += len(m.tags)
		}
	}
	return n
}
