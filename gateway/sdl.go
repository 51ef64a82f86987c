package gateway

import (
	"bytes"
	"net/http"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// sdlPath is where the schema is served as a text. GraphQL's tools know by the end of a URL that it is one.
const sdlPath = "/schema.graphql"

// sdl serves the schema to those who may ask for it, and of it what they see by introspection.
func (e *edition) sdl() http.Handler {
	c, served, visible := e.config.GraphQL, e.execution.Schema(), e.execution.fields.visible
	may := introspecting(c)
	text := func(of *ast.Schema) http.Handler {
		return published(formatSDL(of), "text/plain; charset=utf-8", "private, no-cache")
	}
	whole := text(served)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := auth.FromContext(r.Context())
		switch {
		case !may.lets(caller):
			denySchema(w, r, caller)
		case visible == nil:
			whole.ServeHTTP(w, r)
		default:
			text(visible(r.Context())).ServeHTTP(w, r)
		}
	})
}

// denySchema answers a caller who may not ask for the schema.
func denySchema(w http.ResponseWriter, r *http.Request, caller auth.Principal) {
	kind, reason := problem.Forbidden, audit.Forbidden
	if caller.Anonymous() {
		kind, reason = problem.Unauthenticated, audit.Unauthenticated
		w.Header().Set("WWW-Authenticate", auth.Challenge)
	}
	audit.From(r.Context()).Deny(ruleIntrospection, reason)
	refuse(w, r, problem.New(kind, ""))
}

// formatSDL writes a schema without what is said in it to the gateway alone: of the directives only those are left that the
// schema declares, or that every schema does.
func formatSDL(s *ast.Schema) []byte {
	shown := *s
	shown.Types = make(map[string]*ast.Definition, len(s.Types))
	for name, each := range s.Types {
		shown.Types[name] = shownType(s, each)
	}
	shown.SchemaDirectives = shownDirectives(s, s.SchemaDirectives)
	var text bytes.Buffer
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatSchema(&shown)
	return text.Bytes()
}

func shownType(s *ast.Schema, of *ast.Definition) *ast.Definition {
	shown := *of
	shown.Directives = shownDirectives(s, of.Directives)
	shown.Fields = make(ast.FieldList, len(of.Fields))
	for i, field := range of.Fields {
		one := *field
		one.Directives = shownDirectives(s, field.Directives)
		one.Arguments = make(ast.ArgumentDefinitionList, len(field.Arguments))
		for n, argument := range field.Arguments {
			an := *argument
			an.Directives = shownDirectives(s, argument.Directives)
			one.Arguments[n] = &an
		}
		shown.Fields[i] = &one
	}
	shown.EnumValues = make(ast.EnumValueList, len(of.EnumValues))
	for i, value := range of.EnumValues {
		one := *value
		one.Directives = shownDirectives(s, value.Directives)
		shown.EnumValues[i] = &one
	}
	return &shown
}

func shownDirectives(s *ast.Schema, all ast.DirectiveList) (shown ast.DirectiveList) {
	for _, each := range all {
		if s.Directives[each.Name] != nil {
			shown = append(shown, each)
		}
	}
	return shown
}

// serveSDL lets paths lead to the schema.
func (p *routes) serveSDL(router *paths) {
	if p.sdl == nil {
		return
	}
	router.lead(sdlPath, p.sdl,
		middleware.EnterDoor(middleware.DoorGraphQL, p.metrics),
		p.audited(middleware.DoorGraphQL, sdlPath),
		p.from(p.config.GraphQL.Networks),
		p.questions,
		p.gate.Door(middleware.DoorGraphQL).Admit(p.config.GraphQL.Priorities.Claimed),
		p.named(ratelimit.Request{Door: ratelimit.DoorGraphQL}),
		p.compress(),
	)
}
