package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/config"
)

// FuzzParse holds every variable to be set, to a value that must never show.
func FuzzParse(f *testing.F) {
	const value = "Zq9xKw7v"
	files, err := filepath.Glob("testdata/*.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// The parser takes quadratic time for deep nesting. The file is the operator's own, so that is nobody's weapon.
		if len(data) > 4096 || strings.Contains(string(data), value) {
			t.Skip()
		}
		_, err := config.Parse(data, "fuzz.yml", func(string) (string, bool) { return value, true })
		if err == nil {
			return
		}
		mistakes, ok := errors.AsType[config.Mistakes](err)
		if !ok || len(mistakes) == 0 {
			t.Fatalf("got the error %v, want Mistakes", err)
		}
		if strings.Contains(err.Error(), value) {
			t.Errorf("a message shows the value of a variable: %v", err)
		}
		lines := 1 + strings.Count(string(data), "\n") + strings.Count(string(data), "\r")
		for _, mistake := range mistakes {
			if mistake.Line < 1 || mistake.Line > lines || mistake.Column < 1 || strings.Contains(mistake.String(), "\n") {
				t.Errorf("got %+v, want a line of the file, a column and one line of text", mistake)
			}
		}
	})
}
