package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/concierge-gateway/concierge/units"
)

// Variables are what values of a configuration may hold beside their own text: ${NAME} of the environment, ${file:PATH} and
// ${secret:NAME}.
type Variables struct {
	// Getenv is os.LookupEnv outside of tests.
	Getenv func(string) (string, bool)
	// Secrets is the folder with a file for each secret, empty where there is none.
	Secrets string

	// read are the files that were asked for, whether they were there or not.
	read map[string]struct{}
}

// CredentialsVariable is the environment variable in which systemd says where a service's credentials are.
const CredentialsVariable = "CREDENTIALS_DIRECTORY"

// maxSecret is far above any key. It ends the reading of what is no secret.
const maxSecret = 64 * units.KiB

// fill puts variables in their places: ${NAME}, or ${NAME:-default} where NAME is unset or empty, and the same with file: and
// secret: before the name. $${ stands for the characters ${ themselves. It works on values that were parsed before, so that a
// variable cannot add keys or items.
//
// filled tells whether the text now holds more than the file does. The mistakes name variables and never hold values.
func (v *Variables) fill(text string) (result string, filled bool, mistakes []string) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		if !found {
			out.WriteString(text)
			return out.String(), filled, mistakes
		}
		if escaped, ok := strings.CutSuffix(before, "$"); ok {
			out.WriteString(escaped + "${")
			text = after
			continue
		}
		inside, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", filled, append(mistakes, "has ${ without }: write $${ for the characters ${ themselves")
		}
		value, mistake := v.variable(inside)
		if mistake != "" {
			mistakes = append(mistakes, mistake)
		}
		out.WriteString(before + value)
		text, filled = rest, true
	}
}

// variable is the value of what stands between ${ and }.
func (v *Variables) variable(inside string) (value, mistake string) {
	name, fallback, hasFallback := strings.Cut(inside, ":-")
	find := v.finder(name)
	if find == nil || strings.Contains(fallback, "${") {
		return "", "has a ${…} that is none of ${NAME}, ${file:PATH} and ${secret:NAME}, each with or without :-default: " +
			"write $${ for the characters ${ themselves"
	}
	value, missing, wrong := find()
	switch {
	case wrong != "":
		return "", wrong
	case hasFallback && value == "":
		return fallback, ""
	}
	return value, missing
}

// finder looks for what a variable stands for, nil where it is none. What it finds missing is a mistake unless there is a
// default; what it finds wrong is one in any case.
func (v *Variables) finder(name string) func() (value, missing, wrong string) {
	if path, ok := strings.CutPrefix(name, "file:"); ok && path != "" {
		return func() (string, string, string) { return v.file(path, "the file "+path) }
	}
	if secret, ok := strings.CutPrefix(name, "secret:"); ok && isFileName(secret) {
		return func() (string, string, string) { return v.secret(secret) }
	}
	if !isName(name) {
		return nil
	}
	return func() (string, string, string) {
		value, ok := v.Getenv(name)
		if !ok {
			return "", "needs the environment variable " + name + ", which is not set", ""
		}
		return value, "", ""
	}
}

func (v *Variables) secret(name string) (value, missing, wrong string) {
	if v.Secrets == "" {
		return "", "needs the secret " + name + ", and there is no folder of secrets: name one by --secrets, or by " +
			CredentialsVariable + " in the environment", ""
	}
	return v.file(filepath.Join(v.Secrets, name), "the secret "+name)
}

// file is what a file holds, without the end of its last line, which editors put there.
func (v *Variables) file(path, what string) (value, missing, wrong string) {
	if v.read == nil {
		v.read = make(map[string]struct{})
	}
	v.read[path] = struct{}{}
	text, err := readAtMost(path, maxSecret)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", "needs " + what + ", which there is not", ""
	case err != nil:
		return "", "", "needs " + what + ", which cannot be read: " + reason(err)
	case !utf8.Valid(text) || bytes.ContainsRune(text, 0):
		return "", "", "needs " + what + ", which is not text"
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), "", ""
}

// reason leaves out the name, which stands beside it.
func reason(err error) string {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err.Error()
	}
	return err.Error()
}

// readAtMost reads a regular file: reading another, such as a pipe, may never end.
func readAtMost(path string, most units.Bytes) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, err
	}
	text, err := readBounded(path, most)
	if errors.Is(err, errTooLarge) {
		return nil, fmt.Errorf("it is larger than %s", most)
	}
	return text, err
}

// isFileName keeps to names that lead out of no folder and hide in none.
func isFileName(text string) bool {
	for _, r := range text {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		if !letter && r != '-' && r != '_' && r != '.' {
			return false
		}
	}
	return text != "" && text[0] != '.'
}

// isName tells whether text is a name of an environment variable; a name in GraphQL is of the same form.
func isName(text string) bool {
	for i, r := range text {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return text != ""
}
