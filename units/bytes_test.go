package units

import "testing"

func TestBytesReadAndWriteTheSameSize(t *testing.T) {
	for text, want := range map[string]Bytes{
		"0": 0, "512": 512, "1KiB": KiB, "8 MiB": 8 * MiB, "1GiB": GiB, "7B": 7, "1025": 1025,
	} {
		var got Bytes
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("reading %q = %d, %v, want %d", text, got, err, want)
		}
		var again Bytes
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != want {
			t.Errorf("%q is written as %q, which reads as %d", text, got, again)
		}
	}
	for _, text := range []string{"", "-1", "1.5MiB", "MiB", "1MB", "1 kib", "99999999999GiB"} {
		var got Bytes
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("reading %q = %d, want an error", text, got)
		}
	}
}
