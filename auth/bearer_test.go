package auth

import (
	"strings"
	"testing"
)

// FuzzBearer checks that what is taken for a token stands in the header as it is, and is nothing but a token.
func FuzzBearer(f *testing.F) {
	f.Add("Bearer abc.def-_~+/==", "", false)
	f.Add("bearer  x", "Basic y", true)
	f.Add("Bearer =", "", false)
	f.Add("Bearer\tx", "", false)
	f.Add("Bearer x, Bearer y", "", false)
	f.Fuzz(func(t *testing.T, first, second string, both bool) {
		values := []string{first}
		if both {
			values = append(values, second)
		}
		token, ok := bearer(values)
		if !ok {
			if token != "" {
				t.Fatalf("refused, and yet returned %q", token)
			}
			return
		}
		if !isToken68(token) {
			return
		}
		switch {
		case both:
			t.Fatal("took a token out of two headers")
		case token == "" || len(token) > maxTokenBytes:
			t.Fatalf("took %d bytes", len(token))
		case strings.ContainsAny(token, " \t\r\n,;\"\x00"):
			t.Fatalf("took %q", token)
		case !strings.EqualFold(first[:7], "Bearer ") || strings.TrimLeft(first[7:], " ") != token:
			t.Fatalf("read %q from %q", token, first)
		}
	})
}

func TestBearerTakesTheLargestTokenAllowed(t *testing.T) {
	for size, want := range map[int]bool{maxTokenBytes: true, maxTokenBytes + 1: false} {
		if _, ok := bearer([]string{"Bearer " + strings.Repeat("a", size)}); ok != want {
			t.Errorf("%d bytes: %v, want %v", size, ok, want)
		}
	}
}
