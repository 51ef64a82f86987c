package framing

import (
	"bytes"
	"strings"
	"testing"
)

func TestEveryByteIsInATokenOrNot(t *testing.T) {
	const tokens = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for c := range 256 {
		want := strings.IndexByte(tokens, byte(c)) >= 0
		if got := tokenLen([]byte{'a', byte(c)}) == 2; got != want {
			t.Errorf("byte %#x is in a token: %t", c, got)
		}
	}
}

func TestAControlCharacterIsFoundWhereverItStands(t *testing.T) {
	for c := range 256 {
		isControl := c < 0x20 && c != '\t' || c == 0x7f
		for at := range 20 {
			for _, around := range []string{"a", "\t", "\x80", "\xff", "\x20", "~"} {
				value := bytes.Repeat([]byte(around), 20)
				value[at] = byte(c)
				want := -1
				if isControl {
					want = at
				}
				if got := controlIndex(value); got != want {
					t.Fatalf("byte %#x at %d among %q is found at %d", c, at, around, got)
				}
			}
		}
	}
}

func TestEveryReasonHasWordsOfItsOwn(t *testing.T) {
	seen := make(map[words]bool)
	labels := make(map[string]bool)
	for r := none + 1; r < reasons; r++ {
		w := r.words()
		if w.label == "" || w.message == "" && r != headerTooLarge || seen[w] || labels[w.label] {
			t.Errorf("reason %d has the words %q", r, w)
		}
		seen[w], labels[w.label] = true, true
	}
}
