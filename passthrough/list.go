package passthrough

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// List is the table of routes for people, the most specific first.
func (p *Plan) List() string {
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, row := range p.table.Routes() {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", row.Methods, host(row.Host), row.Path, p.leads(row.Rule), row.With)
	}
	_ = table.Flush() // to a string
	return out.String()
}

func host(of string) string {
	if of == "*" {
		return ""
	}
	return of
}

// leads says where a rule's requests go, and what is shown of the answer.
func (p *Plan) leads(rule int) string {
	if rule >= len(p.routes) {
		return "operation " + p.operations[rule-len(p.routes)].Name
	}
	r := p.routes[rule]
	to := r.usual.service + r.usual.path.text
	if moved := len(r.shares); moved > 0 {
		to += fmt.Sprintf(", %d%% elsewhere", r.shares[moved-1].below)
	}
	switch {
	case r.Raw:
		return to + " raw"
	case r.Returns != "":
		return to + " " + r.Returns
	default:
		return to + " in part"
	}
}
