package tests

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ref is a record: of a service, by its id. The addresses of users are records of their own here, since not everybody sees them.
type ref struct {
	kind string
	id   int64
}

// mailKind is the kind of users' addresses.
const mailKind = "mail"

func (r ref) String() string { return r.kind + "/" + strconv.FormatInt(r.id, 10) }

// stamp is what a text of the stand-ins says of itself.
type stamp struct {
	ref

	version int64
	// team is how often what belongs together with the record has changed as a whole (Cache-Groups), -1 where the answer did not
	// name its group.
	team int64
	// made says for whom, as far as the service makes a difference.
	made map[string]string
}

// What a stamp can say of a caller.
const (
	madeWho   = "who"   // the id
	madeMay   = "may"   // the scopes
	madeOf    = "of"    // the tenant
	madeReads = "reads" // the language
)

// text is the stamp in a member of a record.
func (s stamp) text() string {
	var made strings.Builder
	for _, name := range []string{madeWho, madeMay, madeOf, madeReads} {
		if value, ok := s.made[name]; ok {
			made.WriteString(";" + name + "=" + value)
		}
	}
	return fmt.Sprintf("{{%s v%d g%d%s}}", s.ref, s.version, s.team, made.String())
}

var stampForm = regexp.MustCompile(`\{\{(\w+)/(\d+) v(\d+) g(-?\d+)((?:;\w+=[^;}]*)*)\}\}`)

// stampsIn are all stamps of an answer.
func stampsIn(body []byte) []stamp {
	var all []stamp
	for _, found := range stampForm.FindAllStringSubmatch(string(body), -1) {
		s := stamp{ref: ref{kind: found[1], id: wholeOf(found[2])}, version: wholeOf(found[3]), team: wholeOf(found[4]), made: make(map[string]string)}
		for each := range strings.SplitSeq(strings.TrimPrefix(found[5], ";"), ";") {
			if name, value, ok := strings.Cut(each, "="); ok {
				s.made[name] = value
			}
		}
		all = append(all, s)
	}
	return all
}

// wholeOf is a number that was written as one.
func wholeOf(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
