package cache

import "strings"

// The bounds of the groups of one answer. An answer that belongs to more is not kept, since nothing could end it. RFC 9875 asks
// for 32 groups of 32 characters each, at least.
const (
	mostGroups = 256
	mostGroup  = 1024
)

// groupsOf reads Cache-Groups and Cache-Group-Invalidation (RFC 9875): a list of strings (RFC 9651). A field that is no such
// list says nothing. It is not ok where there are more groups, or longer ones, than are known here.
func groupsOf(lines []string) (groups []string, ok bool) {
	if len(lines) == 0 {
		return nil, true
	}
	for rest := trimmed(strings.Join(lines, ",")); rest != ""; {
		group, after, valid := stringOf(rest)
		if !valid {
			return nil, true
		}
		if after, valid = parametersOf(after); !valid {
			return nil, true
		}
		if len(groups) == mostGroups || len(group) > mostGroup {
			return groups, false
		}
		groups = append(groups, group)
		if rest, valid = nextOf(trimmed(after)); !valid {
			return nil, true
		}
	}
	return groups, true
}

// nextOf is what follows a member of a list, empty where nothing does. A comma must not come last.
func nextOf(text string) (rest string, ok bool) {
	if text == "" {
		return "", true
	}
	rest = trimmed(text[1:])
	return rest, text[0] == ',' && rest != ""
}

func trimmed(text string) string { return strings.TrimLeft(text, " \t") }

// stringOf takes a string off a text (RFC 9651, section 4.2.5).
func stringOf(text string) (value, rest string, ok bool) {
	if text[0] != '"' {
		return "", "", false
	}
	var read strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return read.String(), text[i+1:], true
		case c == '\\':
			i++
			if i == len(text) || text[i] != '"' && text[i] != '\\' {
				return "", "", false
			}
			read.WriteByte(text[i])
		case c < ' ' || c > '~':
			return "", "", false
		default:
			read.WriteByte(c)
		}
	}
	return "", "", false
}

// parametersOf skips parameters (RFC 9651, section 4.2.3.2), which say nothing here. Their values are not looked at closely:
// where they are none, what comes after them is no list.
func parametersOf(text string) (rest string, ok bool) {
	for rest = text; strings.HasPrefix(rest, ";"); {
		rest = strings.TrimLeft(rest[1:], " ")
		end := strings.IndexFunc(rest, func(r rune) bool { return r == ';' || r == ',' || r == '=' || r == ' ' || r == '\t' })
		switch {
		case end < 0:
			return "", rest != ""
		case end == 0:
			return "", false
		case rest[end] != '=':
			rest = rest[end:]
			continue
		}
		if rest, ok = bareItemOf(rest[end+1:]); !ok {
			return "", false
		}
	}
	return rest, true
}

// bareItemOf skips the value of a parameter.
func bareItemOf(text string) (rest string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		_, rest, ok = stringOf(text)
		return rest, ok
	}
	end := strings.IndexAny(text, ";, \t")
	if end < 0 {
		end = len(text)
	}
	return text[end:], end > 0
}
