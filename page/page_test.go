package page

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
)

var limits = Limits{Default: 20, Max: 100}

func TestRangeReadsWhatAPageAsksFor(t *testing.T) {
	number := func(n int32) *int32 { return &n }
	text := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		first *int32
		after *string
		want  Range
		bad   bool
	}{
		"nothing asked is the default":     {want: Range{First: 20}},
		"a size":                           {first: number(5), want: Range{First: 5}},
		"no records at all":                {first: number(0), want: Range{First: 0}},
		"the largest size":                 {first: number(100), want: Range{First: 100}},
		"more than the largest":            {first: number(101), bad: true},
		"less than none":                   {first: number(-1), bad: true},
		"after a cursor":                   {after: text(cursor(4)), want: Range{Offset: 5, First: 20}},
		"after nothing":                    {after: text(""), bad: true},
		"after what is no cursor":          {after: text("%%%"), bad: true},
		"after another spelling of four":   {after: text("bzowNA"), bad: true}, // o:04
		"after a negative place":           {after: text("bzotMQ"), bad: true}, // o:-1
		"after more than any list has":     {after: text("bzo0Mjk0OTY3Mjk2"), bad: true},
		"after a place without its prefix": {after: text("NA"), bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := limits.Range(c.first, c.after)
			if c.bad {
				if problem.KindOf(err) != problem.BadInput {
					t.Errorf("Range = %v, %v, want a problem of kind BadInput", got, err)
				}
				return
			}
			if err != nil || got != c.want {
				t.Errorf("Range = %v, %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestConnectionShowsItsPartAndWhetherThereIsMore(t *testing.T) {
	records := []*int{new(int), new(int), new(int)}
	c := NewConnection(Range{Offset: 4, First: 2}, records)
	if got := c.Nodes(); len(got) != 2 || got[0] != records[0] {
		t.Errorf("Nodes = %v, want the first two of three", got)
	}
	first, last := cursor(4), cursor(5)
	want := &PageInfo{HasNextPage: true, HasPreviousPage: true, StartCursor: &first, EndCursor: &last}
	if diff := cmp.Diff(want, c.PageInfo()); diff != "" {
		t.Errorf("PageInfo (-want +got):\n%s", diff)
	}
	if edges := c.Edges(); len(edges) != 2 || edges[1].Cursor() != last || edges[1].Node != records[1] {
		t.Errorf("Edges = %v, want the nodes with their cursors", edges)
	}
}

func TestAnEmptyPageHasNoCursors(t *testing.T) {
	info := NewConnection[int](Range{First: 2}, nil).PageInfo()
	if diff := cmp.Diff(&PageInfo{}, info); diff != "" {
		t.Errorf("PageInfo (-want +got):\n%s", diff)
	}
}

func FuzzReadCursor(f *testing.F) {
	for _, seed := range []string{"", "bzox", cursor(0), cursor(1 << 30), "o:1", "====", "bzotMQ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		offset, ok := readCursor(text)
		if !ok {
			return
		}
		if offset < 0 || offset >= maxOffset {
			t.Errorf("readCursor(%q) = %d, out of range", text, offset)
		}
		if again, ok := readCursor(cursor(offset)); !ok || again != offset {
			t.Errorf("the cursor of %d reads as %d, %v", offset, again, ok)
		}
	})
}
