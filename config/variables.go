package config

import "strings"

// fill puts environment variables in their places: ${NAME}, or ${NAME:-default} where NAME is unset or empty. $${ stands for
// the characters ${ themselves. It works on values that were parsed before, so that a variable cannot add keys or items.
//
// filled tells whether the text now holds more than the file does. The mistakes name variables and never hold values.
func fill(text string, getenv func(string) (string, bool)) (result string, filled bool, mistakes []string) {
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
		value, mistake := variable(inside, getenv)
		if mistake != "" {
			mistakes = append(mistakes, mistake)
		}
		out.WriteString(before + value)
		text, filled = rest, true
	}
}

// variable is the value of what stands between ${ and }.
func variable(inside string, getenv func(string) (string, bool)) (value, mistake string) {
	name, fallback, hasFallback := strings.Cut(inside, ":-")
	if !isName(name) || strings.Contains(fallback, "${") {
		return "", "has a ${…} that is neither ${NAME} nor ${NAME:-default}: write $${ for the characters ${ themselves"
	}
	value, ok := getenv(name)
	switch {
	case hasFallback && value == "":
		return fallback, ""
	case !ok:
		return "", "needs the environment variable " + name + ", which is not set"
	}
	return value, ""
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
