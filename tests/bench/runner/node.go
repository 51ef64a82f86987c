package main

import "path/filepath"

// installed is what npm writes last when it installs packages.
const installed = "node_modules/.package-lock.json"

// onNode is a peer that Node.js runs, in one process, as it would in production. It is shown with a suffix behind its name.
func onNode(name, suffix string) peer {
	return peer{
		name:        name + suffix,
		long:        suffix != "",
		program:     "node",
		packages:    true,
		environment: []string{"NODE_ENV=production"},
		command: func(b *bench, at place) ([]string, error) {
			program, err := find("node")
			script := filepath.Join(b.settings.node, name+".js")
			return append([]string{program, script, "--listen", at.listen}, b.services.flags()...), err
		},
	}
}
