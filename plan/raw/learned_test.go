package raw_test

import (
	"reflect"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// What is learned of some records, and by others at the same time, makes no difference to what is read of any.
func TestRecordsAreReadAsTheyAreDecodedWhateverWasLearnedOfOthers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		of := rapid.SampledFrom(typesRead).Draw(r, "type")
		records := make([]string, rapid.IntRange(1, 25).Draw(r, "records"))
		for i := range records {
			records[i] = spoilt(r, drawObject(r, of, 0))
		}
		b := typeOf(t, of).Want()
		wants := wantSome(t, b, of, byBits(rapid.Uint64().Draw(r, "wanted")))
		layout := b.Layout()
		var readers sync.WaitGroup
		for range 3 {
			order := rapid.Permutation(records).Draw(r, "order")
			readers.Go(func() { readInTurn(t, layout, wants, of, order) })
		}
		readers.Wait()
		if t.Failed() {
			r.Fatalf("of %q", records)
		}
	})
}

// readInTurn reads one record after the other, and compares each with the decoded one.
func readInTurn(t *testing.T, layout *raw.Layout, wants []wanted, of reflect.Type, records []string) {
	t.Helper()
	rows := layout.Rows()
	defer rows.Free()
	for _, each := range records {
		pointer := reflect.New(of)
		want := record.DecodeInto([]byte(each), pointer.Interface())
		row, got := rows.Read([]byte(each))
		switch {
		case (got != nil) != (want != nil):
			t.Errorf("Read(%s): %v, want %v", each, got, want)
		case got == nil:
			compare(t, rows, row, wants, pointer.Elem())
		}
	}
}
