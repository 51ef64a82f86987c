package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// allowed are the licences under which something may be in the program, as SPDX names them. They ask for no more than that their
// text, and who wrote what, is handed on.
func allowed() []string {
	return []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "Zlib"}
}

// refuse names every part that may not be in the program.
func refuse(parts []part) error {
	var wrong []error
	for _, p := range parts {
		switch {
		case len(p.ids) == 0:
			wrong = append(wrong, fmt.Errorf("%s %s: no licence was found", p.name, p.version))
		case len(p.unknown) > 0:
			wrong = append(wrong, fmt.Errorf("%s %s: %s holds no licence that is known", p.name, p.version, strings.Join(p.unknown, ", ")))
		}
		for _, id := range p.ids {
			if !may(id) {
				wrong = append(wrong, fmt.Errorf("%s %s: the licence %s is not allowed", p.name, p.version, id))
			}
		}
	}
	return errors.Join(wrong...)
}

// may says whether a licence is allowed, or one that may be chosen: "(MPL-2.0 OR Apache-2.0)". Other expressions are not.
func may(expression string) bool {
	choices := strings.Split(strings.TrimSuffix(strings.TrimPrefix(expression, "("), ")"), " OR ")
	return slices.ContainsFunc(choices, func(id string) bool { return slices.Contains(allowed(), id) })
}
