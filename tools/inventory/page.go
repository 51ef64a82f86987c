package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// heading is the line that begins what web/graphiql/build.mjs writes of each package: its name, its version, and the licence that
// its package.json names.
var heading = regexp.MustCompile(`^(\S+) (\d\S*): (.+)$`)

// packagesOf are the packages that are in the page.
func packagesOf(file string) ([]part, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	unzipped, err := gzip.NewReader(opened)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, err
	}
	return packagesIn(string(text))
}

// packagesIn reads them. A notice may hold such a rule itself: what begins without a heading is more of the package before.
func packagesIn(text string) ([]part, error) {
	var parts []part
	for section := range strings.SplitSeq(text, "\n\n"+strings.Repeat("-", 80)+"\n\n") {
		first, _, _ := strings.Cut(section, "\n")
		said := heading.FindStringSubmatch(first)
		if said == nil && len(parts) > 0 {
			continue
		}
		if said == nil {
			return nil, fmt.Errorf("the file does not begin with NAME VERSION: LICENCE, but with %q", first)
		}
		parts = append(parts, part{name: said[1], version: said[2], kind: npmPackage, ids: []string{said[3]}})
	}
	return parts, nil
}
