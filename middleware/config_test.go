package middleware_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/middleware"
)

func TestCORSReportsOriginsThatNoBrowserSends(t *testing.T) {
	origins := func(list ...string) middleware.CORS { return middleware.CORS{AllowedOrigins: list} }
	tests := map[string]struct {
		cors middleware.CORS
		want []string
	}{
		"the defaults":       {middleware.DefaultCORS(), nil},
		"origins":            {origins("https://shop.example", "http://localhost:3000"), nil},
		"any origin":         {origins("*"), []string{"allowed_origins[0]"}},
		"a pattern":          {origins("https://*.example"), []string{"allowed_origins[0]"}},
		"no scheme":          {origins("https://shop.example", "shop.example"), []string{"allowed_origins[1]"}},
		"a path":             {origins("https://shop.example/"), []string{"allowed_origins[0]"}},
		"a user":             {origins("https://me@shop.example"), []string{"allowed_origins[0]"}},
		"another scheme":     {origins("file:///x"), []string{"allowed_origins[0]"}},
		"null":               {origins("null"), []string{"allowed_origins[0]"}},
		"nothing":            {origins(""), []string{"allowed_origins[0]"}},
		"cookies for nobody": {middleware.CORS{AllowCredentials: true}, []string{"allow_credentials"}},
		"an age of days":     {middleware.CORS{MaxAge: 48 * time.Hour}, []string{"max_age"}},
		"an age before now":  {middleware.CORS{MaxAge: -1}, []string{"max_age"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			tt.cors.Validate(func(path, _ string) { got = append(got, path) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
