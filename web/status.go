package web

import (
	"embed"
	"net/http"
)

//go:embed status
var status embed.FS

// StatusFiles serves what the status page loads, below /status/assets/. The page itself is written by package status.
func StatusFiles() http.Handler {
	all := make(files)
	for _, name := range []string{"icon.svg", "page.css", "page.js"} {
		plain, _ := status.ReadFile("status/" + name) // what is embedded is there
		all["/status/assets/"+name] = newFile(name, compress(plain), revalidate)
	}
	return all
}
