package plan

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/plan/edges"
	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// surveyor finds the ways of all fields.
type surveyor struct {
	*Planner
	unread   map[reflect.Type]error // Go types that cannot be read raw
	mistakes []error
}

func (s *surveyor) survey() {
	for _, object := range s.Schema.Types {
		if object.Kind != ast.Object || strings.HasPrefix(object.Name, "__") {
			continue
		}
		for _, field := range object.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			s.ways[field] = s.guarded(s.way(object, field), field)
		}
	}
	s.within()
}

// guarded adds what decides about a field, if that can be obeyed there.
func (s *surveyor) guarded(found way, field *ast.FieldDefinition) way {
	found.guard = s.Policy.Field(field)
	if found.guard == nil {
		return found
	}
	for _, rule := range found.guard.Rules {
		if !obeyed(rule) {
			return way{why: rule.Name + " asks for other records before it"}
		}
	}
	if found.kind.ofPage() && len(found.guard.Rules) > 0 {
		return way{why: whyWithin}
	}
	return found
}

// obeyed reports whether a rule about a field can be decided by what is there before anything is fetched for it.
func obeyed(rule *policy.Rule) bool {
	owner := rule.Owner
	return owner == nil || owner.Self || owner.AtHand() || len(owner.Argument) == 1 && len(owner.Steps) == 1
}

// within takes the ways of fields that lead on from parts of records, and of those that decide about a part of an amount.
func (s *surveyor) within() {
	for field, found := range s.ways {
		for _, below := range s.Schema.Types[field.Type.Name()].Fields {
			switch of := s.ways[below]; {
			case found.kind == part && (of.kind == list || of.kind == one || of.kind == several || of.kind == many):
				s.ways[below] = way{why: whyPart}
			case found.kind == money && of.guard != nil:
				s.ways[below] = way{why: "it has a policy of its own within an amount"}
			}
		}
	}
}

func (s *surveyor) way(object *ast.Definition, field *ast.FieldDefinition) way {
	if name := s.foreign(object, field); name != "" {
		return way{why: "it has the directive @" + name + ", which gqlgen runs"}
	}
	switch {
	case object == s.Schema.Mutation || object == s.Schema.Subscription:
		return way{why: "it is no query"}
	case s.remade(object, field):
		return way{why: "its resolver does not hand on what its page has"}
	case s.isPage(object):
		return ofPage(field.Name)
	case object.Name == "PageInfo":
		return way{kind: infoField, member: field.Name}
	case s.isEnd(object):
		return ofEnd(field.Name)
	case s.Resolved(object.Name, field.Name):
		return s.resolved(object, field)
	case len(field.Arguments) > 0:
		return way{why: "it takes arguments and has no resolver"}
	default:
		return s.member(object, field)
	}
}

// foreign is a directive that may decide what a field shows, and that is not the policy's. Empty is none.
func (s *surveyor) foreign(object *ast.Definition, field *ast.FieldDefinition) string {
	all := slices.Concat(object.Directives, field.Directives)
	for _, argument := range field.Arguments {
		all = append(all, argument.Directives...)
	}
	for _, directive := range all {
		if !slices.Contains(policy.Directives(), directive.Name) && !slices.Contains(stated(), directive.Name) {
			return directive.Name
		}
	}
	return ""
}

// stated are the directives that say something of a field to whoever reads the schema. gqlgen does nothing about them.
func stated() []string {
	return []string{"from", "deprecated", "cost", "listSize", "cacheControl", ratelimit.Directive}
}

// remade reports whether a field of a connection or of its edges has a resolver that does something of its own.
func (s *surveyor) remade(object *ast.Definition, field *ast.FieldDefinition) bool {
	if !s.isPage(object) && !s.isEnd(object) || !s.Resolved(object.Name, field.Name) {
		return false
	}
	edge, ok := s.Edges.Edge(object.Name, field.Name)
	return !ok || edge.Kind != edges.AtHand
}

// resolved is the way of a field with a resolver.
func (s *surveyor) resolved(object *ast.Definition, field *ast.FieldDefinition) way {
	edge, ok := s.Edges.Edge(object.Name, field.Name)
	switch {
	case !ok:
		return way{why: "its resolver " + s.Edges.Why(object.Name, field.Name)}
	case !s.agrees(object, field, edge):
		return way{why: "its resolver and @from do not agree"}
	case !edge.Takes(argumentNames(field)...):
		return way{why: "its resolver has other parameters than the field has arguments"}
	case !readable(field.Arguments, edge.Kind == edges.Page):
		return way{why: "it takes arguments that plans do not read"}
	case edge.Kind == edges.AtHand:
		return s.atHand(field, edge)
	case edge.Kind == edges.Page:
		return s.pageOf(field, edge)
	default:
		return s.recordOf(field, edge)
	}
}

// agrees holds a resolver to what the field says that it is made of: the policy goes by @from, and calls by the resolver.
func (s *surveyor) agrees(object *ast.Definition, field *ast.FieldDefinition, edge edges.Edge) bool {
	made, ok := s.Fields.Field(object.Name, field.Name)
	member := cmp.Or(edge.Key.Member, edge.Of.Member)
	if !ok || member == "" || edge.Kind == edges.AtHand {
		return true
	}
	of, ok := made.Record.FieldByName(member)
	name, _, _ := strings.Cut(of.Tag.Get("json"), ",")
	if ok && slices.Equal(made.Members, []string{name}) {
		return true
	}
	said := strings.Join(made.Members, ", ")
	s.mistakes = append(s.mistakes, fmt.Errorf("%s: @from names %s, and its resolver goes by %s", made, said, member))
	return false
}

func argumentNames(field *ast.FieldDefinition) []string {
	names := make([]string, len(field.Arguments))
	for i, argument := range field.Arguments {
		names[i] = argument.Name
	}
	return names
}

func (s *surveyor) atHand(field *ast.FieldDefinition, edge edges.Edge) way {
	if field.Type.Elem == nil || field.Type.Elem.Elem != nil || len(field.Arguments) > 0 {
		return way{why: "its resolver hands on something that is no list of parts"}
	}
	return way{kind: list, member: edge.Key.Member, edge: edge}
}

// recordOf is the way of a field that leads to the record of a key, or to its records.
func (s *surveyor) recordOf(field *ast.FieldDefinition, edge edges.Edge) way {
	read, ok := s.Reads.ByID(edge.Read)
	switch {
	case !ok:
		return way{why: "its resolver loads by " + edge.Read + ", which does not read by ids"}
	case field.Type.NonNull:
		return way{why: "it must be nullable: the service may not answer"}
	case s.unreadable(read.Record) != nil:
		return way{why: s.unreadable(read.Record).Error()}
	case read.Many:
		return way{kind: several, edge: edge}
	default:
		return way{kind: one, edge: edge}
	}
}

// pageOf is the way of a field that leads to a page of records.
func (s *surveyor) pageOf(field *ast.FieldDefinition, edge edges.Edge) way {
	read, ok := s.Reads.ByPart(edge.Read)
	switch {
	case !ok:
		return way{why: "its resolver loads by " + edge.Read + ", which does not read lists"}
	case field.Type.NonNull || !s.isPage(s.Schema.Types[field.Type.Name()]):
		return way{why: "it must be a connection, and nullable: the list may be missing"}
	case s.unreadable(read.Record) != nil:
		return way{why: s.unreadable(read.Record).Error()}
	}
	return way{kind: many, edge: edge}
}

// unreadable is why records of a Go type cannot be read raw, nil where they can.
func (s *surveyor) unreadable(t reflect.Type) error {
	if _, known := s.types[t]; known {
		return nil
	}
	if err, known := s.unread[t]; known {
		return err
	}
	read, err := raw.NewType(t)
	if err != nil {
		s.unread[t] = err
		return err
	}
	s.types[t] = read
	return nil
}

// isPage reports whether a type is a connection, of what package page makes.
func (s *surveyor) isPage(object *ast.Definition) bool {
	info := object.Fields.ForName("pageInfo")
	shows := object.Fields.ForName("nodes") != nil || object.Fields.ForName("edges") != nil
	return shows && info != nil && info.Type.Name() == "PageInfo"
}

// isEnd reports whether a type is the edge of a connection.
func (s *surveyor) isEnd(object *ast.Definition) bool {
	return object.Fields.ForName("node") != nil && object.Fields.ForName("cursor") != nil
}

func ofPage(name string) way {
	switch name {
	case "nodes":
		return way{kind: nodes}
	case "edges":
		return way{kind: ends}
	case "pageInfo":
		return way{kind: info}
	default:
		return way{why: "connections have no such field"}
	}
}

func ofEnd(name string) way {
	switch name {
	case "node":
		return way{kind: node}
	case "cursor":
		return way{kind: cursor}
	default:
		return way{why: "edges have no such field"}
	}
}
