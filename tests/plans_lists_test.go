package tests

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// spoiledAnswers are ways in which a whole answer can be other than the contract says.
func spoiledAnswers() map[string]func(by *rand.Rand, a answer) answer {
	all := map[string]func(*rand.Rand, answer) answer{
		"cut":    func(by *rand.Rand, a answer) answer { return a.saying(a.body[:by.IntN(len(a.body)+1)]) },
		"broken": func(_ *rand.Rand, a answer) answer { a.breaks = true; return a },
		"a page": func(_ *rand.Rand, a answer) answer { a.form = "text/html"; return a.saying("<html>Sorry</html>") },
		"no type": func(by *rand.Rand, a answer) answer {
			a.form = one(by, []string{"text/html", "application/hal+json"})
			return a
		},
		"instead": func(by *rand.Rand, a answer) answer { return a.saying(one(by, instead())) },
		"around":  func(by *rand.Rand, a answer) answer { return a.saying(fmt.Sprintf(one(by, around()), a.body)) },
		"flat":    func(_ *rand.Rand, a answer) answer { return a.saying(flat(a.body)) },
	}
	for name, change := range spoiledLists() {
		all[name] = func(by *rand.Rand, a answer) answer {
			list := parsed(a.body)
			if list == nil || list.kind != '[' || len(list.items) == 0 {
				return a
			}
			change(by, list)
			return a.saying(list.text(""))
		}
	}
	return all
}

// badStatuses are answers that a service gives in the place of its own.
func badStatuses() map[string]func(by *rand.Rand, a answer) answer {
	all := make(map[string]func(*rand.Rand, answer) answer)
	for _, status := range []int{204, 301, 400, 401, 403, 404, 409, 410, 422, 429, 500, 501, 502, 503, 504} {
		all[fmt.Sprintf("status %d", status)] = func(by *rand.Rand, a answer) answer {
			form := one(by, []string{"application/problem+json", "application/json", "text/plain"})
			body := one(by, []string{`{"title":"no","status":1,"detail":"secret words"}`, `{"errors":[{"field":"name","code":"invalid"}]}`, "no", ""})
			if status == http.StatusNoContent {
				body = ""
			}
			return answer{status: status, form: form, body: body}
		}
	}
	return all
}

// mishapKinds are the names of all that can be wrong.
func mishapKinds() (statuses, answers, records []string) {
	return slices.Sorted(maps.Keys(badStatuses())), slices.Sorted(maps.Keys(spoiledAnswers())), slices.Sorted(maps.Keys(spoiledRecords()))
}

func (a answer) saying(body string) answer {
	a.body = body
	return a
}

func instead() []string {
	return []string{"", " ", "null", "[]", "{}", "[null]", "[[]]", "[{}]", "7", `"text"`, "true", "nul", "[", "]", "[,]", `{"items":[]}`, `[1,"a"]`, "[{}]{}", `{"id":7}`, `[{"id":7}]`}
}

func around() []string {
	return []string{"\xef\xbb\xbf%s", " \n%s\r\n\t ", "%s null", "%s,", "[%s]", `{"items":%s}`, "%s%[1]s", "\v%s", "%s\x00", "/* */%s"}
}

// flat makes a record of a list, and a list of a record.
func flat(body string) string {
	value := parsed(body)
	switch {
	case value == nil:
		return body
	case value.kind != '[':
		return "[" + body + "]"
	case len(value.items) > 0:
		return value.items[0].text("")
	default:
		return "{}"
	}
}

// spoiledLists are changes of a list of records that has some.
func spoiledLists() map[string]func(by *rand.Rand, list *node) {
	return map[string]func(*rand.Rand, *node){
		"fewer": func(by *rand.Rand, list *node) { position{list, by.IntN(len(list.items))}.remove() },
		"again": func(by *rand.Rand, list *node) {
			copied := one(by, list.items).copied()
			if by.IntN(2) == 0 && len(copied.items) > 0 {
				somewhere(by, copied, isText).set(`"another"`)
			}
			list.add(by.IntN(len(list.items)+1), "", copied)
		},
		"strangers": func(by *rand.Rand, list *node) {
			for range 1 + by.IntN(3) {
				copied := one(by, list.items).copied()
				if id := copied.id(); id != nil {
					id.raw = one(by, []string{"3", "11", "999998", "2007"})
				}
				list.add(by.IntN(len(list.items)+1), "", copied)
			}
		},
		"other order": func(by *rand.Rand, list *node) {
			by.Shuffle(len(list.items), func(i, j int) { list.items[i], list.items[j] = list.items[j], list.items[i] })
		},
		"swapped": func(by *rand.Rand, list *node) {
			a, b := one(by, list.items).id(), one(by, list.items).id()
			if a != nil && b != nil {
				a.raw, b.raw = b.raw, a.raw
			}
		},
		"null record": func(by *rand.Rand, list *node) { list.add(by.IntN(len(list.items)+1), "", &node{raw: "null"}) },
		"no record": func(by *rand.Rand, list *node) {
			list.add(by.IntN(len(list.items)+1), "", &node{raw: one(by, otherTypes())})
		},
		"blanks": func(by *rand.Rand, list *node) {
			*list = node{raw: list.text(one(by, []string{" ", "\n\t", "\r\n    "}))}
		},
		"comma": func(_ *rand.Rand, list *node) { *list = node{raw: strings.TrimSuffix(list.text(""), "]") + ",]"} },
	}
}
