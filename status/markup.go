package status

import "html"

// literal is text of the program's own, which may be markup. A variable of type string is none: what strangers wrote cannot get
// past the escaping by mistake. The packages for templates are not used, since they double the size of the program.
type literal string

// markup is a page that is being written. All of it is one line, as an event needs it.
type markup struct{ text []byte }

// raw adds markup.
func (m *markup) raw(parts ...literal) {
	for _, part := range parts {
		m.text = append(m.text, part...)
	}
}

// say adds text, also to an attribute in double quotes.
func (m *markup) say(text string) {
	m.text = append(m.text, html.EscapeString(plainLine(text))...)
}

// element adds an element with text. The class may be empty.
func (m *markup) element(name, class literal, text string) {
	m.raw("<", name)
	if class != "" {
		m.raw(` class="`, class, `"`)
	}
	m.raw(">")
	m.say(text)
	m.raw("</", name, ">")
}

// section adds a part of the page under a heading.
func (m *markup) section(id, heading literal, inside func()) {
	m.raw(`<section id="`, id, `" aria-labelledby="`, id, `-h"><h2 id="`, id, `-h">`, heading, "</h2>")
	inside()
	m.raw("</section>")
}

// column is one of a table.
type column struct {
	name   literal
	number bool
}

// cell is one of a table. The class says how it looks, and the text all that it means.
type cell struct {
	text  string
	class literal
}

// of are cells without a class.
func of(texts ...string) []cell {
	cells := make([]cell, len(texts))
	for i, text := range texts {
		cells[i].text = text
	}
	return cells
}

// table adds a table, whose rows are named by their first cell. Narrow screens show each row as a list: hence the roles, which a
// table loses that is laid out otherwise. Without rows a sentence stands there instead.
func (m *markup) table(caption, none literal, columns []column, rows [][]cell) {
	if len(rows) == 0 {
		m.raw("<p>", none, "</p>")
		return
	}
	m.raw(`<table role="table"><caption>`, caption, `</caption><thead role="rowgroup"><tr role="row">`)
	for _, each := range columns {
		m.raw(`<th scope="col" role="columnheader"`, each.class(""), ">", each.name, "</th>")
	}
	m.raw(`</tr></thead><tbody role="rowgroup">`)
	for _, row := range rows {
		m.raw(`<tr role="row">`)
		for i, each := range row {
			m.cell(columns[i], each, i == 0)
		}
		m.raw("</tr>")
	}
	m.raw("</tbody></table>")
}

func (m *markup) cell(in column, one cell, head bool) {
	name, role := literal("td"), literal(`" role="cell"`)
	if head {
		name, role = "th", `" scope="row" role="rowheader"`
	}
	m.raw("<", name, ` data-label="`, in.name, role, in.class(one.class), "><bdi>")
	m.say(one.text)
	m.raw("</bdi></", name, ">")
}

func (c column) class(more literal) literal {
	switch {
	case c.number && more != "":
		return ` class="n ` + more + `"`
	case c.number:
		return ` class="n"`
	case more != "":
		return ` class="` + more + `"`
	default:
		return ""
	}
}
