package raw_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// spellings are records in usual and in odd spelling, right and wrong.
var spellings = []string{
	`{}`, ` { } `, `null`, ` null `, ``, ` `, `[]`, `7`, `"x"`, `{`, `{}}`, `{} {}`, `{"`, `{"id`, `{"id"`, `{"id":`, `{"id":7`, `{,}`, `{"id":7,}`,
	`{"id":7}`, `{ "id" : 7 }`, "\t{\n\"id\"\r:7\n}\n", `{"id":"7"}`, `{"id":0}`, `{"id":-0}`, `{"id":-7}`, `{"id":07}`, `{"id":7.0}`, `{"id":7e0}`, `{"id":null}`,
	`{"id":999999999999999999}`, `{"id":1000000000000000000}`, `{"id":9223372036854775807}`, `{"id":9223372036854775808}`, `{"id":true}`, `{"id":[7]}`, `{"id":7x}`, `{"id":7 7}`,
	`{"id":1,"id":1}`, `{"id":1,"\u0069d":1}`, `{"\u0069d":7}`, `{"ID":7}`, `{"id ":7}`, `{"":7}`, `{"":7,"":7}`, `{"a":1,"b":2,"a":3}`, `{"a":1,"\u0061":2}`, `{"x":{"a":1,"a":2}}`,
	`{"x":{"a":1,"b":[{"a":1},{"a":2}]}}`, `{"x":[{"a":1,"a":2}]}`, `{"x":{"a":{},"a":{}}}`, `{"other_id":null}`, `{"other_id":7}`, `{"other_id":-7}`, `{"other_id":9223372036854775807}`,
	`{"name":"a"}`, `{"name":""}`, `{"name":null}`, `{"name":7}`, `{"name":"\n\r\t\"\\"}`, `{"name":"\/"}`, `{"name":"\b\f"}`, `{"name":"\u0041"}`, `{"name":"\u00e9\u4e2d"}`, `{"name":"\ud83d\ude00"}`,
	`{"name":"\ud83d"}`, `{"name":"\ude00\ud83d"}`, `{"name":"\ud83dx"}`, `{"name":"\u12"}`, `{"name":"\u12g4"}`, `{"name":"\x"}`, `{"name":"\`, `{"name":"\"`, `{"name":"\u0000\u001f\u007f\u0080"}`,
	"{\"name\":\"a\nb\"}", "{\"name\":\"a\x00\"}", "{\"name\":\"\x7f\"}", "{\"name\":\"é\u4e2d😀\"}", "{\"name\":\"\xff\"}", "{\"name\":\"aaaaaaaaaaaaaaaa\xc3\"}", "{\"name\":\"\xed\xa0\x80\"}",
	"{\"name\":\"12345678é\\n\x01\"}", "{\"name\":\"\ufeff\u2028\ufffd\"}", "{\"x\":\"\xff\"}", "{\"x\":\"\\ud800\"}", "{\"x\":\"\\u0061\"}", "{\"\xff\":1}", "\ufeff{}",
	`{"note":null}`, `{"note":""}`, `{"note":"\u0007x"}`, `{"email":"a@b"}`, `{"email":null}`,
	`{"price":1}`, `{"price":-0.50}`, `{"price":"7.50"}`, `{"price":"7.50}`, `{"price":""}`, `{"price":1e3}`, `{"price":1.}`, `{"price":.5}`, `{"price":01}`, `{"price":"01"}`, `{"price":"\u0031"}`,
	`{"price":null}`, `{"price":"1`, `{"price":1`, `{"price":true}`, `{"price":"null"}`, `{"price":` + strings.Repeat("9", 64) + `}`, `{"price":` + strings.Repeat("9", 65) + `}`, `{"Was":7.5}`, `{"Was":null}`, `{"Was":"x"}`,
	`{"price":1,"name":"EUR"}`, `{"name":"EUR","price":1}`, `{"price":1,"name":""}`, `{"price":null,"name":"EUR"}`, `{"price":1,"name":"\u0045UR"}`, `{"price":1,"name":"\u0000"}`,
	`{"at":"2024-02-29T23:59:59Z"}`, `{"at":"2023-02-29T23:59:59Z"}`, `{"at":"1900-02-29T00:00:00Z"}`, `{"at":"2000-02-29T00:00:00Z"}`, `{"at":"2024-13-01T00:00:00Z"}`, `{"at":"2024-00-01T00:00:00Z"}`, `{"at":"2024-04-31T00:00:00Z"}`, `{"at":"2024-01-00T00:00:00Z"}`,
	`{"at":"2024-01-01T24:00:00Z"}`, `{"at":"2024-01-01T00:60:00Z"}`, `{"at":"2024-01-01T00:00:60Z"}`, `{"at":"2024-01-01T0:00:00Z"}`, `{"at":"2024-01-01t00:00:00z"}`, `{"at":"2024-01-01 00:00:00Z"}`, `{"at":"2024-01-01"}`, `{"at":""}`, `{"at":7}`, `{"at":null}`,
	`{"at":"2024-01-01T00:00:00.5Z"}`, `{"at":"2024-01-01T00:00:00.50Z"}`, `{"at":"2024-01-01T00:00:00.000Z"}`, `{"at":"2024-01-01T00:00:00.123456789Z"}`, `{"at":"2024-01-01T00:00:00.1234567891Z"}`, `{"at":"2024-01-01T00:00:00,5Z"}`, `{"at":"2024-01-01T00:00:00.Z"}`,
	`{"at":"2024-01-01T00:00:00+00:00"}`, `{"at":"2024-01-01T00:00:00-00:00"}`, `{"at":"2024-01-01T00:00:00+02:00"}`, `{"at":"2024-01-01T00:00:00.25-11:30"}`, `{"at":"2024-01-01T00:00:00+24:00"}`, `{"at":"2024-01-01T00:00:00+23:60"}`, `{"at":"2024-01-01T00:00:00+0200"}`,
	`{"at":"0001-01-01T00:00:00Z"}`, `{"at":"0001-01-01T02:00:00+02:00"}`, `{"at":"0000-01-01T00:00:00Z"}`, `{"at":"0009-12-31T00:00:00Z"}`, `{"at":"0010-01-01T00:00:00Z"}`, `{"at":"9999-12-31T23:59:59.999999999-23:59"}`, `{"at":"10000-01-01T00:00:00Z"}`, `{"at":"\u0032024-01-01T00:00:00Z"}`,
	`{"at":"2024-01-01T00:00:00Z`, `{"at":"2024-01-01T00:00:00`, `{"at":"2024-01-01T00:00:00.`, `{"at":"2024-01-01T00:00:00+`, `{"at":"2024-01-01T00:00:00ZZ"}`, `{"until":"2024-01-01T00:00:00Z"}`, `{"until":null}`, `{"until":"0001-01-01T00:00:00Z"}`,
	`{"open":true}`, `{"open":false}`, `{"open":null}`, `{"open":"true"}`, `{"open":tru}`, `{"open":0}`, `{"shut":true}`, `{"shut":null}`, `{"shut":"x"}`,
	`{"count":7}`, `{"count":-7}`, `{"count":0}`, `{"count":-0}`, `{"count":07}`, `{"count":-07}`, `{"count":-}`, `{"count":999999999}`, `{"count":2147483647}`, `{"count":2147483648}`, `{"count":-2147483648}`, `{"count":-2147483649}`, `{"count":1.0}`, `{"count":1e2}`, `{"count":"7"}`, `{"count":null}`, `{"left":null}`, `{"left":7}`,
	`{"colour":"red"}`, `{"colour":"Dark_Red"}`, `{"colour":"blue"}`, `{"colour":""}`, `{"colour":null}`, `{"colour":7}`, `{"colour":"r\u0065d"}`, `{"colour":"red\n"}`, `{"colour":"4111111111111111"}`, `{"colour":"` + strings.Repeat("x", 100) + `"}`, `{"colour":"\ud800"}`,
	`{"second":"red"}`, `{"second":""}`, `{"second":null}`, `{"second":[]}`, `{"tag":"x"}`, `{"tag":"!"}`, `{"tag":"\u0021"}`, `{"tag":"--"}`, `{"tag":"-"}`, `{"tag":""}`, `{"tag":null}`, `{"tag":"a b"}`, `{"tag":"é"}`,
	`{"level":7}`, `{"level":null}`, `{"level":true}`, `{"level":{"a":[1,2]}}`, `{"level":{"a":1,"a":1}}`, `{"level":"\u0041"}`, `{"level":[}`, `{"top":null}`, `{"top":false}`, `{"top":true}`, `{"flow":null}`, `{"flow":{"a" : "\n"}}`,
	`{"inner":null}`, `{"inner":{}}`, `{"inner":[]}`, `{"inner":"x"}`, `{"inner":{"street":"x","colour":"red","cost":1,"items":[{"id":1,"cost":2}]},"name":"EUR"}`, `{"inner":{"street":"x","street":"x"}}`, `{"inner":{"street":7}}`, `{"inner":{"x":1,"x":1}}`, `{"inner":{"street":"x"`,
	`{"items":null}`, `{"items":[]}`, `{"items":[ ]}`, `{"items":{}}`, `{"items":[null]}`, `{"items":[{},null]}`, `{"items":[{}]}`, `{"items":[{},]}`, `{"items":[{} {}]}`, `{"items":[{}`, `{"items":[7]}`, `{"items":["x"]}`,
	`{"name":"EUR","items":[{"id":1,"unit":"USD","cost":1.5},{"id":2,"cost":"2"},{"id":3,"unit":"","cost":null}]}`, `{"items":[{"id":1,"cost":1,"leaves":[{"cost":1},{"cost":2,"at":"2024-01-01T00:00:00Z"}]},{"leaves":[{"cost":3}]}],"name":"EUR"}`,
	`{"items":[{"inner":{"cost":1,"colour":"red"},"cost":2},{"inner":null}],"name":"\u0041"}`, `{"items":[{"id":1},{"id":1,"id":1}]}`, `{"items":[{"id":1,"unit":"\u0041","leaves":[null]}]}`,
	`{"x":null,"y":true,"z":false,"n":-1.5e+10,"s":"a\"b\\c","l":[1,[2,[3]],{}],"o":{"p":{"q":[]}}}`, `{"x":tru}`, `{"x":nul}`, `{"x":-}`, `{"x":1.}`, `{"x":1e}`, `{"x":01}`, `{"x":+1}`, `{"x":NaN}`, `{"x":'a'}`, `{"x":[1,]}`, `{"x":[1 2]}`, `{"x":{"a"}}`, `{"x":{"a":}}`, `{"x":{a:1}}`, `{"x":]}`,
	`{"x":1e5,"y":1E-5,"z":1e05,"w":0e1,"v":-0.0e-0}`, `{"x":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}`, `{"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`, `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
	`{"x":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`, `{"x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`, `{"level":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`, `{"level":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`,
	manyMembers(60), manyMembers(64), manyMembers(65), manyMembers(300), `{"x":` + manyMembers(300) + `}`,
}

func manyMembers(n int) string {
	members := make([]string, n)
	for i := range members {
		members[i] = `"member` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + `":1`
	}
	return "{" + strings.Join(members, ",") + "}"
}

func TestEachSpellingIsReadAsItIsDecoded(t *testing.T) {
	for _, each := range spellings {
		for _, of := range typesRead {
			agree(t, of, all, each)
			agree(t, of, none, each)
			agree(t, of, byBits(0x5A5A_3C3C_0F0F_1234), each)
		}
	}
}

func TestEveryCutOfARecordIsRefusedAsItIsWhenDecoded(t *testing.T) {
	const text = `{"id":7,"name":"a\"\u00e9é","price":"1.50","at":"2024-01-01T00:00:00.5+02:00","open":true,"x":{"a":[null,-1.5e3]},` +
		`"colour":"red","count":-5,"inner":{"street":"x"},"items":[{"id":1,"leaves":[{"cost":1}]},{}],"level":[1],"tag":"\n"}`
	read := func(each string) { agree(t, typesRead[0], all, each, text, each) } // as the first one, and behind one that is right
	for i := range text {
		read(text[:i])
		read(text[:i] + text[i+1:])
		for _, c := range "\"\\{}[]:,0en \xff\x00" {
			read(text[:i] + string(c) + text[i+1:])
			read(text[:i] + string(c) + text[i:])
		}
	}
}

func TestARecordNeedNotHaveTheMembersOfTheLastOne(t *testing.T) {
	agree(t, reflect.TypeFor[everything](), all,
		`{"id":1,"x":1,"name":"a","y":{"z":1},"count":1}`,
		`{"id":2,"x":1,"name":"a","y":{"z":1},"count":1}`,
		`{"id":3,"x":1,"name":"a"}`,
		`{"id":4,"x":1,"name":"a","y":{"z":1},"count":1,"left":1}`,
		`{"id":5,"x":1,"name":"a","y":{"z":1},"count":1,"x":1}`,
		`{"id":6,"x":1,"name":"a","y":{"z":1},"count":1,"name":"a"}`,
		`{"id":7,"x":1,"name":"a","x":2}`,
		`{"id":8,"x":1,"name":"a","id":2}`,
		`{"id":9,"y":1,"x":1,"count":1,"name":"a"}`,
		`{}`, `{ }`, `{,}`, `{"x":1,"id":10}`, `{"x":1 ,"id":11}`, `{"x": 1, "id": 12 }`, `{"x": 1, "id": 13`, `{"x": 1, "id": 14 }`,
		`{"items":[{"id":1,"x":1},{"x":1,"id":2},{"x":1},{},{"x":1,"id":3,"x":1}]}`,
		`{"items":[{"id":1,"x":1},{"x":1,"id":2},{"x":1},{},{"x":1,"id":3,"unit":"x"}]}`,
		`{"x": 1, "id": 15 }`,
	)
}

// TestARecordThatIsRefusedMayBeChanged also says that nothing of it is known when the next one is read.
func TestARecordThatIsRefusedMayBeChanged(t *testing.T) {
	b := typeOf(t, reflect.TypeFor[everything]()).Want()
	wanted := wantSome(t, b, reflect.TypeFor[everything](), all)
	rows := b.Layout().Rows()
	defer rows.Free()
	refused := []byte(`{"name":"a","count":"a"}`)
	if _, err := rows.Read(refused); err == nil {
		t.Fatalf("Read(%s) succeeded", refused)
	}
	copy(refused, `{"note"`)
	const text = `{"note":"b","count":1}`
	row, err := rows.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, rows, row, wanted, reflect.ValueOf(decoded[everything](t, text)).Elem())
}

func TestRecordsInOneSetOfRowsDoNotMix(t *testing.T) {
	for _, of := range typesRead {
		agree(t, of, all, spellings...)
		agree(t, of, byBits(0x0F1E_2D3C_4B5A_6978), spellings...)
	}
}

func TestNothingOfARecordThatIsRefusedStays(t *testing.T) {
	agree(t, reflect.TypeFor[everything](), all,
		`{"name":"EUR","items":[{"id":1,"cost":1,"leaves":[{"cost":1}]}],"tag":"\u0061"}`,
		`{"name":"\u0055SD","items":[{"id":2,"cost":2,"leaves":[{"cost":2}]},null]}`,
		`{"name":"\u0055SD","items":[{"id":2,"cost":2,"leaves":[{"cost":2}]}],"tag":"!"}`,
		`{"items":[{"id":3,"cost":3,"leaves":[{"cost":3},{"cost":4}]}],"name":"\u0047BP"}`,
	)
}

func TestListsThatAreWrittenAsMostAreAreReadAsAWhole(t *testing.T) {
	for i, of := range typesRead {
		for list, want := range map[string]bool{
			`[]`:                   true,
			` [ ] `:                true,
			`[` + typical[i] + `]`: true,
			"[\n" + typical[i] + " ,\t" + typical[i] + ",{\"id\":3}\n]\n": true,
			`[` + typical[i] + `,{"id":2},` + typical[i] + `]`:            true,
			``:                                  false,
			typical[i]:                          false,
			`[` + typical[i]:                    false,
			`[` + typical[i] + `,]`:             false,
			`[` + typical[i] + `]x`:             false,
			`[` + typical[i] + `] []`:           false,
			`[` + typical[i] + `,null]`:         false,
			`[` + typical[i] + `,{}]`:           false, // it has no id
			`[` + typical[i] + `,{"id":0}]`:     false,
			`[` + typical[i] + `,{"id":"2"}]`:   false,
			`[` + typical[i] + typical[i] + `]`: false,
		} {
			if got := agreeOnList(t, of, all, list); got != want {
				t.Errorf("%s is read: %t, want %t", list, got, want)
			}
			agreeOnList(t, of, byBits(0x3333_5555_0F0F_AAAA), list)
		}
	}
}

func TestRowsThatAreUsedAgainAreEmpty(t *testing.T) {
	b := typeOf(t, reflect.TypeFor[everything]()).Want()
	all := wantSome(t, b, reflect.TypeFor[everything](), all)
	layout := b.Layout()
	for _, each := range append([]string{typical[0]}, spellings...) {
		rows := layout.Rows()
		row, err := rows.Read([]byte(each))
		if err == nil && row != 0 {
			t.Errorf("the first record is row %d", row)
		}
		rows.Free()
		rows = layout.Rows()
		if rows.Len() != 0 {
			t.Errorf("%d rows of nothing", rows.Len())
		}
		if row, err := rows.Read([]byte("{}")); err != nil || row != 0 {
			t.Fatalf("Read = %d, %v", row, err)
		}
		compare(t, rows, 0, all, reflect.ValueOf(decoded[everything](t, "{}")).Elem())
		rows.Free()
	}
}

func TestOneLayoutServesManyAtOnce(t *testing.T) {
	b := typeOf(t, reflect.TypeFor[everything]()).Want()
	all := wantSome(t, b, reflect.TypeFor[everything](), all)
	layout := b.Layout()
	spelled := []string{
		`{"id":%d,"colour":"c%c","tag":"\u0061%d","items":[{"id":%d}]}`,
		`{"id": %d, "more": 1, "colour": "c%c", "tag": "\u0061%d", "items": [{"more": 1, "id": %d}]}`,
		`{"items":[{"more%[2]c":1,"id":%[4]d}],"tag":"\u0061%[3]d","colour":"c%[2]c","id":%[1]d}`,
	}
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for j := range 100 {
				rows := layout.Rows()
				text := fmt.Sprintf(spelled[(i+j)%len(spelled)], i+1, 'a'+j%26, j, j+1)
				if _, err := rows.Read([]byte(text)); err != nil {
					t.Error(err)
				}
				compare(t, rows, 0, all, reflect.ValueOf(decoded[everything](t, text)).Elem())
				rows.Free()
			}
		})
	}
	group.Wait()
}

func decoded[T any](t testing.TB, text string) *T {
	t.Helper()
	found, err := record.Decode[T]([]byte(text))
	if err != nil {
		t.Error(err)
		return new(T)
	}
	return found
}
