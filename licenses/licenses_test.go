package licenses

import (
	"strings"
	"testing"
)

func TestTheModulesComeFirstAndThePageBehind(t *testing.T) {
	var text strings.Builder
	if err := Write(&text, "graphiql 5: MIT\n"); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text.String(), "Modules that are in the program") || !strings.HasSuffix(text.String(), "graphiql 5: MIT\n") {
		t.Errorf("got %d characters that begin or end otherwise", text.Len())
	}
	for _, want := range []string{"Go and its standard library 1.", "github.com/99designs/gqlgen v", "Permission is hereby granted, free of charge"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("nothing is said of %q", want)
		}
	}
}
