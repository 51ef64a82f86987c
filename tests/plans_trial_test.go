package tests

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// trial is an operation that two gateways run, by whom, and what their services do meanwhile.
type trial struct {
	why    string // what it is about, for readers
	site   string // the name of a configuration
	as     string // the caller's subject, nobody for none
	scopes string // of the caller, with blanks between them
	accept string

	query     string
	name      string // of the operation to run
	variables string // as JSON
	amiss     bool   // the variables do not fit on purpose
	slow      bool   // services take their time, so that answers come in any order

	mishaps []mishap
	answers map[string]answer // what services answer whatever they have, by the call
}

// mishap is something that is wrong with the answers of a service. What it does to an answer depends on the seed, on the record and
// on the path, so that both gateways are told the same.
type mishap struct {
	service string
	kind    string
	seed    uint64
	share   int // of the records, or of the paths, in percent
}

func (m mishap) String() string {
	return fmt.Sprintf("%s %q %d %d", m.service, m.kind, m.seed, m.share)
}

// answer is what a service answers.
type answer struct {
	status int
	form   string // the media type
	body   string
	breaks bool // the connection ends before the body does
}

// String is the trial as a file: lines of what there is beside the operation, an empty line, and the operation.
func (c trial) String() string {
	var text strings.Builder
	for line := range strings.SplitSeq(c.why, "\n") {
		fmt.Fprintf(&text, "# %s\n", line)
	}
	for _, each := range [][2]string{
		{"site", c.site}, {"as", c.as}, {"scopes", c.scopes}, {"accept", c.accept}, {"operation", c.name}, {"variables", c.variables}, {"slow", map[bool]string{true: "true"}[c.slow]},
	} {
		if each[1] != "" {
			fmt.Fprintf(&text, "%s: %s\n", each[0], each[1])
		}
	}
	for _, each := range c.mishaps {
		fmt.Fprintf(&text, "mishap: %s\n", each)
	}
	for _, call := range slices.Sorted(maps.Keys(c.answers)) {
		a := c.answers[call]
		fmt.Fprintf(&text, "answer: %q %d %q %t %q\n", call, a.status, a.form, a.breaks, a.body)
	}
	return text.String() + "\n" + strings.TrimSpace(c.query) + "\n"
}

// readTrial reads what String writes.
func readTrial(text string) (trial, error) {
	head, query, ok := strings.Cut(text, "\n\n")
	if !ok {
		return trial{}, errors.New("an empty line is missing before the operation")
	}
	c := trial{query: strings.TrimSpace(query), answers: make(map[string]answer)}
	for line := range strings.SplitSeq(head, "\n") {
		if err := readLine(&c, line); err != nil {
			return trial{}, fmt.Errorf("%q: %w", line, err)
		}
	}
	return c, nil
}

func readLine(c *trial, line string) error {
	if why, ok := strings.CutPrefix(line, "#"); ok {
		c.why = strings.TrimSpace(c.why + "\n" + strings.TrimSpace(why))
		return nil
	}
	name, value, _ := strings.Cut(line, ": ")
	into, ok := map[string]*string{
		"site": &c.site, "as": &c.as, "scopes": &c.scopes, "accept": &c.accept, "operation": &c.name, "variables": &c.variables,
	}[name]
	switch {
	case ok:
		*into = value
		return nil
	case name == "slow":
		c.slow = value == "true"
		return nil
	case name == "mishap":
		return readMishap(c, value)
	case name == "answer":
		return readAnswer(c, value)
	default:
		return fmt.Errorf("nobody knows %s", strconv.Quote(name))
	}
}

func readMishap(c *trial, value string) error {
	var m mishap
	_, err := fmt.Sscanf(value, "%s %q %d %d", &m.service, &m.kind, &m.seed, &m.share)
	c.mishaps = append(c.mishaps, m)
	return err
}

func readAnswer(c *trial, value string) error {
	var call string
	var a answer
	_, err := fmt.Sscanf(value, "%q %d %q %t %q", &call, &a.status, &a.form, &a.breaks, &a.body)
	c.answers[call] = a
	return err
}
