package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table is a part of what a run tells: figures, and what is said of them.
type table struct {
	title string
	head  []string
	rows  [][]string
	notes []string
}

// print writes it for a terminal.
func (t table) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n\n", t.title)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range append([][]string{t.head}, t.rows...) {
		fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	_ = w.Flush() // nobody is left to tell when a terminal has gone
	fmt.Fprintln(out)
	for _, note := range t.notes {
		fmt.Fprintln(out, note)
	}
}

// markdown writes it for a page.
func (t table) markdown(out io.Writer) {
	fmt.Fprintf(out, "## %s\n\n", escaped(t.title))
	line := func(cells []string) { fmt.Fprintf(out, "| %s |\n", escaped(strings.Join(cells, " | "))) }
	line(t.head)
	fmt.Fprintf(out, "|---|%s\n", strings.Repeat("---:|", len(t.head)-1))
	for _, row := range t.rows {
		line(row)
	}
	fmt.Fprintln(out)
	for _, note := range t.notes {
		fmt.Fprintf(out, "- %s\n", escaped(note))
	}
	if len(t.notes) > 0 {
		fmt.Fprintln(out)
	}
}

// escaped keeps what is a query, or a path with a name in it, from being read as marks.
func escaped(text string) string {
	return strings.NewReplacer("{", `\{`, "}", `\}`, "<", "&lt;", "_", `\_`).Replace(text)
}
