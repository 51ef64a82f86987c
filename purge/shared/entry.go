package shared

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"github.com/concierge-gateway/concierge/purge"
)

// place is the id of an entry: Redis's clock in milliseconds, and a number among those of the same.
type place struct{ time, number uint64 }

var errPlace = errors.New("the id of an entry is none")

func readPlace(text string) (p place, err error) {
	before, after, _ := strings.Cut(text, "-")
	if p.time, err = strconv.ParseUint(before, 10, 44); err != nil {
		return place{}, errPlace
	}
	if p.number, err = strconv.ParseUint(after, 10, 32); err != nil {
		return place{}, errPlace
	}
	return p, nil
}

func (p place) String() string { return fmt.Sprintf("%d-%d", p.time, p.number) }

// position is the place in one number. It grows as places do, for a million entries of one millisecond.
func (p place) position() uint64 { return p.time<<20 + p.number }

func (p place) before(other place) bool { return p.position() < other.position() }

// entry is a purge as the stream has it.
type entry struct {
	at, previous place
	sender       string
	number       uint64
	tags         []purge.Tag
}

// readEntry reads one. Where it is none of ours, somebody has written into the order, and it is taken for a purge of all.
func readEntry(raw rueidis.XRangeEntry) (e entry, err error) {
	if e.at, err = readPlace(raw.ID); err != nil {
		return entry{}, err
	}
	e.previous, err = readPlace(raw.FieldValues["p"])
	e.tags, e.sender = unpack(raw.FieldValues["t"]), raw.FieldValues["s"]
	e.number, _ = strconv.ParseUint(raw.FieldValues["n"], 10, 64) // 0 is no message's
	if err != nil || len(e.tags) == 0 {
		e = entry{at: e.at, tags: []purge.Tag{purge.All()}}
	}
	return e, nil
}

func (e entry) all() bool { return slices.Contains(e.tags, purge.All()) }

// pack writes tags as 8 bytes each.
func pack(tags ...purge.Tag) string {
	text := make([]byte, 0, 8*len(tags))
	for _, each := range tags {
		text = binary.BigEndian.AppendUint64(text, uint64(each))
	}
	return string(text)
}

// unpack reads them. It has none where the text is none.
func unpack(text string) (tags []purge.Tag) {
	if len(text)%8 != 0 {
		return nil
	}
	for each := range slices.Chunk([]byte(text), 8) {
		tags = append(tags, purge.Tag(binary.BigEndian.Uint64(each)))
	}
	return tags
}
