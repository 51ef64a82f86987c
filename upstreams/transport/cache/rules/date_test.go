package rules

import (
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is read quickly is what the library reads, to the byte.
func TestTheUsualFormOfTimesIsReadAsTheLibraryReadsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "at"), 0).UTC()
		text := []byte(at.Format(http.TimeFormat))
		if got, ok := usualTime(string(text)); ok && got != at || !ok && at.Day() <= 28 {
			t.Fatalf("%s is %v, %t", text, got, ok)
		}
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			place := rapid.IntRange(0, len(text)-1).Draw(t, "place")
			text[place] = rapid.SampledFrom([]byte("0123456789 :,aAnNGMT\x00-")).Draw(t, "change")
		}
		got, ok := usualTime(string(text))
		want, err := http.ParseTime(string(text))
		if ok && (err != nil || got != want) {
			t.Fatalf("%s is %v, want %v, %v", text, got, want, err)
		}
	})
}

func FuzzUsualTime(f *testing.F) {
	for _, seed := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "Thu, 29 Feb 2024 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
		"sun, 06 nov 1994 08:49:37 GMT", "onT, 06 anF 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:60 GMT", "Sun, 00 Nov 0000 00:00:00 GMT",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := usualTime(text)
		if want, err := http.ParseTime(text); ok && (err != nil || got != want) {
			t.Errorf("%q is %v, want %v, %v", text, got, want, err)
		}
	})
}

func BenchmarkUsualTime(b *testing.B) {
	for b.Loop() {
		usualTime("Sun, 06 Nov 1994 08:49:37 GMT")
	}
}
