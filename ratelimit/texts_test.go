package ratelimit

import (
	"strings"
	"testing"
)

func TestTextsStayAsTheyAreWhateverIsWrittenLater(t *testing.T) {
	var all texts
	long := strings.Repeat("long", usualTexts)
	wanted := []string{"first", "", long, "second", strings.Repeat("x", usualTexts-len("first")), "third"}
	kept := make([]string, len(wanted))
	room := make([]byte, 0, len(long))
	for i, text := range wanted {
		kept[i] = all.keep(append(room[:0], text...))
	}
	for i, text := range wanted {
		if kept[i] != text {
			t.Errorf("text %d is %q", i, kept[i])
		}
	}
}

func TestTheTextsOfARequestTakeOnePieceOfMemory(t *testing.T) {
	text := []byte("a text")
	taken := testing.AllocsPerRun(100, func() {
		all := new(texts)
		for range 4 {
			all.keep(text)
		}
	})
	const most = 2 // that of texts itself is one
	if taken > most {
		t.Errorf("they take %v", taken)
	}
}
