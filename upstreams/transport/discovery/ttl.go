package discovery

import (
	"errors"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// leastTTL is the least TTL of all records in the DNS messages that it read. Its methods may be called by several goroutines.
//
// It believes each message, also a forged one that the resolver throws away: the worst that comes of it is a look-up after
// MinTTL.
type leastTTL struct {
	mu    sync.Mutex
	known bool
	ttl   time.Duration
}

// read takes a message in. One that cannot be understood tells nothing: it is the resolver that has to complain.
func (l *leastTTL) read(message []byte) {
	ttl, ok := ttlOf(message)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known || ttl < l.ttl {
		l.known, l.ttl = true, ttl
	}
}

// or is the least TTL, or the given one if no message told any.
func (l *leastTTL) or(unknown time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known {
		return unknown
	}
	return l.ttl
}

// ttlOf is the least TTL of a message's answers: of the addresses, and of the aliases that lead to them. It is false if there are
// none. A TTL is read as an unsigned number of seconds (RFC 8767, section 4).
func ttlOf(message []byte) (least time.Duration, ok bool) {
	var parser dnsmessage.Parser
	if _, err := parser.Start(message); err != nil {
		return 0, false
	}
	if err := parser.SkipAllQuestions(); err != nil {
		return 0, false
	}
	for {
		record, err := parser.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return least, ok
		}
		if err != nil {
			return 0, false
		}
		ttl := time.Duration(record.TTL) * time.Second
		if !ok || ttl < least {
			least, ok = ttl, true
		}
		if err := parser.SkipAnswer(); err != nil {
			return 0, false
		}
	}
}
