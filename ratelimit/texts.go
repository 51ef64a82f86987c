package ratelimit

import "strings"

// texts are what is written for one request: what it is counted by, and what is told of that. Most of them have room in one piece
// of memory.
type texts struct{ all strings.Builder }

// usualTexts is how long all texts of most requests are, in bytes.
const usualTexts = 160

// keep is a text that stays. What has no room with the others gets memory of its own: those would have to be copied.
func (t *texts) keep(text []byte) string {
	if t.all.Cap() == 0 {
		t.all.Grow(usualTexts)
	}
	if len(text) > t.all.Cap()-t.all.Len() {
		return string(text)
	}
	begin := t.all.Len()
	t.all.Write(text)
	return t.all.String()[begin:]
}
