package token

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// latest is the last second of the year 9999. No date lies after it that could be written down.
const latest = 253402300799

// claims are the members of a payload, each as it was sent.
type claims map[string]jsontext.Value

// text is a claim that must be a string. It is empty where it is not there.
func (c claims) text(name string) (string, error) {
	raw, ok := c[name]
	if !ok {
		return "", nil
	}
	if raw.Kind() != '"' {
		return "", refusal("a claim that must be a string is none")
	}
	value, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return "", refusal("a claim is not a string as it must be")
	}
	return string(value), nil
}

// name is a text that is written down: short, and in one line.
func (c claims) name(claim string) (string, error) {
	value, err := c.text(claim)
	if err != nil {
		return "", err
	}
	if len(value) > maxName || strings.IndexFunc(value, unicode.IsControl) >= 0 {
		return "", refusal("a claim that names something is too long or holds control characters")
	}
	return value, nil
}

// subject is who a token names. A number is taken by its digits where it is an integer, since some directories count their users.
func (c claims) subject(claim string) (string, error) {
	raw := c[claim]
	if raw.Kind() == '0' {
		if len(raw) > maxName || strings.Trim(string(raw), "0123456789") != "" {
			return "", refusal("its subject is a number and no integer")
		}
		return string(raw), nil
	}
	name, err := c.name(claim)
	if err == nil && name == "" {
		return "", refusal("it names nobody: its subject is missing or empty")
	}
	return name, err
}

// date is a NumericDate of RFC 7519, section 2: seconds since 1970, of which there may be fractions. It is zero where it is not
// there.
func (c claims) date(claim string) (time.Time, error) {
	raw, ok := c[claim]
	if !ok {
		return time.Time{}, nil
	}
	if raw.Kind() != '0' {
		return time.Time{}, refusal("a date is not a number")
	}
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || seconds < 0 || seconds > latest {
		return time.Time{}, refusal("a date lies before 1970 or after 9999")
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*float64(time.Second))).UTC(), nil
}

// list reads what may be one string, or a list of them.
func list(raw jsontext.Value) (values []string, one bool, err error) {
	var members []member
	switch raw.Kind() {
	case '"':
		members = make([]member, 1)
		err = json.Unmarshal(raw, &members[0])
	case '[':
		err = json.Unmarshal(raw, &members)
	default:
		err = refusal("")
	}
	if err != nil {
		return nil, false, refusal("a claim is neither a string nor a list of strings")
	}
	values = make([]string, len(members))
	for i, m := range members {
		values[i] = m.value
	}
	return values, raw.Kind() == '"', nil
}
