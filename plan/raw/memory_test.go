package raw_test

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/concierge-gateway/concierge/plan/raw"
)

// Rows are kept for the next, and what a service answered is not.
func TestNoRecordOutlivesItsRows(t *testing.T) {
	b := typeOf(t, reflect.TypeFor[everything]()).Want()
	wantSome(t, b, reflect.TypeFor[everything](), all)
	rows := b.Layout().Rows()
	record := readAnew(t, rows)
	rows.Free()
	runtime.GC()
	runtime.GC()
	if record.Value() != nil {
		t.Error("the record is still in memory after its rows were given back")
	}
	runtime.KeepAlive(rows) // they lie in the pool
}

// readAnew reads a record that nobody else has, and tells whether it is in memory.
func readAnew(t *testing.T, rows *raw.Rows) weak.Pointer[byte] {
	t.Helper()
	record := []byte(`{"name":"` + strings.Repeat("a", 1<<10) + `","count":1}`)
	if _, err := rows.Read(record); err != nil {
		t.Fatal(err)
	}
	return weak.Make(&record[0])
}
