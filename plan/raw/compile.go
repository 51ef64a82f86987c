package raw

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// compiler finds out how types are read.
type compiler struct {
	within map[reflect.Type]bool // the types around the present one
}

func (c *compiler) object(t reflect.Type) (*object, error) {
	switch {
	case t.Kind() != reflect.Struct || readsItself(t):
		return nil, fmt.Errorf("%s is no struct that is read by its fields' names", t)
	case c.within[t]:
		return nil, fmt.Errorf("%s holds itself", t)
	}
	c.within[t] = true
	defer delete(c.within, t)
	made := new(object)
	made.usual.Store(new(shape))
	for each := range t.Fields() {
		if err := c.field(made, each); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, each.Name, err)
		}
	}
	if len(made.fields) > maxFields {
		return nil, fmt.Errorf("%s has more than %d members", t, maxFields)
	}
	if err := json.Unmarshal([]byte("{}"), reflect.New(t).Interface()); err != nil {
		return nil, err
	}
	made.index()
	return made, nil
}

// index sorts the fields by the lengths of their names.
func (o *object) index() {
	for i, f := range o.fields {
		for len(o.byLength) <= len(f.name) {
			o.byLength = append(o.byLength, nil)
		}
		o.byLength[len(f.name)] = append(o.byLength[len(f.name)], uint8(i))
	}
}

// field adds a field of a Go struct to the object.
func (c *compiler) field(to *object, from reflect.StructField) error {
	members, isMade := record.From(from)
	name, options, _ := strings.Cut(from.Tag.Get("json"), ",")
	switch {
	case from.Anonymous:
		return errors.New("it is embedded")
	case isMade:
		return to.made(from, members)
	case !from.IsExported() || from.Tag.Get("json") == "-":
		return nil
	case !isPlainName(name) || !arePlain(options):
		return fmt.Errorf("its json tag %q says more than a name", from.Tag.Get("json"))
	case name == "":
		name = from.Name
	}
	made := field{index: from.Index[0], goName: from.Name, name: name}
	if err := c.read(&made, from.Type); err != nil {
		return err
	}
	to.fields = append(to.fields, made)
	return nil
}

// made adds a field that is made of two members; that there are such members is seen when all fields are known.
func (o *object) made(from reflect.StructField, members []string) error {
	if len(members) != 2 {
		return fmt.Errorf("it is made of %d members and not of two", len(members))
	}
	currency, whole := strings.CutPrefix(members[1], "/")
	if strings.HasPrefix(members[0], "/") {
		return errors.New("its amount is a member of another object")
	}
	o.monies = append(o.monies, money{goName: from.Name, amount: members[0], currency: currency, whole: whole})
	return nil
}

// isPlainName reports whether a name is spelt in JSON as it is in Go.
func isPlainName(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.' && r != '$'
	}) < 0
}

// arePlain reports whether options of a json tag are only about writing.
func arePlain(options string) bool {
	for each := range strings.SplitSeq(options, ",") {
		if each != "" && each != "omitzero" && each != "omitempty" {
			return false
		}
	}
	return true
}
