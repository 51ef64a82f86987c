package passport

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"

	"github.com/maypok86/otter/v2"
)

// bytesOfPassport is a passport's share of memory. Larger ones are remembered in place of several.
const bytesOfPassport = 2 << 10

// bytesOfEntry is what the memory needs for an entry beside the token.
const bytesOfEntry = 200

// name tells passports apart. It is a hash, so that nothing is copied to look one up, and nothing of a request is kept alive.
type name [sha256.Size]byte

// nameOf writes the length before each part, and the number of scopes, so that no two bearers have the same name.
func nameOf(b Bearer, audience string) name {
	var room [512]byte
	text := append(room[:0], 0)
	if b.Anonymous {
		text[0] = 1
	}
	text = appendPart(text, audience)
	text = appendPart(text, b.Subject)
	text = appendPart(text, b.Tenant)
	text = appendPart(text, b.ID)
	text = binary.AppendUvarint(text, uint64(len(b.Scopes)))
	for _, scope := range b.Scopes {
		text = appendPart(text, scope)
	}
	return sha256.Sum256(text)
}

func appendPart(text []byte, part string) []byte {
	return append(binary.AppendUvarint(text, uint64(len(part))), part...)
}

// remembered is a passport, and when it is used.
type remembered struct {
	token       string
	from, until time.Time
}

// newMemory is bounded in number and in bytes. What is over leaves it when others need the room.
func newMemory(passports int) (*otter.Cache[name, remembered], error) {
	return otter.New(&otter.Options[name, remembered]{
		MaximumWeight: uint64(max(passports, 1)) * bytesOfPassport,
		Weigher:       func(_ name, r remembered) uint32 { return weight(r) },
		// Making room is quick enough for whoever adds a passport.
		Executor: func(task func()) { task() },
	})
}

// weight counts the token for as much as its share at least, so that weights bound the number as well.
func weight(r remembered) uint32 {
	return uint32(min(max(len(r.token)+bytesOfEntry, bytesOfPassport), math.MaxUint32))
}

// recall finds a passport that still has a third of its life or more. One that was made later than now does not count: the clock
// was set back since, and services would refuse it.
func (s *Signer) recall(n name) (string, bool) {
	r, ok := s.known.GetIfPresent(n)
	if !ok {
		return "", false
	}
	now := wallClock()
	if now.Before(r.from) || !now.Before(r.until) {
		return "", false
	}
	return r.token, true
}

// wallClock is the time that services compare with. The monotonic clock stands still while a machine sleeps.
func wallClock() time.Time { return time.Now().Round(0) }
