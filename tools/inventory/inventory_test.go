package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
)

func TestALicenceIsAllowedOrRefused(t *testing.T) {
	for expression, want := range map[string]bool{
		"MIT":                       true,
		"MIT-0":                     true,
		"BSD-3-Clause":              true,
		"(MPL-2.0 OR Apache-2.0)":   true,
		"MIT OR GPL-3.0-only":       true,
		"GPL-3.0-only":              false,
		"AGPL-3.0":                  false,
		"MIT AND GPL-2.0-only":      false,
		"SEE LICENSE IN LICENSE.md": false,
		"":                          false,
	} {
		if got := may(expression); got != want {
			t.Errorf("%q: got %t, want %t", expression, got, want)
		}
	}
}

func TestEveryPartThatMayNotBeInTheProgramIsNamed(t *testing.T) {
	err := refuse([]part{
		{name: "good", version: "v1", ids: []string{"MIT"}},
		{name: "bare", version: "v2"},
		{name: "viral", version: "v3", ids: []string{"MIT", "GPL-3.0"}},
		{name: "odd", version: "v4", ids: []string{"MIT"}, unknown: []string{"LICENSE.own"}},
	})
	want := "bare v2: no licence was found\nviral v3: the licence GPL-3.0 is not allowed\nodd v4: LICENSE.own holds no licence that is known"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`

func TestNoticesAreFoundWhereverAModuleHasThem(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"LICENSE": mit, "NOTICE": "Made by somebody.\n", "license.go": "package x", "deep/COPYING.md": "Do as you are told.\n",
		"deep/er/x.go": "package er", "assets/LICENSE": "Draw no moustache on it.\n",
		"testdata/LICENSE": "Not in the program.\n",
	} {
		at := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := part{name: "example.com/x"}
	if err := p.license(folder); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.ids, " "); got != "MIT" || len(p.texts) != 3 || strings.Join(p.unknown, " ") != "COPYING.md" {
		t.Errorf("got %s, %d texts, and %v, of which nothing is known", got, len(p.texts), p.unknown)
	}
}

func TestPackagesOfThePageAreReadFromTheirLicences(t *testing.T) {
	rule := "\n\n" + rule + "\n\n"
	got, err := packagesIn("@a/b 1.2.3: MIT\n\ntext" + rule + "of another, in the same file" + rule + "c 4.0.0-rc.1: (MPL-2.0 OR Apache-2.0)\n\ntext\n")
	if err != nil || len(got) != 2 || got[0].url() != "pkg:npm/%40a/b@1.2.3" || got[1].ids[0] != "(MPL-2.0 OR Apache-2.0)" {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := packagesIn("nothing of the kind"); err == nil {
		t.Error("a file of another form is taken")
	}
}

func TestEachTextStandsOnceUnderAllWhoseItIs(t *testing.T) {
	text := string(inventory{modules: []part{
		{name: library, version: "1.26", ids: []string{"MIT"}, texts: []string{"one"}},
		{name: "example.com/x", version: "v2", ids: []string{"ISC", "MIT"}, texts: []string{"one", "two"}},
	}}.texts())
	want := "Go and its standard library 1.26: MIT\nexample.com/x v2: ISC, MIT\n\n" + rule +
		"\n\nGo and its standard library 1.26\nexample.com/x v2\n\none\n\n" + rule + "\n\nexample.com/x v2\n\ntwo\n"
	if !strings.HasSuffix(text, want) {
		t.Errorf("got\n%s\nwant it to end with\n%s", text, want)
	}
}

func TestTheBillOfMaterialsNamesEveryPart(t *testing.T) {
	i := inventory{
		build:    stamp{module: "example.com/program", goVersion: "go1.26"},
		modules:  []part{{name: "example.com/x", version: "v2.0.0+incompatible", kind: goModule, sum: "h1:abc=", ids: []string{"MIT"}}},
		packages: []part{{name: "@a/b", version: "1.0.0", kind: npmPackage, ids: []string{"(MPL-2.0 OR Apache-2.0)"}}},
	}
	var text bytes.Buffer
	bom := i.bom([]string{"v1.0.0", "abc", "2026-01-31T12:00:00Z"})
	if err := cyclonedx.NewBOMEncoder(&text, cyclonedx.BOMFileFormatJSON).EncodeVersion(bom, cyclonedx.SpecVersion1_6); err != nil {
		t.Fatal(err)
	}
	var read cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(&text, cyclonedx.BOMFileFormatJSON).Decode(&read); err != nil {
		t.Fatal(err)
	}
	if got := read.Metadata.Component.PackageURL; got != "pkg:golang/example.com/program@v1.0.0" {
		t.Errorf("the program is %s", got)
	}
	refs := *(*read.Dependencies)[0].Dependencies
	for n, want := range []string{"pkg:golang/example.com/x@v2.0.0%2Bincompatible", "pkg:npm/%40a/b@1.0.0"} {
		if got := (*read.Components)[n]; got.PackageURL != want || got.BOMRef != refs[n] {
			t.Errorf("got %s, of which %s depends, want %s", got.PackageURL, refs[n], want)
		}
	}
}

func TestLicencesThatHaveChangedAreNotKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "modules.txt")
	if err := keep(file, []byte("old"), false); err != nil {
		t.Fatal(err)
	}
	if err := keep(file, []byte("old"), true); err != nil {
		t.Error(err)
	}
	if err := keep(file, []byte("new"), true); !errors.Is(err, errStale) {
		t.Errorf("got %v, want that it is stale", err)
	}
}
