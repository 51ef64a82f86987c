package reshape

import (
	"strings"
	"testing"
)

func TestARefusedMemberTakesItsForm(t *testing.T) {
	for name, test := range map[string]struct {
		form  Form
		shape *Shape
		value string
		want  string
	}{
		"left out":                              {LeaveOut, Scalar(), `"secret"`, `{"id":1}`},
		"left out, an object":                   {LeaveOut, AnythingBut(nil), `{"x":1}`, `{"id":1}`},
		"null for a text":                       {Null, Scalar(), `"secret"`, `{"m":null,"id":1}`},
		"null for an array":                     {Null, Scalar(), `[1,2]`, `{"m":null,"id":1}`},
		"null for an object":                    {Null, AnythingBut(nil), `{"x":[{}]}`, `{"m":null,"id":1}`},
		"nothing for what the shape leaves out": {Null, Scalar(), `{"x":1}`, `{"id":1}`},
		"the end of a text":                     {Mask, Scalar(), `"4111 1111 1234"`, `{"m":"••••1234","id":1}`},
		"as many bullets for a long one":        {Mask, Scalar(), `"` + strings.Repeat("x", 99) + `1234"`, `{"m":"••••1234","id":1}`},
		"the end of twelve characters":          {Mask, Scalar(), `"123456789012"`, `{"m":"••••9012","id":1}`},
		"nothing of eleven":                     {Mask, Scalar(), `"12345678901"`, `{"m":null,"id":1}`},
		"characters and not bytes":              {Mask, Scalar(), `"ééééééééééé"`, `{"m":null,"id":1}`},
		"characters and not escapes":            {Mask, Scalar(), `"\u0031\u0031\u0031\u0031\ud83d\ude0061"`, `{"m":null,"id":1}`},
		"an end with escapes":                   {Mask, Scalar(), `"12345678\u00e9\"\\\n"`, `{"m":"••••é\"\\\n","id":1}`},
		"an end of long characters":             {Mask, Scalar(), `"12345678😀\ud83d\ude00😀😀"`, `{"m":"••••😀😀😀😀","id":1}`},
		"nothing of a number":                   {Mask, Scalar(), `123456789012`, `{"m":null,"id":1}`},
		"nothing of true":                       {Mask, Scalar(), `true`, `{"m":null,"id":1}`},
		"nothing of an array":                   {Mask, Scalar(), `["123456789012"]`, `{"m":null,"id":1}`},
		"nothing of an object":                  {Mask, AnythingBut(nil), `{"x":"123456789012"}`, `{"m":null,"id":1}`},
		"nothing of an end that is all":         {Mask, Last(2), `"123456789012"`, `{"m":null,"id":1}`},
		"null, masked":                          {Mask, Scalar(), `null`, `{"m":null,"id":1}`},
		"a pseudonym for a text":                {Pseudonym, Scalar(), `"x"`, `{"m":"of x","id":1}`},
		"a pseudonym for a number":              {Pseudonym, Scalar(), `-1.50`, `{"m":"of -1.50","id":1}`},
		"a pseudonym for a whole number":        {Pseudonym, Last(4), `4111111111111234`, `{"m":"of 4111111111111234","id":1}`},
		"no pseudonym for null":                 {Pseudonym, Scalar(), `null`, `{"m":null,"id":1}`},
		"no pseudonym for an array":             {Pseudonym, Scalar(), `["x"]`, `{"m":null,"id":1}`},
		"no pseudonym for an object":            {Pseudonym, AnythingBut(nil), `{"x":1}`, `{"m":null,"id":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			shape, _ := members("id").With("m", test.shape.Guarded(0, test.form))
			got, err := see(t, Spec{Shape: shape, Rules: []Rule{{}}}, With{View: ada(Refuse)}, `{"m":`+test.value+`,"id":1}`)
			if got != test.want || err != nil {
				t.Errorf("%s became %s, %v, want %s", test.value, got, err, test.want)
			}
		})
	}
}

func TestWithoutAWayToMakePseudonymsThereAreNone(t *testing.T) {
	shape := Object(map[string]*Shape{"m": Scalar().Guarded(0, Pseudonym)})
	for name, way := range map[string]func(dst, value []byte) []byte{
		"no way":         nil,
		"nil":            func(_, _ []byte) []byte { return nil },
		"nothing at all": func(dst, _ []byte) []byte { return dst },
	} {
		got, err := see(t, Spec{Shape: shape, Rules: []Rule{{}}}, With{View: View{Pseudonym: way}}, `[{"m":"secret"}]`)
		if want := `[{"m":null}]`; got != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
}
