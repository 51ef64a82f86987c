package problem

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// line is a row of the table for clients: a code, a status, what it means and whether to try again.
var line = regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| (\\d+) \\| [^|]+ \\| [^|]+ \\|$")

// docs/errors.md tells clients of every code, once, with its status, and of no other.
func TestTheTableForClientsIsTheWholeTable(t *testing.T) {
	text, err := os.ReadFile("../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	want, got := make(map[string]string), make(map[string]string)
	for _, kind := range Kinds() {
		want[kind.Code()] = strconv.Itoa(kind.Status())
	}
	_, table, _ := strings.Cut(string(text), "## Codes\n")
	for _, cells := range line.FindAllStringSubmatch(table, -1) {
		if _, twice := got[cells[1]]; twice {
			t.Errorf("the table has %s twice", cells[1])
		}
		got[cells[1]] = cells[2]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the codes and their statuses (-program +docs/errors.md):\n%s", diff)
	}
}
