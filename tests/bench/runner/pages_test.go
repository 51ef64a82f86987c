package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAPageTellsWhatItsFiguresDependOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pages")
	b := &bench{
		settings: settings{write: dir, rounds: 3, duration: time.Second, stamp: "v1.2.3"},
		began:    time.Date(2026, 11, 27, 1, 2, 3, 0, time.UTC),
		tables:   []table{{title: "costs", head: []string{"peer", "µs"}, rows: [][]string{{"floor", "1.0"}}}},
		figures:  []cluster{{title: "costs", bars: []bar{{name: "floor", value: 1}}}},
	}
	if err := b.write(figuresPage()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, figuresPage().file))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# The benchmark, 2026-11-27\n", "| Concierge | v1.2.3 |", "3 rounds, 1s after", "(latest.svg)", "| floor | 1.0 |",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, figuresPage().plot)); err != nil {
		t.Error(err)
	}
}

func TestWithoutADirectoryNoPageIsWritten(t *testing.T) {
	if err := new(bench).write(figuresPage()); err != nil {
		t.Error(err)
	}
}

func TestAVersionIsFoundInWhatAProgramSays(t *testing.T) {
	for said, want := range map[string]string{
		"nginx version: nginx/1.22.1\n":            "1.22.1",
		"HAProxy version 2.6.12-1+deb12u4 2026/01": "2.6.12",
		"v20.20.2\n": "20.20.2",
		"none":       "",
	} {
		if got := versionIn(said); got != want {
			t.Errorf("versionIn(%q) = %q, want %q", said, got, want)
		}
	}
}
