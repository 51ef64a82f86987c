package main

import (
	"fmt"
	"runtime"
)

// part is something of somebody else's that is in the program.
type part struct {
	name    string
	version string
	kind    kind
	sum     string   // as go.sum has it; empty for what is in the page
	ids     []string // of its licences, as SPDX names them
	unknown []string // files that hold no licence that is known, for the message
	texts   []string // its licences and notices; empty for what is in the page, which has them itself
}

// kind says where a part comes from, in the words of package URLs.
type kind string

const (
	goModule   kind = "golang"
	npmPackage kind = "npm"
)

// url is the part's package URL.
func (p part) url() string {
	return fmt.Sprintf("pkg:%s/%s@%s", p.kind, escaped(p.name), escaped(p.version))
}

// inventory is all that a program is made of.
type inventory struct {
	build    stamp
	modules  []part // the standard library among them
	packages []part
}

func (i inventory) parts() []part { return append(append([]part(nil), i.modules...), i.packages...) }

func read(binary, page string) (inventory, error) {
	modules, build, err := modulesOf(binary)
	if err != nil {
		return inventory{}, fmt.Errorf("read the modules of %s: %w", binary, err)
	}
	std, err := standardLibrary(build.goVersion)
	if err != nil {
		return inventory{}, fmt.Errorf("read the licence of Go (%s here): %w", runtime.Version(), err)
	}
	packages, err := packagesOf(page)
	if err != nil {
		return inventory{}, fmt.Errorf("read the licences of the page: %w", err)
	}
	return inventory{build: build, modules: append([]part{std}, modules...), packages: packages}, nil
}
