package raw

import (
	"reflect"
	"slices"
	"sync"
)

// Layout is what is wanted of records. It is never changed, and safe for concurrent use.
type Layout struct {
	goType  reflect.Type // of the record
	whole   *members
	columns *columns
	pool    sync.Pool
}

// columns are what rows are made of. Column 0 says of which record a row is.
type columns struct {
	missing []string
	copied  []copied
	lists   []*columns
}

// members are those that an object's Go type declares, with where their values go.
type members struct {
	object *object
	list   []member
}

// member is a member's field and where its values go. Column 0 is none.
type member struct {
	*field
	text, id, present int
	onlyKey           bool
	rows              int      // of a list: which of the row's lists has its elements
	part              *members // of partKind and listKind
}

// Layout is what is wanted of the whole record by now.
func (b *Builder) Layout() *Layout {
	whole := b.whole
	return &Layout{goType: whole.goType, whole: whole.members(), columns: whole.table.columns()}
}

func (b *Builder) members() *members {
	made := &members{object: b.object, list: make([]member, len(b.object.fields))}
	for i := range b.object.fields {
		f, wanted := &b.object.fields[i], b.wants[i]
		made.list[i] = member{
			field: f,
			text:  wanted.text, id: wanted.id, present: wanted.present, onlyKey: wanted.onlyKey, rows: wanted.list,
		}
		if f.part == nil {
			continue
		}
		if wanted.part == nil {
			wanted.part = within(f.part, nil) // it is checked, and nothing of it is kept
		}
		made.list[i].part = wanted.part.members()
	}
	return made
}

func (t *table) columns() *columns {
	made := &columns{missing: slices.Clone(t.missing), copied: slices.Clone(t.copied)}
	for _, each := range t.lists {
		made.lists = append(made.lists, each.table.columns())
	}
	return made
}

// find is the member of a name, -1 for one that is not declared.
func (o *object) find(name []byte) int {
	if len(name) < len(o.byLength) {
		for _, i := range o.byLength[len(name)] {
			if string(name) == o.fields[i].name {
				return int(i)
			}
		}
	}
	return -1
}
