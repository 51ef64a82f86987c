package edges

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
)

// program is the source of one package.
type program struct {
	declared map[string][]ast.Node // what the package declares under each name, but for methods
	methods  map[string][]method   // by the name of the receiver's type
}

// method is a method and the file where it stands, whose imports it sees.
type method struct {
	file *ast.File
	decl *ast.FuncDecl
}

func parse(source fs.FS) (*program, error) {
	names, err := fs.Glob(source, "*.go")
	if err != nil {
		return nil, fmt.Errorf("list the resolvers' source: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("the resolvers' source has no files")
	}
	p := &program{declared: make(map[string][]ast.Node), methods: make(map[string][]method)}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parseFile(source, name)
		if err != nil {
			return nil, fmt.Errorf("read the resolvers' source: %w", err)
		}
		// If a constrained file is in the program, then nothing else declares the same. So what the others declare holds.
		if !constrained(file) {
			p.add(file)
		}
	}
	return p, nil
}

func parseFile(source fs.FS, name string) (*ast.File, error) {
	text, err := fs.ReadFile(source, name)
	if err != nil {
		return nil, err
	}
	return parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
}

// constrained reports whether a file may not be in the program.
func constrained(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if constraint.IsGoBuild(comment.Text) || constraint.IsPlusBuild(comment.Text) {
				return true
			}
		}
	}
	return false
}

func (p *program) add(file *ast.File) {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				p.declare(spec)
			}
		case *ast.FuncDecl:
			if d.Recv == nil {
				p.declared[d.Name.Name] = append(p.declared[d.Name.Name], d)
			} else if of, _ := receiver(d); of != "" {
				p.methods[of] = append(p.methods[of], method{file, d})
			}
		}
	}
}

func (p *program) declare(spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		p.declared[s.Name.Name] = append(p.declared[s.Name.Name], s)
	case *ast.ValueSpec:
		for _, name := range s.Names {
			p.declared[name.Name] = append(p.declared[name.Name], s)
		}
	}
}

// exported are the methods of a type that gqlgen can ask for.
func (p *program) exported(of string) []method {
	var found []method
	for _, m := range p.methods[of] {
		if m.decl.Name.IsExported() {
			found = append(found, m)
		}
	}
	return found
}

// function reports whether a name is a function of the package, and nothing besides.
func (p *program) function(name string) bool {
	if len(p.declared[name]) != 1 {
		return false
	}
	_, ok := p.declared[name][0].(*ast.FuncDecl)
	return ok
}
