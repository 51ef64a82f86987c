package main

import (
	"fmt"
	"strings"
)

const rule = "--------------------------------------------------------------------------------"

// texts are the licences of the modules: first which module is under which, then each text once, under the names of all whose text
// it is.
func (i inventory) texts() []byte {
	var text strings.Builder
	text.WriteString("Modules that are in the program, and their licences. Written by make licenses.\n\n")
	for _, m := range i.modules {
		fmt.Fprintf(&text, "%s: %s\n", m.title(), strings.Join(m.ids, ", "))
	}
	owners, order := i.byText()
	for _, one := range order {
		fmt.Fprintf(&text, "\n%s\n\n%s\n\n%s\n", rule, strings.Join(owners[one], "\n"), one)
	}
	return []byte(text.String())
}

// byText tells whose each text is, and in which order the texts come.
func (i inventory) byText() (owners map[string][]string, order []string) {
	owners = make(map[string][]string)
	for _, m := range i.modules {
		for _, one := range m.texts {
			if owners[one] == nil {
				order = append(order, one)
			}
			owners[one] = append(owners[one], m.title())
		}
	}
	return owners, order
}

// title is what people call the part.
func (p part) title() string {
	if p.name == library {
		return "Go and its standard library " + p.version
	}
	return p.name + " " + p.version
}
