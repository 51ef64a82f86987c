package graphqlhttp

import "testing"

func TestNegotiateChoosesWhatTheClientLikesBest(t *testing.T) {
	const none Form = ""
	for accept, want := range map[string]Form{
		"":                                  PlainJSON,
		"*/*":                               PlainJSON,
		"application/*":                     PlainJSON,
		"application/json":                  PlainJSON,
		"application/graphql-response+json": GraphQLJSON,
		"application/graphql-response+json, application/json;q=0.9": GraphQLJSON,
		"application/graphql-response+json, application/json":       GraphQLJSON,
		"application/json, application/graphql-response+json;q=0.5": PlainJSON,
		"application/graphql-response+json;q=0.1, */*;q=0":          GraphQLJSON,
		"application/json; charset=utf-8":                           PlainJSON,
		"APPLICATION/JSON":                                          PlainJSON,
		"text/html, */*;q=0.1":                                      PlainJSON,
		"text/html":                                                 none,
		"application/json;q=0":                                      none,
		"*/*;q=0":                                                   none,
		"application/json;q=2":                                      none,
		";;;":                                                       none,
		"image/*, application/graphql-response+json;q=0":            none,
	} {
		got, ok := Negotiate([]string{accept})
		if got != want || ok != (want != none) {
			t.Errorf("Accept %q is answered by %q, %t, want %q", accept, got, ok, want)
		}
	}
	if got, ok := Negotiate(nil); got != PlainJSON || !ok {
		t.Errorf("no Accept at all is answered by %q, %t, want %q", got, ok, PlainJSON)
	}
}

func FuzzNegotiate(f *testing.F) {
	for _, seed := range []string{"", "*/*", "application/json;q=0.5", "a/b;q=,;", "\"", ",,,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		form, ok := Negotiate([]string{accept})
		if ok != (form == PlainJSON || form == GraphQLJSON) {
			t.Errorf("Accept %q is answered by %q, %t", accept, form, ok)
		}
	})
}
