package reshape

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// owned is a user with a member that says whose it is, at its beginning or its end.
func owned(first bool) string {
	if first {
		return `{"owner_id":"7",` + user[1:]
	}
	return user[:len(user)-1] + `,"owner_id":"7"}`
}

// list is about ten kilobytes of records.
func list(record string) string { return "[" + strings.Repeat(record+",", 23) + record + "]" }

// guardedPlan guards a third of the members, in all forms.
func guardedPlan(tb testing.TB, guards ...int) *Plan {
	tb.Helper()
	shape := userShape()
	for i, name := range []string{"email", "phone", "role", "address"} {
		below, _ := shape.At(name)
		shape, _ = shape.With(name, below.Guarded(0, Form(i)))
	}
	return compiled(tb, Spec{
		Shape: shape, Moves: []Move{{From: "username", To: "user_name"}}, Rules: []Rule{{Owner: "owner_id"}, {Owner: "owner_id"}}, Guards: guards,
	})
}

func caller(verdict Verdict) With {
	return With{View: View{
		Verdicts:  []Verdict{verdict, verdict},
		Owns:      func(_ int, owner []byte) bool { return string(owner) == `"7"` },
		Pseudonym: func(dst, _ []byte) []byte { return append(dst, `"somebody"`...) },
	}}
}

func BenchmarkGuardedByNothing(b *testing.B) { guardedStream(b, userPlan(b), owned(true), With{}) }

func BenchmarkGuardedAllowAll(b *testing.B) {
	guardedStream(b, guardedPlan(b), owned(true), caller(Allow))
}

func BenchmarkGuardedRefuseAll(b *testing.B) {
	guardedStream(b, guardedPlan(b), owned(true), caller(Refuse))
}

func BenchmarkGuardedOwnerFirst(b *testing.B) {
	guardedStream(b, guardedPlan(b), owned(true), caller(Ask))
}

func BenchmarkGuardedOwnerLast(b *testing.B) {
	guardedStream(b, guardedPlan(b), owned(false), caller(Ask))
}

func BenchmarkGuardedRecords(b *testing.B) {
	guardedStream(b, guardedPlan(b, 1), owned(true), caller(Ask))
}

// guardedStream says too how many times as long it takes as to read over the same text.
func guardedStream(b *testing.B, plan *Plan, record string, with With) {
	b.Helper()
	text := list(record)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	src := strings.NewReader(text)
	var dst bytes.Buffer
	for b.Loop() {
		src.Reset(text)
		dst.Reset()
		if err := plan.Stream(&dst, src, with, 1<<20); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed())/float64(scanned(b, text, b.N)), "scans/op")
}

// scanned is how long it takes to read over a text n times, as what is left out is.
func scanned(b *testing.B, text string, n int) time.Duration {
	b.Helper()
	plan := compiled(b, Spec{Shape: Object(nil), Envelope: Object(nil), Records: []RecordsAt{{Pointer: "/none"}}})
	whole := `{"records":` + text + `}`
	src := strings.NewReader(whole)
	var dst bytes.Buffer
	began := time.Now()
	for range n {
		src.Reset(whole)
		dst.Reset()
		if err := plan.Stream(&dst, src, With{}, 1<<20); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}

func TestARunAllocatesNothing(t *testing.T) {
	for name, test := range map[string]struct {
		verdict Verdict
		first   bool
	}{"allow": {Allow, true}, "refuse": {Refuse, true}, "ask early": {Ask, true}, "ask late": {Ask, false}} {
		t.Run(name, func(t *testing.T) {
			plan, with, text := guardedPlan(t, 1), caller(test.verdict), []byte(list(owned(test.first)))
			r := plan.run(with)
			allocations := testing.AllocsPerRun(20, func() {
				r.from(nil, text, len(text))
				r.out = r.out[:0]
				r.judge(with.View)
				if err := r.whole(); err != nil {
					t.Fatal(err)
				}
			})
			if allocations > 0 {
				t.Errorf("%v allocations", allocations)
			}
		})
	}
}
