package rest

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestAnAnswerIsCutIntoItsRecords(t *testing.T) {
	for body, want := range map[string][]string{
		`[]`:                       nil,
		" [\n] ":                   nil,
		`{"id":1}`:                 {`{"id":1}`},
		"\t{ }\r\n":                {`{ }`},
		`[{}]`:                     {`{}`},
		` [ {"a":1} , {"b":2} ] `:  {`{"a":1}`, `{"b":2}`},
		`[{"a":{"b":{}}},{"c":1}]`: {`{"a":{"b":{}}}`, `{"c":1}`},
		`[{"a":"}"},{"b":"{\""},{"c":"\\"},{"}\\\"{":[{}]}]`: {`{"a":"}"}`, `{"b":"{\""}`, `{"c":"\\"}`, `{"}\\\"{":[{}]}`},
		`[{"a":"]},{["}]`:   {`{"a":"]},{["}`},
		`[{]},{"a":tru}]`:   {`{]}`, `{"a":tru}`}, // which nobody can decode
		`[{"a":1},{"b":[}]`: {`{"a":1}`, `{"b":[}`},
	} {
		records, err := split(jsontext.Value(body))
		if err != nil {
			t.Errorf("split(%s) = %v", body, err)
		}
		if diff := cmp.Diff(want, texts(records)); diff != "" {
			t.Errorf("the records of %s (-want +got):\n%s", body, diff)
		}
	}
}

func texts(records []jsontext.Value) (all []string) {
	for _, each := range records {
		all = append(all, string(each))
	}
	return all
}

func TestWhatIsNoListOfRecordsIsNotCut(t *testing.T) {
	for _, body := range []string{
		``, ` `, `null`, `1`, `"[]"`, `]`, `}`, `[`, `[{`, `{`, `{"a":"}`, `[{}`, `[{},`, `[{},]`, `[,{}]`, `[{},,{}]`, `[{}{}]`, `[{} {}]`,
		`[null]`, `[{},null]`, `[1]`, `[[]]`, `["{}"]`, `[{}] []`, `[{}]]`, `[] null`, `{}{}`, `{} x`, `{}]`, `[}`, `[{}}]`, "\ufeff[]",
		`[{"a":"\"}]`, "[{}]\x00",
	} {
		if records, err := split(jsontext.Value(body)); err == nil {
			t.Errorf("split(%s) = %s, want an error", body, records)
		}
	}
	if records, err := splitList(jsontext.Value(`{"id":1}`)); err == nil {
		t.Errorf("a record is cut into the list %s", records)
	}
}

// splitByDecoder is splitList by the decoder, which validates.
func splitByDecoder(body []byte) ([]jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	if _, err := dec.ReadToken(); err != nil || body[dec.InputOffset()-1] != '[' {
		return nil, errors.New("this is not a list")
	}
	var records []jsontext.Value
	for dec.PeekKind() == '{' {
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		records = append(records, slices.Clone(value))
	}
	if token, err := dec.ReadToken(); err != nil || token.Kind() != ']' {
		return nil, errors.New("this is not a list of records")
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more follows")
	}
	return records, nil
}

// FuzzSplit holds the cuts against the decoder's. Where there are none because the text is not JSON, all of it must still be in the
// records, but for what stands between them.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		`[{"id":1},{"id":2,"x":[{"id":3}]}]`, `[]`, `[{"a":"}\"{\\"},{"b":{}}]`, ` [ {"id":1}, {} ] `, `[{]},{"a":tru}]`, `[{"a":"\"}]`, `[{}{}]`,
		`[{"\\":"\\\"{"}]`, `[{"a":"\u007b}"}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := splitList(body)
		want, invalid := splitByDecoder(body)
		switch {
		case invalid == nil && err != nil:
			t.Errorf("%s has the records %s, and is not cut: %v", body, want, err)
		case invalid == nil:
			if diff := cmp.Diff(texts(want), texts(got)); diff != "" {
				t.Errorf("the records of %s (-want +got):\n%s", body, diff)
			}
		case err == nil:
			whole(t, body, got)
		}
	})
}

// whole holds records and what stands between them against the text that they were cut from.
func whole(t *testing.T, body []byte, records []jsontext.Value) {
	t.Helper()
	rest, before := body, "["
	for _, each := range records {
		between, _, ok := bytes.Cut(rest, []byte("{"))
		if !ok || strings.Trim(string(between), " \t\r\n") != before || !bytes.HasPrefix(rest[len(between):], each) {
			t.Fatalf("the record %s does not stand behind %q in %s", each, before, body)
		}
		rest, before = rest[len(between)+len(each):], ","
	}
	if len(records) == 0 {
		rest = bytes.TrimPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("["))
	}
	if strings.Trim(string(rest), " \t\r\n") != "]" {
		t.Fatalf("%q stands behind the records of %s", rest, body)
	}
}

func TestMemberFindsItsValueAndNoOther(t *testing.T) {
	for object, want := range map[string]string{
		`{"id":7}`:     `7`,
		`{ "id" : 7 }`: `7`,
		"{\n\t\"a\": {\"id\": 1, \"b\": [\"}\"]},\r\n\t\"id\": 2\n}": `2`,
		`{"a":"\\\"id\\\":3","id":4}`:                                `4`,
		`{"a":["id",[{"id":5}]],"id":[6]}`:                           `[6]`,
		`{"\u0069d":8}`:                                              `8`,
		`{"id":"nine"}`:                                              `"nine"`,
		`{"id":null,"x":1}`:                                          `null`,
		`{"ID":1}`:                                                   ``,
		`{}`:                                                         ``,
		`{"a":"id"}`:                                                 ``,
	} {
		got, ok := member([]byte(object), "id")
		if string(got) != want || ok != (want != "") {
			t.Errorf("the id of %s is %s, %t, want %s", object, got, ok, want)
		}
	}
}

func FuzzMember(f *testing.F) {
	for _, seed := range []string{
		`{"id":1}`, `{"a":{"id":2},"id":3}`, `{"a":"\\","id":[1,{"b":"]"}]}`, `{"\u0069d":1e5}`, `{"`, `{"id`, `{"id"`, `{"id":`, `{"a":1,`, `{"\`, `{"id":[`,
		`{"id":01}`, `{"id":123456789012345678}`, `{"id":12.5}`, `{"id":1 ,"id":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		got, ok := member(object, "id") // which must end, whatever it is given
		if id, first := firstID(object, "id"); first && strings.TrimLeft(string(got), "0") != id.String() {
			t.Errorf("the first id of %s is %d, and the member %s", object, id, got)
		}
		if !jsontext.Value(object).IsValid() || object[0] != '{' {
			return
		}
		var want struct {
			ID jsontext.Value `json:"id"`
		}
		if err := json.Unmarshal(object, &want); err != nil {
			return
		}
		if !ok && want.ID == nil {
			return
		}
		if string(got) != string(want.ID) {
			t.Errorf("the id of %s is %s, want %s", object, got, want.ID)
		}
	})
}

func FuzzGroup(f *testing.F) {
	for _, seed := range []string{
		`[{"id":1},{"id":2,"x":[{"id":3}]}]`, `{"id":1}`, `[]`, `[{"id":1}`, `[null]`, `[{"id":1e0}]`, `[{"i\u0064":1}]`, `[{"id":1,"id":2}]`,
		`[{"id":1},{"id":4},{"id":1,"x":2}]`,
	} {
		f.Add([]byte(seed))
	}
	keys := []record.ID{1, 2, 3}
	f.Fuzz(func(t *testing.T, body []byte) {
		found, err := group(body, "id", keys)
		if err != nil {
			return
		}
		for key, records := range found {
			if !slices.Contains(keys, key) || len(records) == 0 {
				t.Errorf("nobody asked for %d: %s", key, records)
			}
			for _, each := range records {
				if of, err := keyOf(each, "id"); err != nil || of != key {
					t.Errorf("the record %s of %d has the key %d, %v", each, key, of, err)
				}
			}
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	indented := wideList()
	if err := indented.Indent(); err != nil {
		b.Fatal(err)
	}
	for name, body := range map[string]jsontext.Value{
		"typical":      wideList(),
		"indented":     indented,
		"with escapes": bytes.ReplaceAll(wideList(), []byte(", as"), []byte(`\n\"as\"`)),
		"tiny":         []byte("[" + strings.Repeat(`{"id":1},`, 1000) + `{"id":1}]`),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := split(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
