package reshape

import (
	"strings"
	"testing"
)

func TestWhatCannotBeDoneIsRefused(t *testing.T) {
	shape, _ := members("id name role").With("address", members("city zip"))
	shape, _ = shape.With("any", AnythingBut(map[string]bool{"hidden": true}))
	for name, test := range map[string]struct {
		spec Spec
		want string
	}{
		"no shape":                               {Spec{}, `records have no shape`},
		"a move from nothing":                    {Spec{Shape: shape, Moves: []Move{{"secret", "x"}}}, `move secret to x: it does not go through`},
		"a move from what is never shown":        {Spec{Shape: shape, Moves: []Move{{"any/hidden", "x"}}}, `move any/hidden to x: it does not go through`},
		"a move of what is dropped":              {Spec{Shape: shape, Drops: []string{"address"}, Moves: []Move{{"address/zip", "zip"}}}, `move address/zip to zip: it does not go through`},
		"a move to a name that is taken":         {Spec{Shape: shape, Moves: []Move{{"id", "name"}}}, `two members would be called "name"`},
		"a move into a name that is taken":       {Spec{Shape: shape, Moves: []Move{{"address/zip", "name"}}}, `two members would be called "name"`},
		"two moves to one name":                  {Spec{Shape: shape, Moves: []Move{{"id", "x"}, {"name", "x"}}}, `two members would be called "x"`},
		"two moves to one place":                 {Spec{Shape: shape, Moves: []Move{{"address/city", "x"}, {"address/zip", "x"}}}, `"x" and "x" cannot both be put there`},
		"two moves from one place":               {Spec{Shape: shape, Moves: []Move{{"id", "x"}, {"id", "y"}}}, `move id to y: it moves to x already`},
		"a move into what moves":                 {Spec{Shape: shape, Moves: []Move{{"address", "at/address"}, {"id", "at/address/id"}}}, `"at/address" and "at/address/id" cannot both be put there`},
		"a move into a scalar":                   {Spec{Shape: shape, Moves: []Move{{"id", "name/id"}}}, `"name/id": "name" is no object`},
		"a move to what is never shown":          {Spec{Shape: shape, Moves: []Move{{"id", "any/hidden"}}}, `"hidden" is never shown`},
		"a name that is never shown":             {Spec{Shape: shape, Moves: []Move{{"any/x", "any/hidden"}}}, `"hidden" is never shown`},
		"a move through what is never shown":     {Spec{Shape: shape, Moves: []Move{{"id", "any/hidden/id"}}}, `"hidden" is never shown`},
		"an add of what is never shown":          {Spec{Shape: shape, Adds: []string{"any/hidden"}}, `"hidden" is never shown`},
		"a made object with what is never shown": {Spec{Shape: AnythingBut(map[string]bool{"hidden": true}), Drops: []string{"x"}, Adds: []string{"x/hidden"}}, `"hidden" is never shown`},
		"an add in a record that is a scalar":    {Spec{Shape: Scalar(), Adds: []string{"x"}}, `"x" would not be in an object`},
		"an add deep in a record that is none":   {Spec{Shape: Scalar(), Adds: []string{"x/y"}}, `"x/y": it would not be in an object`},
		"two adds at one place":                  {Spec{Shape: shape, Adds: []string{"x", "x/y"}}, `"x" and "x/y" cannot both be put there`},
		"a drop of nothing":                      {Spec{Shape: shape, Drops: []string{"address/x"}}, `drop "address/x": it does not go through`},
		"an empty path":                          {Spec{Shape: shape, Drops: []string{""}}, `drop: path "" has an empty name`},
		"an empty name":                          {Spec{Shape: shape, Adds: []string{"a//b"}}, `add: path "a//b" has an empty name`},
		"a wrong escape":                         {Spec{Shape: shape, Moves: []Move{{"id", "a~2"}}}, `move id to a~2: path "a~2": ~ stands only in ~0 and ~1`},
		"a wrong escape from":                    {Spec{Shape: shape, Moves: []Move{{"i~", "a"}}}, `move i~ to a: path "i~": ~ stands only in ~0 and ~1`},
		"bytes that are no name":                 {Spec{Shape: shape, Adds: []string{"a\xff"}}, `add: path "a\xff" is not UTF-8`},
		"records in no envelope":                 {Spec{Shape: shape, Records: []RecordsAt{{Pointer: "/a"}}}, `records are to be found in an envelope, and there is none`},
		"an envelope without records":            {Spec{Shape: shape, Envelope: members("")}, `the envelope is said to hold no records`},
		"records within records":                 {Spec{Shape: shape, Envelope: members(""), Records: []RecordsAt{{Pointer: "/a"}, {Pointer: "/a/b"}}}, `records at "/a" and at "/a/b" are not apart`},
		"records at no pointer":                  {Spec{Shape: shape, Envelope: members(""), Records: []RecordsAt{{Pointer: "a"}}}, `records at "a": pointer "a" does not begin with a slash`},
		"records below a scalar":                 {Spec{Shape: shape, Envelope: members("a"), Records: []RecordsAt{{Pointer: "/a/b"}}}, `records at "/a/b": "a" is no object`},
		"records that are never shown":           {Spec{Shape: shape, Envelope: AnythingBut(map[string]bool{"a": true}), Records: []RecordsAt{{Pointer: "/a"}}}, `records at "/a": "a" is never shown`},
		"records of no shape":                    {Spec{Envelope: members(""), Records: []RecordsAt{{Pointer: "/a"}}}, `records at "/a": records have no shape`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Compile(test.spec); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestAShapeGrowsAndStaysWhatItWas(t *testing.T) {
	shape := members("id")
	more, err := shape.With("address/geo", AnythingBut(map[string]bool{"hidden": true}))
	if err != nil {
		t.Fatal(err)
	}
	if more, err = more.With("address/city", Scalar()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"id": true, "address": true, "address/geo": true, "address/city": true, "address/geo/x/y": true,
		"address/geo/hidden": false, "address/zip": false, "id/x": false, "": false, "id~": false,
	} {
		if _, got := more.At(path); got != want {
			t.Errorf("%q goes through: %v, want %v", path, got, want)
		}
	}
	if _, ok := shape.At("address"); ok {
		t.Error("the shape changed")
	}
	for path, want := range map[string]string{
		"id/x":               `"id" is no object`,
		"address/geo/hidden": `"address/geo/hidden" is never shown`,
		"":                   `path "" has an empty name`,
	} {
		if _, err := more.With(path, Scalar()); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := shape.Moved([]Move{{"x", "y"}}); err == nil || !strings.Contains(err.Error(), "does not go through") {
		t.Errorf("got %v for a move from nothing", err)
	}
	if _, err := members("id name").Moved([]Move{{"id", "name/id"}}); err == nil {
		t.Error("a member moves into a scalar")
	}
}

func TestAPathNamesSlashesAndTildes(t *testing.T) {
	shape := Object(map[string]*Shape{"a/b": Scalar(), "~": Scalar(), "c": Object(map[string]*Shape{"d/e": Scalar()})})
	got, err := rewrite(t, Spec{Shape: shape, Moves: []Move{{"a~1b", "x~1y"}, {"c/d~1e", "~0~1"}}}, `{"a/b":1,"~":2,"c":{"d/e":3}}`)
	if want := `{"x/y":1,"~":2,"c":{},"~/":3}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestAListedFlagThatIsOffHidesNothing(t *testing.T) {
	got, err := rewrite(t, Spec{Shape: AnythingBut(map[string]bool{"a": false, "b": true})}, `{"a":1,"b":2}`)
	if want := `{"a":1}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
