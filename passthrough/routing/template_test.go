package routing

import "testing"

func TestATemplateMovesWhatThePatternFound(t *testing.T) {
	for _, tt := range []struct{ pattern, template, path, want string }{
		{"/users/{id}", "/users/{id}", "/users/7", "/users/7"},
		{"/users/{id}", "/user/{id}/profile/", "/users/7", "/user/7/profile/"},
		{"/users/{id}", "/all", "/users/7", "/all"},
		{"/users/{id}", "/", "/users/7", "/"},
		{"/{a}/{b}", "/{b}/{a}/{b}", "/1/2", "/2/1/2"},
		{"/api/{path...}", "/{path...}", "/api/a/b/", "/a/b/"},
		{"/api/{path...}", "/v9/{path...}", "/api/", "/v9/"},
		{"/{path...}", "/api/{path...}", "/", "/api/"},
		{"/{path...}", "/a b", "/", ""},
		{"/caf%C3%A9/{x}", "/thé/{x}", "/café/é", "/th%C3%A9/%C3%A9"},

		// A value stays what it was: one segment, whatever it holds.
		{"/users/{id}", "/users/{id}", "/users/a%3Fadmin=1", "/users/a%3Fadmin=1"},
		{"/users/{id}", "/users/{id}", "/users/a%23b", "/users/a%23b"},
		{"/users/{id}", "/users/{id}", "/users/a%20b", "/users/a%20b"},
		{"/users/{id}", "/users/{id}", "/users/%252e%252e", "/users/%252e%252e"},
		{"/users/{id}", "/users/{id}", "/users/100%25", "/users/100%25"},
		{"/users/{id}", "/users/{id}", "/users/a|b", "/users/a%7Cb"},
		{"/users/{id}", "/users/{id}", "/users/{id}", "/users/%7Bid%7D"},
		// A service may tell an encoded semicolon from a plain one, so that both go as they came.
		{"/users/{id}", "/users/{id}", "/users/a;b=1", "/users/a;b=1"},
		{"/users/{id}", "/users/{id}", "/users/a%3bb%3d1", "/users/a%3Bb%3D1"},
		{"/users/{id}", "/users/{id}", "/users/%40me:%7Ex%2dy", "/users/%40me:~x-y"},
	} {
		pattern := patternOf(t, tt.pattern)
		template, err := ParseTemplate(tt.template, pattern)
		if tt.want == "" {
			if err == nil {
				t.Errorf("%s was read", tt.template)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.template, err)
			continue
		}
		for version, prefix := range map[string]string{"": "", "v1": "/v1"} { // a version in the path moves nothing
			table, _ := New([]Rule{{Pattern: pattern, Version: version, ByPath: version != ""}}, Policy{})
			match, err := table.Find(requestOf("GET " + prefix + tt.path))
			if err != nil {
				t.Errorf("%s: %v", tt.path, err)
			}
			if got := string(template.Append([]byte("x"), match.Params)); got != "x"+tt.want {
				t.Errorf("%s by %s as %s: got %s, want x%s", tt.path, tt.pattern, tt.template, got, tt.want)
			}
		}
	}
}

func TestATemplateHasOnlyThePatternsParameters(t *testing.T) {
	pattern := patternOf(t, "GET /users/{id}/{path...}")
	for text, want := range map[string]string{
		"":                "its path must begin with /",
		"users":           "its path must begin with /",
		"/{name}":         "{name} is not in GET /users/{id}/{path...}",
		"/{ID}":           "{ID} is not in GET /users/{id}/{path...}",
		"/{id...}":        "{id...} is not in GET /users/{id}/{path...}",
		"/{path}":         "{path} is not in GET /users/{id}/{path...}",
		"/{path...}/{id}": "{path...} must be the end of the path",
		"/a/../{id}":      "its path holds a dot segment",
		"/a?x={id}":       "its path holds a character that must be percent-encoded",
		"/users/{id}/x//": "its path holds an empty segment",
	} {
		if _, err := ParseTemplate(text, pattern); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestAParameterThatIsNotThereHasNoValue(t *testing.T) {
	table, _ := New([]Rule{ruleOf(t, "/users/{id}"), ruleOf(t, "/users")}, Policy{})
	match, err := table.Find(requestOf("GET /users/a%20b"))
	if got, ok := match.Params.Get("id"); err != nil || !ok || got != "a b" {
		t.Errorf("id is %q, %t, %v", got, ok, err)
	}
	if got, ok := match.Params.Get("name"); ok || got != "" {
		t.Errorf("name is %q, %t", got, ok)
	}
	match, err = table.Find(requestOf("GET /users"))
	if got, ok := match.Params.Get("id"); err != nil || ok {
		t.Errorf("without parameters, id is %q, %t, %v", got, ok, err)
	}
}
