package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// choice are the benchmarks of one package that a regular expression fits.
type choice struct{ pkg, benchmarks string }

// readList reads a choice from each line: a package and an expression. What stands behind # is a comment.
func readList(text string) ([]choice, error) {
	var all []choice
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) != 2 {
			return nil, fmt.Errorf("%q is no package with a regular expression", strings.TrimSpace(line))
		}
		if _, err := regexp.Compile(words[1]); err != nil {
			return nil, err
		}
		all = append(all, choice{pkg: words[0], benchmarks: words[1]})
	}
	if len(all) == 0 {
		return nil, errors.New("it names no benchmark")
	}
	return all, nil
}
