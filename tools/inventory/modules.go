package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// stamp is what a binary says of itself.
type stamp struct {
	module    string
	goVersion string
}

// modulesOf are the modules that a binary was linked from: those of which something is in it, and no others of go.mod.
func modulesOf(binary string) ([]part, stamp, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, stamp{}, err
	}
	folders, err := download(info.Deps)
	if err != nil {
		return nil, stamp{}, err
	}
	parts := make([]part, 0, len(info.Deps))
	for _, module := range info.Deps {
		module = actual(module)
		p := part{name: module.Path, version: module.Version, kind: goModule, sum: module.Sum}
		if err := p.license(folders[module.Path+"@"+module.Version]); err != nil {
			return nil, stamp{}, err
		}
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.name, b.name) })
	return parts, stamp{module: info.Main.Path, goVersion: info.GoVersion}, nil
}

// actual is the module itself, or what stands in its place.
func actual(module *debug.Module) *debug.Module {
	if module.Replace != nil {
		return module.Replace
	}
	return module
}

// download is where each module lies in the cache, by path@version.
func download(modules []*debug.Module) (map[string]string, error) {
	args := []string{"mod", "download", "-json"}
	for _, module := range modules {
		module = actual(module)
		args = append(args, module.Path+"@"+module.Version)
	}
	command := exec.Command("go", args...)
	command.Stderr = os.Stderr
	said, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("download modules: %w", err)
	}
	folders := make(map[string]string)
	for decoder := json.NewDecoder(bytes.NewReader(said)); decoder.More(); {
		var one struct{ Path, Version, Dir string }
		if err := decoder.Decode(&one); err != nil {
			return nil, fmt.Errorf("read what go mod download says: %w", err)
		}
		folders[one.Path+"@"+one.Version] = one.Dir
	}
	return folders, nil
}

// standardLibrary is that of the Go that built the program, as long as this is the Go that is installed.
func standardLibrary(version string) (part, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return part{}, err
	}
	p := part{name: library, version: strings.TrimPrefix(version, "go"), kind: goModule}
	return p, p.license(strings.TrimSpace(string(root)))
}

// library is the standard library, which is no module of its own.
const library = "std"

// notices are the files of a module that say on which conditions it may be handed on. PATENTS is a grant to whoever has
// the program already, and asks for nothing.
var notices = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|copyright)([.-].*)?$`)

// license reads the notices of a module: those at its top, and those of what it holds of others.
func (p *part) license(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("read %s %s: %w", p.name, p.version, err)
		case entry.IsDir():
			return p.enter(path != folder, path)
		case !notices.MatchString(entry.Name()), filepath.Ext(entry.Name()) == ".go":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		p.add(entry.Name(), text)
		return nil
	})
}

// enter leaves out folders of which nothing can be in a program: those without Go, and what is below Go's own, which are its tools.
func (p *part) enter(below bool, folder string) error {
	name := filepath.Base(folder)
	if below && (p.name == library || name == "testdata" || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || !hasGo(folder)) {
		return filepath.SkipDir
	}
	return nil
}

// hasGo says whether a folder, or one below it, holds a Go file.
func hasGo(folder string) bool {
	found := false
	_ = filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error { // what cannot be read is met by license itself
		if err == nil && filepath.Ext(path) == ".go" {
			found = true
			return filepath.SkipAll
		}
		return nil
	})
	return found
}

// sayNothing are files that need not hold a licence: they say whose the module is.
var sayNothing = regexp.MustCompile(`(?i)^(notice|copyright)`)

func (p *part) add(file string, text []byte) {
	plain := strings.TrimRight(strings.ReplaceAll(string(text), "\r\n", "\n"), " \t\n")
	if slices.Contains(p.texts, plain) {
		return
	}
	p.texts = append(p.texts, plain)
	found := licensecheck.Scan(text)
	for _, match := range found.Match {
		if !match.IsURL && !slices.Contains(p.ids, match.ID) {
			p.ids = append(p.ids, match.ID)
		}
	}
	slices.Sort(p.ids)
	if len(found.Match) == 0 && !sayNothing.MatchString(file) {
		p.unknown = append(p.unknown, file)
	}
}
