package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Text is an explanation in lines: one for each fetch, one for each field that rules are asked about, one for each service.
func (e Explanation) Text() string {
	var b strings.Builder
	if e.Execution != ByPlan {
		b.WriteString("not planned: ")
		if e.Field != "" {
			b.WriteString(e.Field + ": ")
		}
		return b.String() + e.Why + "\n"
	}
	if len(e.Included) > 0 {
		fmt.Fprintf(&b, "with all that @skip and @include may leave out by $%s\n\n", strings.Join(e.Included, ", $"))
	}
	if len(e.Levels) == 0 {
		return b.String() + "no service is asked\n"
	}
	e.table(&b, "level\tread\tservice\tby\tcalls\tkeys\trecords\tfor\tkeeps", Explanation.fetches)
	e.table(&b, "\nfield\trules", Explanation.rules)
	e.table(&b, "\nat most\tcalls\tkeys\trecords", Explanation.services)
	return b.String()
}

// table appends lines whose columns are aligned, unless there are none but the first.
func (e Explanation) table(b *strings.Builder, head string, rows func(Explanation) []string) {
	lines := rows(e)
	if len(lines) == 0 {
		return
	}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, head)
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	_ = w.Flush() // a builder takes everything
}

func (e Explanation) fetches() []string {
	var lines []string
	for i, level := range e.Levels {
		for _, f := range level.Fetches {
			purposes := slices.Clone(f.Paths)
			for _, path := range f.OwnersOf {
				purposes = append(purposes, "owners of "+path)
			}
			lines = append(lines, fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s\t%s", i+1, f.Read, f.Service, f.By, f.amounts(),
				strings.Join(purposes, ", "), strings.Join(f.Keeps, ", ")))
		}
	}
	return lines
}

// rules are in the order of their fields' paths: they stand with the fetches, and what leads to a field may come later.
func (e Explanation) rules() []string {
	var lines []string
	for _, level := range e.Levels {
		for _, f := range level.Fetches {
			for _, asked := range f.Rules {
				lines = append(lines, asked.Path+"\t"+strings.Join(asked.Rules, ", "))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func (e Explanation) services() []string {
	lines := make([]string, len(e.Services))
	for i, d := range e.Services {
		lines[i] = d.Service + "\t" + d.amounts()
	}
	return lines
}

func (d Demand) amounts() string {
	return amountOf(d.Calls) + "\t" + amountOf(d.Keys) + "\t" + amountOf(d.Records)
}

func amountOf(n int) string {
	if n >= Countless {
		return "countless"
	}
	return strconv.Itoa(n)
}
