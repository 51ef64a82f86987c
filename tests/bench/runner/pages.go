package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// page is a file about a run. It has the same name each time: version control keeps those of before.
type page struct {
	file, title, command string
	// plot is the file of a drawing that it shows. Empty is none.
	plot string
}

func figuresPage() page {
	return page{file: "latest.md", title: "The benchmark", command: "make bench", plot: "latest.svg"}
}

func scalePage() page {
	return page{file: "scale.md", title: "What costs are with more of everything", command: "make bench-scale"}
}

// write makes a page, where that is wanted.
func (b *bench) write(p page) error {
	if b.settings.write == "" {
		return nil
	}
	if err := os.MkdirAll(b.settings.write, 0o755); err != nil { //nolint:gosec // it is a directory of the sources
		return err
	}
	var text, plot bytes.Buffer
	if p.plot != "" {
		draw(&plot, b.figures)
		if err := b.save(p.plot, plot.Bytes()); err != nil {
			return err
		}
	}
	b.describe(&text, p, thisMachine(b.settings))
	return b.save(p.file, text.Bytes())
}

func (b *bench) save(name string, text []byte) error {
	return os.WriteFile(filepath.Join(b.settings.write, name), text, 0o644) //nolint:gosec // the same
}

// describe tells all that was found.
func (b *bench) describe(out io.Writer, p page, facts []fact) {
	fmt.Fprintf(out, "# %s, %s\n\n", p.title, b.began.UTC().Format(time.DateOnly))
	fmt.Fprintf(out, "Written by `%s`. [README.md](README.md) says how to read it.\n\n", p.command)
	if p.plot != "" {
		fmt.Fprintf(out, "![processor time of each server for a request](%s)\n\n", p.plot)
	}
	fmt.Fprintln(out, "| | |\n|---|---|")
	for _, f := range facts {
		fmt.Fprintf(out, "| %s | %s |\n", f.name, f.value)
	}
	fmt.Fprintf(out, "\n%s\n\n", b.settings.conditions())
	for _, t := range b.tables {
		t.markdown(out)
	}
}
