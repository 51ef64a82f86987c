package demo

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decode reads a body over what is there: members that are missing keep their value, which makes it a PATCH as well.
func decode(r *http.Request, over any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	err = json.Unmarshal(body, over, json.RejectUnknownMembers(true))
	var wrong *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && errors.Is(err, json.ErrUnknownName):
		return unprocessable(mistake{field(wrong.JSONPointer), codeUnknown})
	case errors.As(err, &wrong):
		return unprocessable(mistake{field(wrong.JSONPointer), codeInvalid})
	default:
		return badRequest("the body is not JSON")
	}
}

// field turns /items/0/product_id into items[0].product_id.
func field(pointer jsontext.Pointer) string {
	var name strings.Builder
	for token := range pointer.Tokens() {
		_, err := strconv.Atoi(token)
		switch {
		case err == nil:
			name.WriteString("[" + token + "]")
		case name.Len() > 0:
			name.WriteString("." + token)
		default:
			name.WriteString(token)
		}
	}
	return name.String()
}

// The longest texts, in characters.
const (
	maxText = 200
	maxNote = 1000
)

// check collects the mistakes of a body, so that its sender learns of all at once.
type check []mistake

func (c *check) fail(field, code string) { *c = append(*c, mistake{field, code}) }

// text demands a text that is neither empty nor too long.
func (c *check) text(field, value string) {
	if strings.TrimSpace(value) == "" {
		c.fail(field, codeRequired)
		return
	}
	c.length(field, value, maxText)
}

func (c *check) length(field, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		c.fail(field, codeTooLong)
	}
}

func (c *check) between(field string, value, least, most int64) {
	if value < least || value > most {
		c.fail(field, codeOutOfRange)
	}
}

func (c *check) oneOf(field, value string, allowed ...string) {
	switch {
	case value == "":
		c.fail(field, codeRequired)
	case !slices.Contains(allowed, value):
		c.fail(field, codeInvalid)
	}
}

func (c *check) email(field, value string) {
	c.text(field, value)
	if parsed, err := mail.ParseAddress(value); strings.TrimSpace(value) != "" && (err != nil || parsed.Address != value) {
		c.fail(field, codeInvalid)
	}
}

// address demands all of an address or nothing.
func (c *check) address(field string, value address) {
	if value == (address{}) {
		return
	}
	c.text(field+".street", value.Street)
	c.text(field+".city", value.City)
	c.text(field+".zip", value.Zip)
}

func (c *check) err() error {
	if len(*c) == 0 {
		return nil
	}
	return unprocessable(*c...)
}
