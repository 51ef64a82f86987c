package routing

import "strings"

// mostWanted is the version that an Accept header asks for, of those that serves knows (RFC 9110, section 12.5.1): the one of the
// greatest weight, and of equal ones the first. A range without a version asks for the default, after the versions of its weight.
// Its type is not looked at: which types there are is the service's business. Where versions are named and none of what is
// accepted is known, the result is a MediaType without a name.
func mostWanted(accept []string, serves func(version) bool) version {
	best, greatest := version{by: Default}, 0
	named := false
	for _, list := range accept {
		for list != "" {
			var text string
			text, list = cut(list, ',')
			wanted, weight := readRange(text)
			if weight == 0 {
				continue
			}
			weight *= 2
			if wanted.by == MediaType {
				named = true
				weight++
			}
			if weight > greatest && serves(wanted) {
				best, greatest = wanted, weight
			}
		}
	}
	if named && greatest == 0 {
		return version{by: MediaType}
	}
	return best
}

// readRange reads a media range: the version that it asks for, and its weight in thousandths. What cannot be read is left out.
//
// A parameter v counts only with a number: browsers send application/signed-exchange;v=b3.
func readRange(text string) (wanted version, weight int) {
	wanted, weight = version{by: Default}, 1000
	mediaType, parameters := cut(text, ';')
	if strings.TrimSpace(mediaType) == "" {
		return wanted, 0
	}
	for parameters != "" {
		var parameter string
		parameter, parameters = cut(parameters, ';')
		name, value, _ := strings.Cut(parameter, "=")
		name, value = strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"`)
		switch {
		case strings.EqualFold(name, "version"), strings.EqualFold(name, "v") && isNumber(bare(value)):
			wanted = version{by: MediaType, name: bare(value)}
		case strings.EqualFold(name, "q"):
			weight = thousandths(value)
		}
	}
	return wanted, weight
}

// thousandths reads a weight such as 0.5 (RFC 9110, section 12.4.2). One that cannot be read, or is too large, is 1.
func thousandths(text string) int {
	whole, fraction, _ := strings.Cut(text, ".")
	if whole != "0" || strings.ContainsFunc(fraction, func(c rune) bool { return !isDigit(c) }) {
		return 1000
	}
	weight := 0
	for i := range 3 {
		weight *= 10
		if i < len(fraction) {
			weight += int(fraction[i] - '0')
		}
	}
	return weight
}

// cut divides a text at the first separator that is not within quotes.
func cut(text string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == separator && !quoted:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}
