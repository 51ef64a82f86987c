package tests

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each threat of docs/threats.md names the test that shows what holds it, or says why there is none.
func TestEachThreatNamesATestThatThereIs(t *testing.T) {
	inOneRun(t)
	text, err := os.ReadFile("../docs/threats.md")
	if err != nil {
		t.Fatal(err)
	}
	known, rows := testNames(t), 0
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	for _, found := range named.FindAllStringSubmatch(string(text), -1) {
		if !known[found[1]] {
			t.Errorf("docs/threats.md names %s, and there is no such test", found[1])
		}
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 4 || cells[0] == "| threat" {
			continue
		}
		rows++
		if shown := cells[3]; !named.MatchString(shown) && !strings.Contains(shown, "not tested: ") {
			t.Errorf("nothing shows what holds this, and no reason is given: %s", line)
		}
	}
	if rows < 40 {
		t.Errorf("only %d threats could be read", rows)
	}
}

// testNames are all tests of the program.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names, function := make(map[string]bool), regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, found := range function.FindAllSubmatch(text, -1) {
			names[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
