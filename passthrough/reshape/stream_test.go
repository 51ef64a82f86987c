package reshape

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func members(names string, more ...*Shape) *Shape {
	known := make(map[string]*Shape)
	for name := range strings.FieldsSeq(names) {
		known[name] = Scalar()
	}
	s := Object(known)
	for _, each := range more {
		s, _ = s.With("more", each)
	}
	return s
}

func rewrite(t *testing.T, spec Spec, text string, values ...string) (string, error) {
	t.Helper()
	given := make(Values, len(spec.Adds))
	for i, value := range values {
		if value != "" {
			given[i] = []byte(value)
		}
	}
	got, err := compiled(t, spec).Append(nil, []byte(text), With{Values: given})
	return string(got), err
}

func TestWhatGoesThrough(t *testing.T) {
	address := Object(map[string]*Shape{"city": Scalar(), "geo": AnythingBut(map[string]bool{"raw": true})})
	shape, _ := members("id name").With("address", address)
	shape, _ = shape.With("card", Last(4))
	for name, test := range map[string]struct{ text, want string }{
		"only known members, in their order":            {`{"name":"Ada","secret":1,"id":7}`, `{"name":"Ada","id":7}`},
		"numbers with their digits":                     {`{"id":1.50e+02}`, `{"id":1.50e+02}`},
		"texts and names as they are written":           {`{"n\u0061me":"\u0041\/é"}`, `{"n\u0061me":"\u0041\/é"}`},
		"no white space":                                {" { \"id\" : [ 1 , 2 ] } \n", `{"id":[1,2]}`},
		"no object where a scalar is expected":          {`{"id":{"secret":1},"name":[1,{"secret":1},[{}]]}`, `{"name":[1,[]]}`},
		"no scalar where an object is expected":         {`{"address":"secret","id":1}`, `{"id":1}`},
		"null for an object":                            {`{"address":null}`, `{"address":null}`},
		"objects in arrays, and no scalars":             {`{"address":[{"city":"x","zip":"y"},"secret",null]}`, `{"address":[{"city":"x"},null]}`},
		"anything without what is never shown":          {`{"address":{"geo":[{"raw":1,"x":{"r\u0061w":2,"y":3}}]}}`, `{"address":{"geo":[{"x":{"y":3}}]}}`},
		"a list of records, and nothing else in it":     {`[{"id":1},"secret",null,[{"id":2,"x":3}],7]`, `[{"id":1},null,[{"id":2}]]`},
		"null for a text that is no record":             {`"secret"`, `null`},
		"null":                                          {`null`, `null`},
		"the end of a card's number":                    {`{"card":"4111 1111-1111 1234"}`, `{"card":"1234"}`},
		"the end of a card's number, escaped":           {`{"card":"\u0034111111111111\u0031\u003234"}`, `{"card":"1234"}`},
		"the end of an integer, as a text":              {`{"card":4111111111111234}`, `{"card":"1234"}`},
		"no number of another kind":                     {`{"card":4.111111111111234e15}`, `{"card":null}`},
		"nothing of a number that is too short to hide": {`{"card":"12345678901"}`, `{"card":null}`},
		"no other scalars for the end of a number":      {`{"card":[true,"none","",null,{"a":1}]}`, `{"card":[null,null,null,null]}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := rewrite(t, Spec{Shape: shape}, test.text)
			if got != test.want || err != nil {
				t.Errorf("%s became %s, %v, want %s", test.text, got, err, test.want)
			}
		})
	}
}

func TestWhatIsMovedAndAdded(t *testing.T) {
	address := members("street city", members("lat lon"))
	shape, _ := members("id username role").With("address", address)
	shape, _ = shape.With("items", members("sku", members("name")))
	for name, test := range map[string]struct {
		spec   Spec
		text   string
		want   string
		values []string
	}{
		"a member is renamed in its place": {
			Spec{Moves: []Move{{"username", "user_name"}}}, `{"id":1,"username":"ada","role":"x"}`, `{"id":1,"user_name":"ada","role":"x"}`, nil,
		},
		"two members change names": {
			Spec{Moves: []Move{{"id", "role"}, {"role", "id"}}}, `{"id":1,"role":2}`, `{"role":1,"id":2}`, nil,
		},
		"a member moves out, to the end": {
			Spec{Moves: []Move{{"address/city", "city"}}}, `{"address":{"city":"x","street":"y"},"id":1}`, `{"address":{"street":"y"},"id":1,"city":"x"}`, nil,
		},
		"a member moves into an object that came before": {
			Spec{Moves: []Move{{"role", "address/role"}}}, `{"address":{"city":"x"},"role":"r","id":1}`, `{"address":{"city":"x","role":"r"},"id":1}`, nil,
		},
		"a member moves into an object that is empty": {
			Spec{Moves: []Move{{"role", "address/role"}}}, `{"role":"r","address":{}}`, `{"address":{"role":"r"}}`, nil,
		},
		"an object is made": {
			Spec{Moves: []Move{{"role", "access/role"}, {"id", "access/ids/id"}}}, `{"id":1,"role":"r"}`, `{"access":{"role":"r","ids":{"id":1}}}`, nil,
		},
		"an object is made in the place of null": {
			Spec{Moves: []Move{{"role", "address/role"}}}, `{"address":null,"role":"r"}`, `{"address":{"role":"r"}}`, nil,
		},
		"no object is made for nothing": {
			Spec{Moves: []Move{{"role", "address/role"}}}, `{"address":null,"id":1}`, `{"address":null,"id":1}`, nil,
		},
		"an object moves with what is renamed in it": {
			Spec{Moves: []Move{{"address", "place/address"}, {"address/city", "place/address/town"}}},
			`{"address":{"city":"x"},"id":1}`, `{"id":1,"place":{"address":{"town":"x"}}}`, nil,
		},
		"a member moves out of an object that moves": {
			Spec{Moves: []Move{{"address", "place/address"}, {"address/city", "city"}}},
			`{"address":{"street":"y","city":"x"}}`, `{"place":{"address":{"street":"y"}},"city":"x"}`, nil,
		},
		"each element of an array is changed by itself": {
			Spec{Moves: []Move{{"items/more/name", "items/product_name"}, {"items/sku", "items/code"}}},
			`{"items":[{"more":{"name":"a"},"sku":1},{"sku":2},{"more":{"name":"c"}}]}`,
			`{"items":[{"more":{},"code":1,"product_name":"a"},{"code":2},{"more":{},"product_name":"c"}]}`, nil,
		},
		"nothing is moved out of an array or into one": {
			Spec{Moves: []Move{{"items/sku", "sku"}, {"id", "address/id"}}},
			`{"items":[{"sku":1}],"id":7,"address":[{"city":"x"}]}`,
			`{"items":[{}],"address":[{"city":"x"}]}`, nil,
		},
		"a member is dropped, and another takes its name": {
			Spec{Drops: []string{"id"}, Moves: []Move{{"username", "id"}}}, `{"id":1,"username":"ada"}`, `{"id":"ada"}`, nil,
		},
		"values are added at the end": {
			Spec{Adds: []string{"kind", "address/country", "meta/by"}},
			`{"id":1,"address":{"city":"x"},"role":"r"}`,
			`{"id":1,"address":{"city":"x","country":"UK"},"role":"r","kind":"user","meta":{"by":{"a":1}}}`,
			[]string{`"user"`, `"UK"`, `{"a":1}`},
		},
		"a value takes the place of a member, and none does not": {
			Spec{Adds: []string{"id", "role"}}, `{"id":1,"role":"r","username":"u"}`, `{"role":"r","username":"u","id":2}`, []string{"2", ""},
		},
		"a value takes the place of a member by the client's name": {
			Spec{Moves: []Move{{"username", "user"}}, Adds: []string{"user"}}, `{"username":"u","id":1}`, `{"id":1,"user":"v"}`, []string{`"v"`},
		},
		"values are added in each record and element": {
			Spec{Adds: []string{"items/currency"}},
			`[{"items":[{"sku":1},null]},{}]`,
			`[{"items":[{"sku":1,"currency":"EUR"},null]},{"items":{"currency":"EUR"}}]`,
			[]string{`"EUR"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.spec.Shape = shape
			got, err := rewrite(t, test.spec, test.text, test.values...)
			if got != test.want || err != nil {
				t.Errorf("%s became %s, %v, want %s", test.text, got, err, test.want)
			}
		})
	}
}

func TestWhereAnythingGoesANameBelongsToWhatIsCalledSo(t *testing.T) {
	spec := Spec{Shape: AnythingBut(map[string]bool{"hidden": true}), Moves: []Move{{"username", "user_name"}, {"a/b", "b"}}, Adds: []string{"by"}}
	got, err := rewrite(t, spec, `{"user_name":"other","username":"ada","b":1,"a":{"b":2,"c":3},"by":0,"x":{"user_name":5}}`, "9")
	if want := `{"user_name":"ada","a":{"c":3},"x":{"user_name":5},"b":2,"by":9}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestAStrictPlanNamesWhatItDoesNotKnow(t *testing.T) {
	shape, _ := members("id name").With("address", members("city geo"))
	shape, _ = shape.With("any", AnythingBut(map[string]bool{"hidden": true}))
	spec := Spec{Shape: shape, Strict: true, Drops: []string{"id"}, Moves: []Move{{"address/geo", "name/geo"}}}
	if _, err := Compile(spec); err == nil {
		t.Error("a member moves into a scalar")
	}
	spec.Moves = []Move{{"address/geo", "geo/x"}, {"name", "address/name"}}
	for text, want := range map[string]error{
		`{"id":1,"name":"x","address":{"city":"y"}}`: nil,
		`{"role":"admin"}`:                           &UnknownMember{Pointer: "/role"},
		`{"r\u006fle":"admin"}`:                      &UnknownMember{Pointer: "/role"},
		`[{"id":1},{"address":{"a/b~c":1}}]`:         &UnknownMember{Pointer: "/1/address/a~1b~0c"},
		`{"any":[1,{"x":{"hidden":1}}]}`:             &UnknownMember{Pointer: "/any/1/x/hidden"},
		`{"name":{}}`:                                &UnknownMember{Pointer: "/name", Misplaced: true},
		`{"address":1}`:                              &UnknownMember{Pointer: "/address", Misplaced: true},
		`{"address":[null,1]}`:                       &UnknownMember{Pointer: "/address/1", Misplaced: true},
		`"text"`:                                     &UnknownMember{Misplaced: true},
		`{"address":[{"geo":1}]}`:                    &UnknownMember{Pointer: "/address/0/geo", Misplaced: true},
		`[{"address":[],"name":1}]`:                  &UnknownMember{Pointer: "/0/name", Misplaced: true},
		`{"address":x}`:                              &Invalid{Offset: 11, Reason: "a value is expected"},
	} {
		_, err := rewrite(t, spec, text)
		if diff := cmp.Diff(want, err); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestTheWayBackTakesTheClientsNames(t *testing.T) {
	moves := []Move{{"username", "user_name"}, {"address/city", "city"}}
	shape, err := userShape().Moved(moves)
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec{Shape: shape, Moves: Back(moves), Strict: true}
	got, err := rewrite(t, spec, `{"user_name":"ada","city":"London"}`)
	if want := `{"username":"ada","address":{"city":"London"}}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if _, err := rewrite(t, spec, `{"username":"ada"}`); err == nil {
		t.Error("the service's name is taken")
	}
}

func TestTheWayBackUnmakesWhatTheWayThereMakes(t *testing.T) {
	moves := []Move{{"username", "login/name"}, {"role", "login/in/role"}, {"address/city", "place/city"}, {"id", "address/id"}}
	shape, err := userShape().Moved(moves)
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec{Shape: shape, Moves: Back(moves), Strict: true, Unmake: true, Adds: []string{"by"}}
	for text, want := range map[string]string{
		`{"login":{"name":"ada","in":{"role":"x"}}}`:                    `{"username":"ada","role":"x"}`,
		`{"login":{"in":{"role":"x"},"name":"ada"},"place":{"city":1}}`: `{"username":"ada","role":"x","address":{"city":1}}`,
		`{"login":{},"place":null}`:                                     `{}`,
		`{"login":[{}],"address":{"id":7,"street":"s"}}`:                `{"address":{"street":"s"},"id":7}`,
		`{"address":{"id":7}}`:                                          `{"address":{},"id":7}`,
		`{"login":{"name":"ada"},"address":{"street":"s"},"place":{}}`:  `{"address":{"street":"s"},"username":"ada"}`,
	} {
		got, err := rewrite(t, spec, text)
		if got != want || err != nil {
			t.Errorf("%s became %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{`{"login":{"x":1}}`, `{"login":1}`, `{"login":[{"name":"ada"}]}`, `{"login":{"in":{"x":1}}}`} {
		if got, err := rewrite(t, spec, text); err == nil {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func TestRecordsInAnEnvelope(t *testing.T) {
	spec := Spec{
		Shape: members("id"), Envelope: members("total"), Moves: []Move{{"id", "key"}},
		Records: []RecordsAt{{Pointer: "/items"}, {Pointer: "/data/users", Shape: members("id name")}},
	}
	for text, want := range map[string]string{
		`{"total":2,"items":[{"id":1,"x":2},"secret"],"more":1}`:               `{"total":2,"items":[{"key":1}]}`,
		`{"data":{"users":{"id":1,"name":"a"},"n":1},"items":"secret","x":[]}`: `{"data":{"users":{"key":1,"name":"a"}}}`,
		`{"data":[{"users":[]},{"users":null},3]}`:                             `{"data":[{"users":[]},{"users":null}]}`,
		`[{"items":[[{"id":1}]]}]`:                                             `[{"items":[[{"key":1}]]}]`,
		`"secret"`:                                                             `null`,
	} {
		got, err := rewrite(t, spec, text)
		if got != want || err != nil {
			t.Errorf("%s became %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestAnEnvelopeIsWhatTheReferenceMakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, envelope := drawSpec(t), drawShape(t, 2)
		pointer := drawKnown(t, envelope)
		envelope = drawGuarded(t, envelope, len(spec.Rules))
		spec.Envelope, spec.Records = envelope, []RecordsAt{{Pointer: "/" + pointer}}
		plan, err := Compile(spec)
		if err != nil {
			return
		}
		place := Scalar()
		if there, ok := envelope.At(pointer); ok {
			place.guards = there.guards
		}
		whole, err := envelope.With(pointer, AnythingBut(nil))
		if err != nil {
			t.Fatal(err)
		}
		with, text := With{Values: drawValues(t, spec), View: drawView(t, spec)}, drawText(t, 5)
		if at := strings.Split(pointer, "/"); rapid.Bool().Draw(t, "records there") {
			text = `{"` + strings.Join(at, `":{"`) + `":` + drawRecords(t, spec) + strings.Repeat("}", len(at))
		}
		parsed, err := plant([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		want := "null"
		outside := judge(spec.Rules, with.View, nil)
		if parsed = parsed.filter(whole, outside); parsed != nil {
			names := strings.Split(pointer, "/")
			each(parsed, names[:len(names)-1], func(o *tree) {
				reference{spec, with}.recordsAt(o, names[len(names)-1], outside, place)
			})
			want = parsed.text()
		}
		var got bytes.Buffer
		err = plan.Stream(&got, iotest.HalfReader(strings.NewReader(text)), with, len(text))
		if diff := cmp.Diff(want, got.String()); diff != "" || err != nil {
			t.Errorf("%s at %s of %s, %v (-want +got):\n%s", plain(spec), pointer, text, err, diff)
		}
	})
}

// pipe is a src that notes what had been written when it was asked for more.
type pipe struct {
	parts []string
	dst   bytes.Buffer
	seen  []string
}

func (p *pipe) Read(b []byte) (int, error) {
	p.seen = append(p.seen, p.dst.String())
	if len(p.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.parts[0])
	if p.parts[0] = p.parts[0][n:]; p.parts[0] == "" {
		p.parts = p.parts[1:]
	}
	return n, nil
}

func TestWhatIsFinishedIsWrittenBeforeMoreIsRead(t *testing.T) {
	spec := Spec{Shape: members("id"), Envelope: members("total"), Records: []RecordsAt{{Pointer: "/items"}}}
	p := &pipe{parts: []string{`{"to`, `tal":[1`, `,2],"x`, `":0,"items":[{"id":1},{"id"`, `:2}`, `,{"id":3}`, `]}`, ` `}}
	if err := compiled(t, spec).Stream(&p.dst, p, With{}, 100); err != nil {
		t.Fatal(err)
	}
	want := []string{
		``,
		`{`,
		`{"total":[`,
		`{"total":[1,2]`,
		`{"total":[1,2],"items":[{"id":1},`,
		`{"total":[1,2],"items":[{"id":1},{"id":2}`,
		`{"total":[1,2],"items":[{"id":1},{"id":2},{"id":3}`,
		`{"total":[1,2],"items":[{"id":1},{"id":2},{"id":3}]}`,
		`{"total":[1,2],"items":[{"id":1},{"id":2},{"id":3}]}`,
	}
	if diff := cmp.Diff(want, p.seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARecordThatIsTooLargeIsRefused(t *testing.T) {
	one := Spec{Shape: members("id")}
	enveloped := Spec{Shape: members("id"), Envelope: members("total"), Records: []RecordsAt{{Pointer: "/items"}}}
	for name, test := range map[string]struct {
		spec Spec
		text string
		want error
	}{
		"a record of the limit":              {one, `{"id":10}`, nil},
		"one of a byte more":                 {one, `{"id":100}`, ErrTooLarge},
		"what is dropped counts":             {one, `{"x":1000}`, ErrTooLarge},
		"white space around it does not":     {one, "          {\"id\":10}          ", nil},
		"many records":                       {one, `[{"id":10},{"id":20}]`, nil},
		"a number that is all":               {Spec{Shape: Scalar()}, `123456789`, nil},
		"a number that is too long":          {Spec{Shape: Scalar()}, `1234567890`, ErrTooLarge},
		"records in an envelope":             {enveloped, `{"items":[{"id":10},{"id":20}],"total":1}`, nil},
		"a large record in an envelope":      {enveloped, `{"items":[{"id":100}]}`, ErrTooLarge},
		"a text in an envelope":              {enveloped, `{"total":"1234567"}`, nil},
		"a long text in an envelope":         {enveloped, `{"total":"12345678"}`, ErrTooLarge},
		"a long name":                        {enveloped, `{"12345678":1}`, ErrTooLarge},
		"a long text that is dropped":        {enveloped, `{"x":["12345678"]}`, ErrTooLarge},
		"an array in an envelope":            {enveloped, `{"total":[1,2,3,4,5,6,7,8]}`, nil},
		"an array that is dropped":           {enveloped, `{"x":[1,2,3,4,5,6,7,8]}`, nil},
		"names that are dropped":             {enveloped, `{"x":{"1234":1},"y":{"5678":1},"items":[]}`, nil},
		"many names that must be remembered": {enveloped, `{"x":{"12345":1,"67890":1}}`, ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			for _, src := range []io.Reader{strings.NewReader(test.text), iotest.OneByteReader(strings.NewReader(test.text))} {
				if err := compiled(t, test.spec).Stream(io.Discard, src, With{}, 9); !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			}
		})
	}
}

// broken is a dst that fails, or takes less than it is given.
type broken struct{ err error }

func (b broken) Write(p []byte) (int, error) { return len(p) / 2, b.err }

func TestErrorsOfBothSidesArePassedOn(t *testing.T) {
	wrong := errors.New("the line is cut")
	plan := compiled(t, Spec{Shape: members("id")})
	for name, test := range map[string]struct {
		dst  io.Writer
		src  io.Reader
		want error
	}{
		"src at once":            {io.Discard, iotest.ErrReader(wrong), wrong},
		"src in a record":        {io.Discard, io.MultiReader(strings.NewReader(`{"id":`), iotest.ErrReader(wrong)), wrong},
		"src in a text":          {io.Discard, io.MultiReader(strings.NewReader(`{"id":"x`), iotest.ErrReader(wrong)), wrong},
		"src after the text":     {io.Discard, io.MultiReader(strings.NewReader(`{"id":1}`), iotest.ErrReader(wrong)), wrong},
		"src that ends early":    {io.Discard, io.MultiReader(strings.NewReader(`[1`), iotest.ErrReader(io.ErrUnexpectedEOF)), io.ErrUnexpectedEOF},
		"src that never answers": {io.Discard, silent{}, io.ErrNoProgress},
		"dst":                    {broken{wrong}, strings.NewReader(`{"id":1}`), wrong},
		"dst that takes less":    {broken{}, strings.NewReader(`{"id":1}`), io.ErrShortWrite},
	} {
		t.Run(name, func(t *testing.T) {
			err := plan.Stream(test.dst, test.src, With{}, 100)
			var invalid *Invalid
			if !errors.Is(err, test.want) || errors.As(err, &invalid) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

func TestAnErrorSaysWhereAndNotWhat(t *testing.T) {
	plan := compiled(t, Spec{Shape: members("id")})
	for text, want := range map[string]string{
		``:                    "the text ends too early at byte 0",
		`{"id":1`:             "the text ends too early at byte 7",
		`{"secret":secret}`:   "a value is expected at byte 10",
		`{"id":1,"id":2}`:     "an object has a name twice at byte 12",
		`{"x":[{"s":1,"s":2}`: "an object has a name twice at byte 16",
		`{"id":1}secret`:      "something follows the text at byte 8",
	} {
		for _, src := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			if err := plan.Stream(io.Discard, src, With{}, 100); err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", text, err, want)
			}
		}
	}
	unknown := &UnknownMember{Pointer: "/role"}
	if got, want := unknown.Error(), `unknown member "/role"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	unknown.Misplaced = true
	if got, want := unknown.Error(), `the value at "/role" is not of a kind that is taken`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAppendLeavesWhatWasThereIfItFails(t *testing.T) {
	plan := compiled(t, Spec{Shape: members("id")})
	got, err := plan.Append([]byte("before "), []byte(`{"id":1,`), With{})
	if string(got) != "before " || err == nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNamesAreToldApartLikeAMapDoes(t *testing.T) {
	plan := compiled(t, Spec{Shape: members("")})
	r := plan.run(With{})
	rapid.Check(t, func(t *rapid.T) {
		var opened []map[string]bool
		var firsts []int
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			switch step := rapid.IntRange(0, 20).Draw(t, "step"); {
			case step == 0 || len(opened) == 0:
				opened, firsts = append(opened, make(map[string]bool)), append(firsts, len(r.names.known))
			case step == 1:
				r.names.forget(firsts[len(firsts)-1])
				opened, firsts = opened[:len(opened)-1], firsts[:len(firsts)-1]
			default:
				name := strings.Repeat("long", rapid.IntRange(0, 3).Draw(t, "length")) + rapid.StringMatching(`[a-d]{0,4}`).Draw(t, "name")
				inner := opened[len(opened)-1]
				if got := r.names.add(firsts[len(firsts)-1], []byte(name)); got != inner[name] {
					t.Fatalf("%q came before: %v, want %v", name, got, inner[name])
				}
				inner[name] = true
			}
		}
		r.names.forget(0) // as after an error
		if r.names.tabled != 0 || len(r.names.text) != 0 {
			t.Fatalf("something is left: %d, %q", r.names.tabled, r.names.text)
		}
	})
}

// An HTTP/2 server may send from what it was given after its Write has failed. Answers of others must not be in there then.
func TestWhatAWriterThatFailedWasGivenIsNotUsedAgain(t *testing.T) {
	plan := compiled(t, Spec{Shape: members("id")})
	failing := &retaining{}
	if err := plan.Stream(failing, strings.NewReader(`{"id":"aaaaaaaa"}`), With{}, 1000); err == nil {
		t.Fatal("it did not fail")
	}
	was := string(failing.given)
	for range 20 {
		if err := plan.Stream(io.Discard, strings.NewReader(`{"id":"bbbbbbbb"}`), With{}, 1000); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(failing.given); got != was || was == "" {
		t.Errorf("what it was given, %q, became %q", was, got)
	}
}

// retaining fails to write what it was given, and keeps it.
type retaining struct{ given []byte }

func (r *retaining) Write(p []byte) (int, error) {
	r.given = p
	return 0, errors.New("the stream is closed")
}
