// Package deploy checks the files that put the program in place, as strictly as those who will read them: with the projects' own
// types, and against each other.
package deploy
