package raw_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func FuzzRead(f *testing.F) {
	for i, each := range spellings {
		f.Add(uint64(i)*0x9E3779B97F4A7C15, []byte(each))
	}
	for _, each := range typical {
		f.Add(uint64(0), []byte(each))
	}
	f.Fuzz(func(t *testing.T, bits uint64, text []byte) {
		given := bytes.Clone(text)
		for i, of := range typesRead {
			agree(t, of, all, string(text), typical[i], string(text)) // as the first one, and behind another
			agreeOnList(t, of, all, string(text))
			agreeOnList(t, of, all, "["+typical[i]+","+string(text))
			agree(t, of, byBits(bits), string(text), spellings[bits%uint64(len(spellings))], string(text))
		}
		if !bytes.Equal(given, text) {
			t.Error("the record was changed")
		}
	})
}

// TestRecordsWithMistakesAreReadAsTheyAreDecoded spoils records that are right.
func TestRecordsWithMistakesAreReadAsTheyAreDecoded(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		of := rapid.SampledFrom(typesRead).Draw(r, "type")
		records := make([]string, rapid.IntRange(1, 4).Draw(r, "records"))
		for i := range records {
			records[i] = spoilt(r, drawObject(r, of, 0))
		}
		agree(t, of, byBits(rapid.Uint64().Draw(r, "wanted")), records...)
		agree(t, of, all, records...)
	})
}

// spoilt changes a few bytes of a text, or none.
func spoilt(r *rapid.T, text string) string {
	for range rapid.IntRange(0, 2).Draw(r, "mistakes") {
		i := rapid.IntRange(0, len(text)-1).Draw(r, "at")
		switch rapid.IntRange(0, 4).Draw(r, "mistake") {
		case 0:
			text = text[:i] + text[i+1:]
		case 1:
			text = text[:i] + rapid.SampledFrom([]string{`"`, `\`, `,`, `:`, `{`, `}`, `[`, `]`, ` `, "0", "n", "\x00", "\xff", `null`, `\u0041`, `\ud800`}).Draw(r, "more") + text[i:]
		case 2:
			j := rapid.IntRange(i, len(text)).Draw(r, "to")
			text = text[:i] + text[i:j] + text[i:]
		case 3:
			text = text[:i]
		default:
			b := []byte(text)
			b[i] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
			text = string(b)
		}
		if text == "" {
			break
		}
	}
	return text
}

// drawObject draws a record, or a part of one, most of whose members are of the right kind.
func drawObject(r *rapid.T, of reflect.Type, depth int) string {
	var members []string
	for field := range of.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() || rapid.IntRange(0, 3).Draw(r, "left out") == 0 {
			continue
		}
		if name == "" {
			name = field.Name
		}
		members = append(members, drawName(r, name)+drawValue(r, field, depth))
	}
	for range rapid.IntRange(0, 3).Draw(r, "undeclared") {
		members = append(members, drawName(r, rapid.StringMatching("@?[a-c]{1,2}1?").Draw(r, "name"))+drawAny(r, depth))
	}
	if rapid.Bool().Draw(r, "in order") {
		return "{" + strings.Join(members, ",") + "}"
	}
	return "{ " + strings.Join(rapid.Permutation(members).Draw(r, "order"), " ,\n") + " }"
}

func drawName(r *rapid.T, name string) string {
	switch rapid.IntRange(0, 40).Draw(r, "spelling") {
	case 0:
		return fmt.Sprintf("\"\\u%04x%s\":", name[0], name[1:])
	case 1, 2, 3:
		return fmt.Sprintf("%q : ", name)
	case 4, 5, 6:
		return fmt.Sprintf("%q: ", name)
	default:
		return fmt.Sprintf("%q:", name)
	}
}

func drawValue(r *rapid.T, field reflect.StructField, depth int) string {
	if rapid.IntRange(0, 15).Draw(r, "another kind") == 0 {
		return drawAny(r, depth)
	}
	switch kindOf(field) {
	case "part":
		return drawObject(r, field.Type.Elem(), depth+1)
	case "list":
		items := make([]string, rapid.IntRange(0, 3).Draw(r, "elements"))
		for i := range items {
			items[i] = drawObject(r, field.Type.Elem().Elem(), depth+1)
		}
		return "[" + strings.Join(items, ",") + "]"
	case "id":
		return strconv.FormatInt(rapid.Int64Range(1, 1<<60).Draw(r, "id"), 10)
	default:
		return drawScalar(r, strings.TrimPrefix(field.Type.String(), "*"))
	}
}

func drawScalar(r *rapid.T, of string) string {
	switch {
	case strings.HasSuffix(of, "Decimal"):
		return rapid.SampledFrom([]string{"1", "19.90", `"7.50"`, "-0.01", "0"}).Draw(r, "decimal")
	case strings.HasSuffix(of, "Time"):
		fraction := rapid.SampledFrom([]string{"", "", ".5", ".120", ".000"}).Draw(r, "fraction")
		zone := rapid.SampledFrom([]string{"Z", "Z", "+00:00", "-01:30"}).Draw(r, "zone")
		return fmt.Sprintf(`"%04d-%02d-%02dT%02d:%02d:%02d%s%s"`, rapid.IntRange(0, 2100).Draw(r, "year"), rapid.IntRange(1, 12).Draw(r, "month"),
			rapid.IntRange(1, 31).Draw(r, "day"), rapid.IntRange(0, 23).Draw(r, "hour"), rapid.IntRange(0, 59).Draw(r, "minute"), rapid.IntRange(0, 59).Draw(r, "second"), fraction, zone)
	case strings.HasSuffix(of, "int32"):
		return strconv.Itoa(int(rapid.Int32().Draw(r, "int")))
	case of == "bool" || strings.HasSuffix(of, "flag"):
		return strconv.FormatBool(rapid.Bool().Draw(r, "bool"))
	default:
		return `"` + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", "RED", "paid", "card", " ", "é", "\u4e2d", "😀", `\"`, `\\`, `\n`, `\t`, `\/`, `\b`, `\u0041`, `\u001f`, `\ud83d\ude00`, "\x7f", "4111 1111 1111 1111", "a longer text with some words",
		}), 0, 4).Draw(r, "text"), "") + `"`
	}
}

func drawAny(r *rapid.T, depth int) string {
	kinds := 5
	if depth < 3 {
		kinds = 7
	}
	switch rapid.IntRange(0, kinds).Draw(r, "kind") {
	case 0:
		return "null"
	case 1:
		return strconv.FormatBool(rapid.Bool().Draw(r, "bool"))
	case 2:
		return rapid.SampledFrom([]string{"0", "-1", "1.5", "1e5", "-0.5E-3", "12345678901234567890"}).Draw(r, "number")
	case 6:
		return "[" + drawAny(r, depth+1) + ", " + drawAny(r, depth+1) + "]"
	case 7:
		return "{" + drawName(r, rapid.SampledFrom([]string{"a", "b"}).Draw(r, "name")) + drawAny(r, depth+1) + `,"b":` + drawAny(r, depth+1) + "}"
	default:
		return drawScalar(r, "string")
	}
}
