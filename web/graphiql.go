// Package web answers what a person with a browser gets to see: the GraphiQL page, which is part of the program and loads
// nothing from elsewhere, and what the status page loads, which package status writes.
//
// graphiql/ holds the page's source and dist/ what its build makes of it, in the form in which it is served. status/ is served as
// it is.
package web

import (
	"embed"
	"encoding/json"
	"net/http"
)

//go:embed dist
var dist embed.FS

// Settings are what the page learns when it opens. Whoever can open the page can read them.
type Settings struct {
	// Endpoint is the URL that operations are sent to, relative to the page. Empty is /graphql.
	Endpoint string `json:"endpoint"`
	// Query is what the editor shows on the first visit. Empty is GraphiQL's own greeting.
	Query string `json:"query,omitempty"`
	// Tokens are callers to choose from, the first one chosen, beside "nobody". Without any there is no choice to make,
	// and operations carry the headers typed into the page alone.
	Tokens []Token `json:"tokens,omitempty"`
	// TraceScope is the scope of callers who may see the calls of an operation, empty where nobody may.
	TraceScope string `json:"trace_scope,omitempty"`
}

// Token lets the page speak as somebody.
type Token struct {
	// Name is whom the page says it is signed in as.
	Name string `json:"name"`
	// Value is the bearer token.
	Value string `json:"value"`
}

// contentSecurityPolicy keeps the page to its own origin. Monaco writes style elements as it goes, hence unsafe-inline, and
// draws with images inside its style sheet, hence data.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; " +
	"img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// GraphiQL serves the page at / and all that it loads below /graphiql/.
func GraphiQL(settings Settings) http.Handler {
	if settings.Endpoint == "" {
		settings.Endpoint = "/graphql"
	}
	known, _ := json.Marshal(settings) // strings always marshal
	page := files{"/graphiql/settings.json": newFile("settings.json", compress(known), revalidate)}
	page.add("/graphiql/assets/", "dist/assets", immutable)
	page.add("/graphiql/", "dist", revalidate)
	page["/"] = page["/graphiql/index.html"]
	delete(page, "/graphiql/index.html") // its links are relative to /
	return page
}
