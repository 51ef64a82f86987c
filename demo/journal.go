package demo

import (
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// maxEvents is how many events a service can repeat.
const maxEvents = 1000

// journal is what has happened to a service's records: the last events, for those who come back, and a notice of each.
type journal struct {
	epoch string // begins the names of events, which do not go on after a start
	tell  func(occurrence)

	mu    sync.Mutex
	last  []occurrence
	count int           // of all that there were
	more  chan struct{} // closed with the next
}

// occurrence is an event as it goes out.
type occurrence struct {
	id, name string
	data     []byte
}

func newJournal() *journal {
	return &journal{epoch: rand.Text()[:8], tell: func(occurrence) {}, more: make(chan struct{})}
}

// happening is what is said of an event.
type happening struct {
	Type    string    `json:"type"`
	ID      int64     `json:"id"`
	OrderID int64     `json:"order_id,omitzero"`
	UserID  int64     `json:"user_id,omitzero"`
	At      time.Time `json:"at"`
}

// note adds an event.
func (j *journal) note(h happening) {
	data, _ := json.Marshal(h) // words and numbers always marshal
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count++
	o := occurrence{id: j.nameOf(j.count), name: h.Type, data: data}
	if len(j.last) == maxEvents {
		j.last = slices.Delete(j.last, 0, 1)
	}
	j.last = append(j.last, o)
	close(j.more)
	j.more = make(chan struct{})
	j.tell(o)
}

// telling has each further event handed to tell, which must not wait.
func (j *journal) telling(tell func(occurrence)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tell = tell
}

func (j *journal) nameOf(number int) string { return j.epoch + "-" + strconv.Itoa(number) }

// now is how many events there were.
func (j *journal) now() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.count
}

// after is how many events there were when one of a name was the last. It is false where what came since cannot be repeated.
func (j *journal) after(name string) (count int, ok bool) {
	text, ours := strings.CutPrefix(name, j.epoch+"-")
	count, err := strconv.Atoi(text)
	j.mu.Lock()
	defer j.mu.Unlock()
	return count, ours && err == nil && count >= j.count-len(j.last) && count <= j.count
}

// since are the events after so many, and what is closed when there are more.
func (j *journal) since(count int) (all []occurrence, more <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	missing := min(j.count-count, len(j.last))
	return slices.Clone(j.last[len(j.last)-missing:]), j.more
}
