package page

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWhatIsLeftOutTakesNoPlaceFromTheRest(t *testing.T) {
	a, b, c := new(int), new(int), new(int)
	records := []*int{a, b, c, new(int)}
	page := NewConnection(Range{Offset: 4, First: 3}, records)
	whole := page.PageInfo()
	page.Keep([]bool{false, true, true})
	if got := page.Nodes(); len(got) != 2 || got[0] != b || got[1] != c {
		t.Errorf("Nodes = %v, want the second and the third", got)
	}
	var cursors []string
	for _, edge := range page.Edges() {
		cursors = append(cursors, edge.Cursor())
	}
	if want := []string{cursor(5), cursor(6)}; !slices.Equal(cursors, want) {
		t.Errorf("the cursors are %v, want %v", cursors, want)
	}
	if diff := cmp.Diff(whole, page.PageInfo()); diff != "" {
		t.Errorf("PageInfo changed (-before +after):\n%s", diff)
	}
	if records[0] != a || len(records) != 4 {
		t.Error("the list of which the page is a part was changed")
	}
}

func TestAPageOfWhichNothingIsKeptStaysAPage(t *testing.T) {
	page := NewConnection(Range{Offset: 4, First: 1}, []*int{new(int), new(int)})
	page.Keep([]bool{false})
	first := cursor(4)
	want := &PageInfo{HasNextPage: true, HasPreviousPage: true, StartCursor: &first, EndCursor: &first}
	if diff := cmp.Diff(want, page.PageInfo()); diff != "" || len(page.Nodes()) > 0 || len(page.Edges()) > 0 || page.Nodes() == nil {
		t.Errorf("it holds %v, and says (-want +got):\n%s", page.Nodes(), diff)
	}
}

func TestRecordsAreTheNodesWhateverTheyAre(t *testing.T) {
	a, b := new(int), new(int)
	page := NewConnection(Range{First: 2}, []*int{a, b, new(int)})
	if got := page.Records(); len(got) != 2 || got[0] != any(a) || got[1] != any(b) {
		t.Errorf("Records = %v, want the two nodes", got)
	}
}

// TestKeepingInTurnsIsKeepingAtOnce leaves out nodes by one rule after the other, as policies do.
func TestKeepingInTurnsIsKeepingAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 8).Draw(t, "records")
		r := Range{Offset: rapid.IntRange(0, 5).Draw(t, "offset"), First: rapid.IntRange(0, 8).Draw(t, "first")}
		page := NewConnection(r, make([]*int, n))
		info, total := page.PageInfo(), len(page.Nodes())
		left := make([]int, total) // the places of what is left
		for i := range left {
			left[i] = r.Offset + i
		}
		for range rapid.IntRange(0, 3).Draw(t, "times") {
			wanted := rapid.SliceOfN(rapid.Bool(), len(left), len(left)).Draw(t, "wanted")
			page.Keep(wanted)
			var next []int
			for i, place := range left {
				if wanted[i] {
					next = append(next, place)
				}
			}
			left = next
		}
		var places []int
		for _, edge := range page.Edges() {
			place, ok := readCursor(edge.Cursor())
			if !ok {
				t.Fatalf("the cursor %q leads nowhere", edge.Cursor())
			}
			places = append(places, place)
		}
		if !slices.Equal(places, left) || len(page.Nodes()) != len(left) || len(page.Records()) != len(left) {
			t.Fatalf("the nodes are at %v, want %v", places, left)
		}
		if diff := cmp.Diff(info, page.PageInfo()); diff != "" {
			t.Fatalf("PageInfo changed:\n%s", diff)
		}
	})
}
