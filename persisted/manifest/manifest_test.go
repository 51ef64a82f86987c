package manifest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/persisted/manifest"
)

const (
	me    = "query Me { me { name } }"
	names = "{ me { name } }"
)

// apollo is a manifest of Apollo's with operations.
func apollo(operations string) string {
	return `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [` + operations + `]}`
}

func TestAManifestIsReadInBothFormats(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []manifest.Document
	}{
		"Apollo's": {
			apollo("\n" + `{"id": "a1", "name": "Me", "type": "query", "body": "query Me { me { name } }"},` + "\n" +
				`{"id": "b2", "name": "", "clientName": "ios", "body": "{ me { name } }"}` + "\n"),
			[]manifest.Document{
				{ID: "a1", Name: "Me", Text: me, File: "m.json", Line: 2},
				{ID: "b2", Text: names, Client: "ios", File: "m.json", Line: 3},
			},
		},
		"an operation that is a tool": {
			apollo(`{"id": "a", "body": "{ a }", "tool": { "name" : "a b",` + "\n" + `"scopes": [] }}, {"id": "b", "body": "{ b }", "tool": true}`),
			[]manifest.Document{
				{ID: "a", Text: "{ a }", Tool: `{"name":"a b","scopes":[]}`, File: "m.json", Line: 1},
				{ID: "b", Text: "{ b }", Tool: "true", File: "m.json", Line: 2},
			},
		},
		"the members in another order": {
			`{"operations": [{"body": "{ me { name } }", "id": "b2"}], "version": 1, "more": {}, "format": "apollo-persisted-query-manifest"}`,
			[]manifest.Document{{ID: "b2", Text: names, File: "m.json", Line: 1}},
		},
		"no operations": {apollo(""), nil},
		"Relay's": {
			"{\n" + `  "0123456789abcdef0123456789abcdef": "query Me { me { name } }",` + "\n\n" + `  "sha256:` + manifest.Hash(names) + `": "{ me { name } }"` + "\n}\n",
			[]manifest.Document{
				{ID: "0123456789abcdef0123456789abcdef", Name: "Me", Text: me, File: "m.json", Line: 2},
				{ID: "sha256:" + manifest.Hash(names), Text: names, File: "m.json", Line: 4},
			},
		},
		"an id of Relay's that is a word of Apollo's": {
			`{"format": "{ me { name } }", "operations": "query Me { me { name } }"}`,
			[]manifest.Document{
				{ID: "format", Text: names, File: "m.json", Line: 1},
				{ID: "operations", Name: "Me", Text: me, File: "m.json", Line: 1},
			},
		},
		"nothing": {"{}", nil},
		"the same id for two clients": {
			apollo(`{"id": "a", "clientName": "ios", "body": "{ a }"}, {"id": "a", "clientName": "web", "body": "{ b }"}`),
			[]manifest.Document{
				{ID: "a", Text: "{ a }", Client: "ios", File: "m.json", Line: 1},
				{ID: "a", Text: "{ b }", Client: "web", File: "m.json", Line: 1},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := manifest.Parse("m.json", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMistakesOfAManifestAreToldByTheirPlace(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "m.json:1: it is not the JSON of a manifest",
		"[]":                            "m.json:1: it is not the JSON of a manifest",
		"\xff":                          "m.json:1: it is not UTF-8 text",
		`{"a": "{ b }"`:                 "m.json:1: it is not the JSON of a manifest",
		`{"a": "{ b }"} {}`:             "m.json:1: there is more behind the manifest",
		"{\"a\": \"{ b }\",\n\"a\": 1}": "m.json:2: a name stands there for the second time",
		`{"a": 1}`:                      "m.json:1: it is neither a list of operations nor texts by their ids",
		`{"a": " "}`:                    "m.json:1: the document is empty",
		`{"": "{ b }"}`:                 "m.json:1: an operation has no id",
		`{"a b": "{ b }"}`:              "m.json:1: an id must be printable ASCII, without spaces, quotes and backslashes",
		`{"` + strings.Repeat("a", 257) + `": "{ b }"}`: "m.json:1: an id is longer than 256 bytes",
		`{"sha256:0123": "{ b }"}`:                      "m.json:1: the id is not the SHA-256 of the document",
		`{"format": "other", "operations": []}`:         `m.json:1: a manifest of operations has "format": "apollo-persisted-query-manifest"`,
		`{"operations": []}`:                            `m.json:1: a manifest of operations has "format": "apollo-persisted-query-manifest"`,
		`{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}`:        `m.json:1: a manifest of operations has "version": 1`,
		`{"format": "apollo-persisted-query-manifest", "version": 1}`:                          `m.json:1: a manifest of operations has a list of them (operations)`,
		apollo("\n" + `{"id": "a", "body": "{ a }"},` + "\n" + `{"id": "a", "body": "{ b }"}`): "m.json:3: two documents have the same id",
		apollo("\n" + `{"id": "a"}`):     "m.json:2: the document is empty",
		apollo("\n" + `{"body": "{a}"}`): "m.json:2: an operation has no id",
		apollo(`"sesame"`):               "m.json:1: it is not the JSON of a manifest",
		apollo("\n" + `{"id": "a", "body": "{ a }", "tool": "` + strings.Repeat("a", manifest.MaxTool) + `"}`): "m.json:2: what says that an operation is a tool is longer than 16384 bytes",
		apollo(`{"id": 7}`): "m.json:1: it is not the JSON of a manifest",
	} {
		if _, err := manifest.Parse("m.json", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%.80q gives the error %v, want %q", text, err, want)
		}
	}
}

func TestAFolderOfDocumentsIsReadByTheirHashes(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("me.graphql", me)
	write("more/names.graphql", names)
	write("more/README.md", "no document")
	write(".hidden.graphql", "no document")
	write("..data/me.graphql", "an old one")
	if err := os.Symlink(filepath.Join("..data", "me.graphql"), filepath.Join(folder, "linked.graphql")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	got, err := manifest.Read(link)
	if err != nil {
		t.Fatal(err)
	}
	want := []manifest.Document{
		{ID: manifest.Hash("an old one"), Text: "an old one", File: filepath.Join(link, "linked.graphql"), Line: 1},
		{ID: manifest.Hash(me), Name: "Me", Text: me, File: filepath.Join(link, "me.graphql"), Line: 1},
		{ID: manifest.Hash(names), Text: names, File: filepath.Join(link, "more", "names.graphql"), Line: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	one, err := manifest.Read(filepath.Join(folder, "me.graphql"))
	if err != nil || len(one) != 1 || one[0].Text != me {
		t.Errorf("one file is read as %v, %v", one, err)
	}
}

func TestWhatIsNotThereIsAnError(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "empty.graphql"), []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		filepath.Join(folder, "none.json"):     "no such file",
		t.TempDir():                            "there is no file *.graphql in it",
		filepath.Join(folder, "empty.graphql"): "empty.graphql:1: the document is empty",
	} {
		if _, err := manifest.Read(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %q", name, err, want)
		}
	}
}

// TestAHashIsWhatTheDraftSays is the example of its appendix.
func TestAHashIsWhatTheDraftSays(t *testing.T) {
	const want = "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b"
	if got := manifest.Hash("query($id:ID!){user(id:$id){name}}"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(apollo(`{"id": "a1", "name": "Me", "type": "query", "body": "query Me { me { name } }", "clientName": "ios"}`))
	f.Add(`{"0123456789abcdef0123456789abcdef": "query Me { me { name } }"}`)
	f.Add(`{"operations": [[]], "format": null, "version": 1e0}`)
	f.Add("{\"a\"\n:\n\"{b}\"\n,\n}")
	f.Add(apollo(`{"id": "a", "body": "{ a }", "tool": {"name": "a", "scopes": [null]}}`))
	f.Fuzz(func(t *testing.T, text string) {
		documents, err := manifest.Parse("m.json", []byte(text))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("the error is of several lines: %q", err)
			}
			return
		}
		last := 1
		for _, d := range documents {
			if d.Tool != "" && (!json.Valid([]byte(d.Tool)) || len(d.Tool) > manifest.MaxTool) {
				t.Errorf("what is said of a tool is %q", d.Tool)
			}
			if d.ID == "" || d.Text == "" || !utf8.ValidString(d.Text) || d.Line < last || d.Line > 1+strings.Count(text, "\n") {
				t.Error(fmt.Sprintf("%+v", d), "behind line", last)
			}
			last = d.Line
		}
	})
}
