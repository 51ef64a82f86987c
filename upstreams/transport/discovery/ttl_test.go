package discovery

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func ask(name string, kind dnsmessage.Type) dnsmessage.Message {
	return dnsmessage.Message{Questions: []dnsmessage.Question{
		{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET},
	}}
}

func TestWhatTellsNoTTLUsesTheDefault(t *testing.T) {
	question := ask("user.test.", dnsmessage.TypeA)
	whole := packed(zone{address("user.test.", 5, "192.0.2.1"), address("user.test.", 4, "192.0.2.2")}.reply(question))[0]
	messages := map[string][]byte{
		"an answer without records": packed(replyTo(question, dnsmessage.RCodeNameError))[0],
		"a question":                packed(question)[0],
	}
	for i := range whole {
		messages[fmt.Sprintf("the first %d bytes of an answer", i)] = whole[:i]
	}
	for name, message := range messages {
		var l leastTTL
		l.read(message)
		if ttl := l.or(time.Hour); ttl != time.Hour {
			t.Errorf("%s tells the TTL %v", name, ttl)
		}
	}
}

func TestTheLeastOfAllMessagesCounts(t *testing.T) {
	var l leastTTL
	for _, ttl := range []uint32{8, 5, 9} {
		l.read(packed(zone{address("user.test.", ttl, "192.0.2.1")}.reply(ask("user.test.", dnsmessage.TypeA)))[0])
	}
	if ttl := l.or(time.Second); ttl != 5*time.Second {
		t.Errorf("the TTL is %v, want 5s", ttl)
	}
}

// FuzzTTL compares with a parser that reads all of a message. That one lets a record be longer than its message, so what it
// understood is written anew before the two must agree.
func FuzzTTL(f *testing.F) {
	question := ask("user.test.", dnsmessage.TypeA)
	for _, message := range []dnsmessage.Message{
		question,
		replyTo(question, dnsmessage.RCodeNameError),
		zone{address("user.test.", 5, "192.0.2.1"), address("user.test.", math.MaxUint32, "192.0.2.2")}.reply(question),
		zone{alias("user.test.", 0, "a.test."), address("a.test.", 7, "2001:db8::1")}.reply(question),
	} {
		f.Add(packed(message)[0])
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		if ttl, ok := ttlOf(message); ttl < 0 || ttl > math.MaxUint32*time.Second || !ok && ttl != 0 {
			t.Errorf("ttlOf = %v, %v", ttl, ok)
		}
		var all dnsmessage.Message
		if err := all.Unpack(message); err != nil {
			return
		}
		clean, err := all.Pack()
		if err != nil {
			return
		}
		ttl, ok := ttlOf(clean)
		if ok != (len(all.Answers) > 0) {
			t.Fatalf("a message with %d answers tells a TTL: %v", len(all.Answers), ok)
		}
		if !ok {
			return
		}
		least := slices.MinFunc(all.Answers, func(a, b dnsmessage.Resource) int { return cmp.Compare(a.Header.TTL, b.Header.TTL) })
		if want := time.Duration(least.Header.TTL) * time.Second; ttl != want {
			t.Errorf("the TTL is %v, want %v", ttl, want)
		}
	})
}
