package watched_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/watched"
)

type shelf struct {
	Label string `yaml:"label"`
	Books []book `yaml:"books"`
}

type book struct {
	Title string    `yaml:"title"`
	Words []string  `yaml:"words"`
	Due   time.Time `yaml:"due,omitzero"`
}

func (s shelf) Validate(fail func(path, message string)) {
	for i, b := range s.Books {
		if b.Title == "" {
			fail(fmt.Sprintf("books[%d].title", i), "is needed")
		}
	}
}

func TestYAMLIsReadIntoAStruct(t *testing.T) {
	got, err := watched.YAML[shelf]([]byte(`# of the hall
label: "0123"
books:
  - title: plain text
    words: [a, 'b', "c"]
    due: 2027-01-31T12:00:00+01:00
  - title: >-
      two
      lines
  - title: |-
      two
      lines
    words:
`))
	want := shelf{"0123", []book{
		{Title: "plain text", Words: []string{"a", "b", "c"}, Due: time.Date(2027, 1, 31, 11, 0, 0, 0, time.UTC)},
		{Title: "two lines"},
		{Title: "two\nlines"},
	}}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("got %v and\n%s", err, cmp.Diff(want, got))
	}
}

func TestMistakesAreToldByLineAndNeverQuoted(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "it holds nothing",
		"# nothing\n":                          "it holds nothing",
		"---\n":                                "it holds nothing",
		"label: \xff":                          "it is not UTF-8 text",
		"label: a\n---\nlabel: b":              "it must hold one YAML document alone",
		"label: 'sesame":                       "line 1: it is not YAML",
		"label: a\n\tsesame":                   "line 2: it is not YAML",
		"label: a\nsesame: b":                  "line 2: no such name is known here: those that are known are label, books",
		"Label: sesame":                        "line 1: no such name is known here: those that are known are label, books",
		"<<: {label: sesame}":                  "line 1: no such name is known here: those that are known are label, books",
		"label: a\nlabel: sesame":              "line 2: label stands here for the second time",
		"label:\nbooks: sesame":                "line 1: text must stand here: put quotes around it",
		"label: 0123":                          "line 1: text must stand here: put quotes around it",
		"label: true":                          "line 1: text must stand here: put quotes around it",
		"label: 1.5e3":                         "line 1: text must stand here: put quotes around it",
		"label: ~":                             "line 1: text must stand here: put quotes around it",
		"label: [sesame]":                      "line 1: text must stand here",
		"label: !!str sesame":                  "line 1: text must stand here",
		"label: &sesame a":                     "line 1: text must stand here",
		"label: *sesame":                       "line 1: text must stand here",
		"sesame":                               "line 1: names and values must stand here",
		"- sesame":                             "line 1: names and values must stand here",
		"books: sesame":                        "line 1: a list must stand here",
		"books:\n  - sesame":                   "line 2: names and values must stand here",
		"books: [{title: a, due: sesame}]":     "line 1: the text has not the form that it needs here",
		"books: [{title: a, due: 2027-01-31}]": "line 1: the text has not the form that it needs here",
		"books: &sesame [{title: a}]":          "line 1: a list must stand here",
		"books: [{words: [sesame]}]":           "books[0].title: is needed",
		"books: [{words: [sesame]}, {title: ''}, ~, {}, ]": "books[0].title: is needed; and mistakes more: 3",
	} {
		_, err := watched.YAML[shelf]([]byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("%q gives the error %v, want %q", text, err, want)
		}
	}
}

func FuzzYAML(f *testing.F) {
	f.Add("label: a\nbooks: [{title: b, words: [c], due: 2027-01-31T12:00:00Z}]")
	f.Add("label: |\n  a\nbooks:\n- title: \"b\"\n-\n- ? c\n")
	f.Add("%YAML 1.2\n---\n&a {*a : !!b c, <<: *a}\n...\n")
	f.Fuzz(func(t *testing.T, text string) {
		// The parser takes quadratic time for deep nesting. The file is the operator's own, so that is nobody's weapon.
		if len(text) > 2048 {
			t.Skip()
		}
		_, err := watched.YAML[shelf]([]byte(text))
		if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("the error is of several lines: %q", err)
		}
	})
}
