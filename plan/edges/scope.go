package edges

import (
	"go/ast"
	"path"
	"strconv"
	"strings"
)

// scope is what names mean inside of one method. Where a method has no name for a thing, "" or _, no identifier means it.
type scope struct {
	program   *program
	file      *ast.File
	local     map[string]bool // all that the method names itself
	receiver  string
	ctx       string
	object    string   // empty for the query's fields
	of        ast.Expr // the object's type
	arguments []string
}

// newScope reads a method's head. The methods of a resolver take a context, the object if query is false, and the arguments.
func newScope(p *program, m method, query bool) *scope {
	s := &scope{program: p, file: m.file, local: make(map[string]bool)}
	if names := m.decl.Recv.List[0].Names; len(names) == 1 {
		s.receiver = names[0].Name
		s.local[s.receiver] = true
	}
	_, parameters := receiver(m.decl)
	for _, parameter := range parameters {
		name, _ := ident(parameter)
		s.local[name] = true
	}
	for i, parameter := range flat(m.decl.Type.Params) {
		s.local[parameter.name] = true
		switch {
		case i == 0:
			s.ctx = parameter.name
		case i == 1 && !query:
			s.object, s.of = parameter.name, parameter.of
		default:
			s.arguments = append(s.arguments, parameter.name)
		}
	}
	for _, result := range flat(m.decl.Type.Results) {
		s.local[result.name] = true
	}
	return s
}

type parameter struct {
	name string
	of   ast.Expr
}

// flat has a parameter for each name, and for each type without one.
func flat(fields *ast.FieldList) []parameter {
	if fields == nil {
		return nil
	}
	var all []parameter
	for _, field := range fields.List {
		if len(field.Names) == 0 {
			all = append(all, parameter{of: field.Type})
		}
		for _, name := range field.Names {
			all = append(all, parameter{name.Name, field.Type})
		}
	}
	return all
}

// is reports whether an expression is just the parameter or receiver of this name.
func (s *scope) is(x ast.Expr, name string) bool {
	found, ok := ident(x)
	return ok && name != "" && found == name
}

// null reports whether an expression is nil, and nil is what it always is.
func (s *scope) null(x ast.Expr) bool {
	return s.is(x, "nil") && !s.local["nil"] && len(s.program.declared["nil"]) == 0
}

// function reports whether an expression is just the package's own function of this name.
func (s *scope) function(x ast.Expr, name string) bool {
	return s.is(x, name) && !s.local[name] && s.program.function(name) && len(s.imports(name)) == 0
}

// imported reports whether an expression is just the name of an imported package, which is the package's usual name.
func (s *scope) imported(x ast.Expr, name string) bool {
	if !s.is(x, name) || s.local[name] || len(s.program.declared[name]) != 0 {
		return false
	}
	paths := s.imports(name)
	return len(paths) == 1 && strings.HasSuffix(paths[0], "/"+name)
}

// imports are the paths of what the file imports under a name.
func (s *scope) imports(name string) []string {
	var paths []string
	for _, spec := range s.file.Imports {
		at, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		as := path.Base(at)
		if spec.Name != nil {
			as = spec.Name.Name
		}
		if as == name {
			paths = append(paths, at)
		}
	}
	return paths
}
