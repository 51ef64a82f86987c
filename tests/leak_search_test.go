package tests

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/demo"
)

// found are the facts that a text tells, in JSON or in anything else. It is read as quickly as can be: there is much of it.
func (m *mint) found(text string) map[fact]bool {
	facts := make(map[fact]bool)
	text = withoutHashes(text)
	m.search(text, facts)
	each(text, `ursor":"`, func(rest string) { // where a page ends, which clients are not meant to read
		inner, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(rest[:max(0, strings.IndexByte(rest, '"'))], "="))
		m.search(string(inner), facts)
	})
	return facts
}

// minHash is as long as the shortest of what can be any digits and letters: ids of requests and traces, and tags.
const minHash = 16

// withoutHashes leaves out what is written in hexadecimal and has a letter, which no number has: its digits can be anything.
func withoutHashes(text string) string {
	var kept strings.Builder
	from := 0
	for i := 0; i < len(text); i++ {
		begin, letters := i, false
		for i < len(text) && inHash(text[i]) {
			letters = letters || text[i] >= 'a'
			i++
		}
		if letters && i-begin >= minHash {
			kept.WriteString(text[from:begin])
			from = i
		}
	}
	kept.WriteString(text[from:])
	return kept.String()
}

func inHash(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c == '-' }

// each calls for what follows each place of a text at which another begins.
func each(text, begin string, call func(rest string)) {
	for at := strings.Index(text, begin); at >= 0; at = strings.Index(text, begin) {
		text = text[at+len(begin):]
		call(text)
	}
}

// search looks for values by how they begin, and for their beginnings: a part of one gives it away too.
func (m *mint) search(text string, facts map[fact]bool) {
	tells := func(rest string, code, id int) {
		service, member, ok := "", "", len(rest) >= code+id
		if ok {
			service, member, ok = m.member(rest[:code])
		}
		if n, err := strconv.ParseInt(rest[code:min(len(rest), code+id)], 10, 64); ok && err == nil {
			facts[fact{service, member, n}] = true
			return
		}
		facts[fact{nobodys, "a part of a value: " + rest[:min(len(rest), 20)], 0}] = true
	}
	for _, begin := range []string{textBegins, strings.ToUpper(textBegins)} {
		each(text, begin, func(rest string) { tells(rest, 2, 5) })
	}
	for _, begin := range []string{decimalBegins, integerBegins, momentBegins} {
		each(text, begin, func(rest string) {
			if len(rest) >= 6 && strings.Trim(rest[:6], "0123456789") == "" || begin == momentBegins {
				tells(rest+"     ", 2, 4)
			}
		})
	}
	each(text, cardBegins, func(rest string) {
		if id, err := strconv.ParseInt(rest[:min(len(rest), 8)], 10, 64); err == nil && len(rest) >= 8 {
			facts[fact{demo.Payment, "card_number", id}] = true
		}
	})
	for _, begin := range []string{`"9`, `•9`} {
		each(text, begin, func(rest string) {
			if len(rest) > 3 && rest[3] == '"' {
				m.ends(rest[:3], facts)
			}
		})
	}
}

// ends adds the payments whose cards end with some digits. They are all of one user, as far as they are of the start.
func (m *mint) ends(digits string, facts map[fact]bool) {
	end, err := strconv.ParseInt(digits, 10, 64)
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.orders {
		if err == nil && id%1000 == end {
			facts[fact{demo.Payment, cardEnd, id}] = true
		}
	}
}

// tells are the facts in an answer, of enumerations too: their values are few, so whose they are is known by what stands beside them.
func (m *mint) tells(answer transcript) map[fact]bool {
	facts := m.found(answer.text)
	var value any
	if strings.Contains(answer.text, `role":"`) || strings.Contains(answer.text, `status":"`) {
		if json.Unmarshal(answer.body, &value) == nil {
			m.chosen(value, facts)
		}
	}
	return facts
}

func (m *mint) chosen(value any, facts map[fact]bool) {
	switch value := value.(type) {
	case []any:
		for _, each := range value {
			m.chosen(each, facts)
		}
	case map[string]any:
		id := m.userIn(value)
		for name, each := range value {
			m.chosen(each, facts)
			for _, choice := range []string{"role", "status"} {
				if id != 0 && each != nil && (name == choice || strings.HasSuffix(name, "_"+choice)) {
					facts[fact{demo.User, choice, id}] = true
				}
			}
		}
	}
}

// userIn is the user that an object stands for, by the names in it.
func (m *mint) userIn(object map[string]any) int64 {
	facts := make(map[fact]bool)
	for _, each := range object {
		if text, _ := each.(string); strings.HasPrefix(text, textBegins) {
			maps.Copy(facts, m.found(text))
		}
	}
	for each := range facts {
		if each.Service == demo.User && (each.Member == "name" || each.Member == "username") {
			return each.ID
		}
	}
	return 0
}
