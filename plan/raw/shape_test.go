package raw

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func keptRows(t *testing.T) *Rows {
	t.Helper()
	of, err := NewType(reflect.TypeFor[keptRecord]())
	if err != nil {
		t.Fatal(err)
	}
	return of.Want().Layout().Rows()
}

// steps are the texts of the usual record, one behind the other.
func (r *Rows) steps() (texts []string) {
	for _, each := range r.layout.whole.object.usual.Load().steps {
		texts = append(texts, string(each.text))
	}
	return texts
}

func (r *Rows) reads(text string) bool {
	r.records = append(r.records, []byte(text))
	return r.quickly([]byte(text))
}

func TestAShapeIsLearnedFromRecordsAsTheyCome(t *testing.T) {
	rows := keptRows(t)
	for _, each := range []string{
		`{"id":1,"name":"a"}`,
		`{"id":1,"more":[],"name":"a"}`,
		`{"id":1,"user_id":2, "name":"a"}`,
		`{"name":"a","id":1}`,
		`{ "currency":"EUR","user_id":2}`,
	} {
		if !rows.reads(each) {
			t.Errorf("%s is left to the decoder", each)
		}
	}
	want := []string{`{"id":`, `,"user_id":`, `,"more":`, `, "name":`}
	if diff := cmp.Diff(want, rows.steps()); diff != "" {
		t.Errorf("a record is usually (-want +got):\n%s", diff)
	}
}

func TestAShapeIsLearnedWhateverTheFirstRecordBeginsWith(t *testing.T) {
	rows := keptRows(t)
	for _, each := range []string{`{"@type":"Kept","id":1,"name":"a"}`, `{"id":1,"name":"a"}`} {
		if !rows.reads(each) {
			t.Errorf("%s is left to the decoder", each)
		}
	}
	if diff := cmp.Diff([]string{`{"id":`, `,"name":`}, rows.steps()); diff != "" {
		t.Errorf("a record is usually (-want +got):\n%s", diff)
	}
}

// A service may begin to write more white space at any time, and one record of several may have more than others.
func TestWhiteSpaceBehindTheUsualColonIsReadToo(t *testing.T) {
	rows := keptRows(t)
	for _, each := range []string{`{"id":1,"more":1,"name":"a"}`, `{"id": 1,"more":  [],"name": "a"}`, `{"id":1,"name": "a"}`} {
		if !rows.reads(each) {
			t.Errorf("%s is left to the decoder", each)
		}
	}
}

func TestNoTwoMembersOfOneNamePassHoweverTheShapeCameAbout(t *testing.T) {
	rows := keptRows(t)
	for _, each := range []string{`{"id":1,"x":1,"name":"a","y":2}`, `{"name":"a","x":1}`} {
		if !rows.reads(each) {
			t.Errorf("%s is left to the decoder", each)
		}
	}
	for _, each := range []string{
		`{"id":1,"id":2}`,
		`{"id":1{"name":"a"}`,
		`{"x9":1{"id":1}`,
		`{"id":1,"x":1,"name":"a","x":2}`,
		`{"id":1,"name":"a","name":"b"}`,
		`{"id":1,"y":1,"y":2}`,
		`{"x":1,"id":1,"x":1}`,
		`{"name":"a","id":1,"name":"b"}`,
		`{"y":1,"x":1,"name":"a","y":2}`,
		`{"x9":1,"id":1,"x9":1}`,
		`{"id":1,"x":1,,"name":"a"}`,
		`,"id":1}`,
	} {
		if rows.reads(each) {
			t.Errorf("%s is read", each)
		}
	}
}

func TestAShapeKeepsNoNamesThatMayBeSomebodys(t *testing.T) {
	rows := keptRows(t)
	for _, each := range []string{`{"id":1,"4111111111111111":1}`, `{"ada@example.com":1,"id":1}`} {
		if !rows.reads(each) {
			t.Errorf("%s is left to the decoder", each)
		}
	}
	if diff := cmp.Diff([]string{`{"id":`}, rows.steps()); diff != "" {
		t.Errorf("a record is usually (-want +got):\n%s", diff)
	}
}

func TestAShapeIsNotLearnedForEver(t *testing.T) {
	rows := keptRows(t)
	for i := range 2 * maxChanges {
		if record := fmt.Sprintf(`{"id":1,%*s"name":"a","%c%c":1}`, max(0, i-100)%8, "", 'A'+i%26, 'A'+i/26); !rows.reads(record) {
			t.Errorf("%s is left to the decoder", record)
		}
	}
	usual := rows.layout.whole.object.usual.Load()
	if len(usual.steps) != maxSteps || usual.changes != maxChanges {
		t.Errorf("a shape of %d steps was changed %d times, want %d and %d", len(usual.steps), usual.changes, maxSteps, maxChanges)
	}
}

func TestAStepIsWhereAllOfItsTextIs(t *testing.T) {
	const long = `{"a_member_of_a_name_that_takes_more_words":`
	for n := 1; n <= len(long); n++ {
		s := newStep(undeclared, []byte(long[len(long)-n:]))
		for _, behind := range []string{"", "1", "1234567}", "123456789012345678}"} {
			raw := []byte(",1," + string(s.text) + behind)
			if !s.isAt(raw, 3) {
				t.Errorf("%q is not found in %q", s.text, raw)
			}
			for i := range s.text {
				raw[3+i]++
				if s.isAt(raw, 3) {
					t.Errorf("%q is found in %q", s.text, raw)
				}
				raw[3+i]--
				if s.isAt(raw[:3+i], 3) {
					t.Errorf("%q is found in %q", s.text, raw[:3+i])
				}
			}
		}
	}
}
