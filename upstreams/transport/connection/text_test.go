package connection

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTextIsWhatHasNoControlCharacterWhereverThatStands(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			text := strings.Repeat("a", at) + string([]byte{byte(c)}) + strings.Repeat("\xff", 20-at)
			if got, want := isText(text), c >= ' ' && c != 0x7f || c == '\t'; got != want {
				t.Errorf("%q is text: %v", text, got)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom([]byte("\x00\t\x1f a~\x7f\x80\xff"))).Draw(t, "text"))
		if got, want := isText(text), isTextByByte(text); got != want {
			t.Errorf("%q is text: %v", text, got)
		}
	})
}

func BenchmarkIsText(b *testing.B) {
	const value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	for b.Loop() {
		if !isText(value) {
			b.Fatal(value)
		}
	}
}
