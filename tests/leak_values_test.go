package tests

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// keptAsTheyAre are members whose values mean something to the gateway or to the services.
func keptAsTheyAre() []string {
	return []string{"id", "user_id", "order_id", "product_id", "currency", "role", "status", "method"}
}

// values replaces the members of an object.
func (m *mint) values(service, within string, id int64, object map[string]any) {
	for name, value := range object {
		member := within + name
		switch value := value.(type) {
		case map[string]any:
			m.values(service, member+"/", id, value)
		case []any:
			for _, each := range value {
				if part, ok := each.(map[string]any); ok {
					m.values(service, member+"/", id, part)
				}
			}
		case string, json.Number:
			if !slices.Contains(keptAsTheyAre(), name) {
				object[name] = m.value(service, member, id, value)
			}
		}
	}
}

// value is what stands for a member, and looks like what is there.
func (m *mint) value(service, member string, id int64, like any) any {
	text, isText := like.(string)
	_, err := time.Parse(time.RFC3339, text)
	switch {
	case member == "card_number":
		m.note(service, member)
		return text
	case isText && err == nil:
		return fmt.Sprintf("%s%02d%04d777Z", momentBegins, m.note(service, member), id)
	case isText && member == "email":
		return m.text(service, member, id) + "@example.com"
	case isText:
		return m.text(service, member, id)
	case strings.Contains(fmt.Sprint(like), "."):
		return json.Number(fmt.Sprintf("%s%02d%04d.79", decimalBegins, m.note(service, member), id))
	default:
		return json.Number(fmt.Sprintf("%s%02d%04d", integerBegins, m.note(service, member), id))
	}
}

// How values begin that stand for a member. The member's number and the record's id follow. No id has more than four digits.
const (
	textBegins    = "zqx"
	decimalBegins = "97979"
	integerBegins = "2077" // so that all are below 2^31
	momentBegins  = "1977-03-04T05:06:07."
	cardBegins    = "7719"
)

// text is a text that stands for a member. No case and no escaping changes it.
func (m *mint) text(service, member string, id int64) string {
	return fmt.Sprintf("%s%02d%05dqz", textBegins, m.note(service, member), id)
}

// card is a card's number, of which the last four digits tell the payment, but for thousands.
func card(paymentID int64) string {
	return fmt.Sprintf("%s%08d9%03d", cardBegins, paymentID, paymentID%1000)
}

// note is the number of a member, from 10.
func (m *mint) note(service, member string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := service + " " + member
	m.made[name] = true
	if i := slices.Index(m.members, name); i >= 0 {
		return 10 + i
	}
	m.members = append(m.members, name)
	return 10 + len(m.members) - 1
}

// has reports whether some value stands for a member, wherever in a record it is.
func (m *mint) has(service, member string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.made {
		if name == service+" "+member || strings.HasPrefix(name, service+" ") && strings.HasSuffix(name, "/"+member) {
			return true
		}
	}
	return false
}

// member is what a number stands for.
func (m *mint) member(number string) (service, member string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, _ := strconv.Atoi(number)
	if i -= 10; i < 0 || i >= len(m.members) {
		return "", "", false
	}
	return strings.Cut(m.members[i], " ")
}
