package routing

import "strings"

// Row is a line of the printed table: one way to reach a rule.
type Row struct {
	// Rule is the rule's index.
	Rule int
	// Methods are as in a pattern, such as "GET,PATCH", and * for every method.
	Methods string
	// Host is a name or a wildcard, and * for every host.
	Host string
	// Path is the whole pattern, with the version where the path names it.
	Path string
	// With is what else a request must have, such as "version v1 by API-Version or default, header X-Beta".
	With string
}

// Routes are the ways to reach the rules, in the order of precedence.
func (t *Table) Routes() []Row { return append([]Row(nil), t.rows...) }

func rowsOf(entries []*entry) []Row {
	rows := make([]Row, len(entries))
	for i, e := range entries {
		rows[i] = Row{
			Rule:    e.rule,
			Methods: orStar(strings.Join(e.methods, ",")),
			Host:    orStar(e.host),
			Path:    join(e.segments),
			With:    e.with(),
		}
	}
	return rows
}

func orStar(text string) string {
	if text == "" {
		return "*"
	}
	return text
}

func (e *entry) with() string {
	var parts []string
	if e.version != "" {
		parts = append(parts, "version v"+e.version+" by "+e.means())
	}
	for _, c := range e.conditions {
		parts = append(parts, c.String())
	}
	return strings.Join(parts, ", ")
}

// means are those by which the version can be named.
func (v *versions) means() string {
	var means []string
	if v.header {
		means = append(means, VersionHeader)
	}
	if v.media {
		means = append(means, "Accept")
	}
	if v.standard {
		means = append(means, "default")
	}
	return strings.Join(means, " or ")
}
