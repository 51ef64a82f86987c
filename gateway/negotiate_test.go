package gateway

import "testing"

func TestNegotiateChoosesWhatTheClientLikesBest(t *testing.T) {
	const none mediaType = ""
	for accept, want := range map[string]mediaType{
		"":                                  plainJSON,
		"*/*":                               plainJSON,
		"application/*":                     plainJSON,
		"application/json":                  plainJSON,
		"application/graphql-response+json": graphqlJSON,
		"application/graphql-response+json, application/json;q=0.9": graphqlJSON,
		"application/graphql-response+json, application/json":       graphqlJSON,
		"application/json, application/graphql-response+json;q=0.5": plainJSON,
		"application/graphql-response+json;q=0.1, */*;q=0":          graphqlJSON,
		"application/json; charset=utf-8":                           plainJSON,
		"APPLICATION/JSON":                                          plainJSON,
		"text/html, */*;q=0.1":                                      plainJSON,
		"text/html":                                                 none,
		"application/json;q=0":                                      none,
		"*/*;q=0":                                                   none,
		"application/json;q=2":                                      none,
		";;;":                                                       none,
		"image/*, application/graphql-response+json;q=0":            none,
	} {
		got, ok := negotiate([]string{accept})
		if got != want || ok != (want != none) {
			t.Errorf("Accept %q is answered by %q, %t, want %q", accept, got, ok, want)
		}
	}
	if got, ok := negotiate(nil); got != plainJSON || !ok {
		t.Errorf("no Accept at all is answered by %q, %t, want %q", got, ok, plainJSON)
	}
}

func FuzzNegotiate(f *testing.F) {
	for _, seed := range []string{"", "*/*", "application/json;q=0.5", "a/b;q=,;", "\"", ",,,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		form, ok := negotiate([]string{accept})
		if ok != (form == plainJSON || form == graphqlJSON) {
			t.Errorf("Accept %q is answered by %q, %t", accept, form, ok)
		}
	})
}
