package describe

import (
	"strings"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/jsonschema"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
)

// shown is the body of an answer that the contract describes at a place.
func (b *book) shown(r *Route, version string, node openapi.Node) (content, error) {
	if r.Shows == nil {
		return content{media: asJSON, schema: jsonschema.Schema{}}, nil
	}
	schema, through, err := b.answered(r, version, node)
	if err != nil {
		return content{}, err
	}
	if !through {
		schema = jsonschema.Schema{"type": "null"} // of which nothing goes through
	}
	return content{media: asJSON, schema: schema, examples: b.parts.generated(schema)}, nil
}

func (b *book) answered(r *Route, version string, node openapi.Node) (jsonschema.Schema, bool, error) {
	var named, top []string
	for _, path := range r.Expose {
		switch path, counted := strings.CutPrefix(path, "/"); {
		case counted && r.Shows.Envelope != nil:
			top = append(top, path)
		default:
			named = append(named, path)
		}
	}
	if r.Shows.Envelope == nil {
		schema, through, err := b.records(&filter{named: named}, r, typeName(r.Returns, version), node, r.Shows.Shape)
		if len(r.Shows.Guards) > 0 {
			fewer(schema)
		}
		return schema, through, err
	}
	f := &filter{named: top}
	f.record = func(pointer string, node openapi.Node) (jsonschema.Schema, bool, bool, error) {
		for _, each := range r.Shows.Records {
			if each.Pointer != pointer {
				continue
			}
			shape := each.Shape
			if shape == nil {
				shape = r.Shows.Shape
			}
			schema, through, err := b.records(&filter{named: named}, r, typeName(r.Parts[pointer], version), node, shape)
			if through && len(r.Shows.Guards)+len(each.Guards) > 0 {
				schema = perhaps(schema)
			}
			return schema, through, true, err
		}
		return nil, false, false, nil
	}
	return f.of(node, r.Shows.Envelope, "")
}

// records is the schema of a record, or of a list of them, by the client's names. Each is described once for the whole document.
func (b *book) records(
	f *filter, r *Route, name string, node openapi.Node, shape *reshape.Shape,
) (jsonschema.Schema, bool, error) {
	schema, through, err := f.of(node, shape, "")
	if err != nil || !through {
		return nil, false, err
	}
	arrange(schema, r.Shows, r.Added)
	return b.parts.named(name, schema), true, nil
}

// typeName is what the records of a type are called, which are others in each version: UserV1.
func typeName(name, version string) string {
	if name == "" {
		return ""
	}
	return name + strings.ToUpper(version)
}
