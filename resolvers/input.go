package resolvers

import (
	"fmt"
	"net/mail"
	"strconv"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// The bounds of inputs, as the schema describes them. They keep nonsense from the services; what a shop allows is theirs to say.
const (
	maxItems    = 50
	maxQuantity = 1000
	maxNotes    = 500
	maxStreet   = 200
	maxCity     = 100
	maxZip      = 20
	maxName     = 100
	maxEmail    = 254 // RFC 5321, section 4.5.3.1.3
	maxPhone    = 30
	minCard     = 12
	maxCard     = 19
)

// findings collects what is wrong with an input, so that a form can show all of it at once.
type findings struct{ found []*graph.UserError }

func (f *findings) add(code graph.UserErrorCode, message string, field ...string) {
	f.found = append(f.found, &graph.UserError{Field: field, Code: code, Message: message})
}

// text checks a value that must be there and not too long.
func (f *findings) text(value string, most int, field ...string) {
	switch {
	case value == "":
		f.add(graph.UserErrorCodeRequired, "a value is needed", field...)
	case utf8.RuneCountInString(value) > most:
		f.add(graph.UserErrorCodeTooLong, fmt.Sprintf("at most %d characters are allowed", most), field...)
	}
}

// optional checks a value that may be left out, but not be set to null: the records have no null there.
func (f *findings) optional(value graphql.Omittable[*string], most int, field ...string) {
	text, set := value.ValueOK()
	switch {
	case !set:
	case text == nil:
		f.add(graph.UserErrorCodeRequired, "leave the field out to keep its value", field...)
	default:
		f.text(*text, most, field...)
	}
}

func (f *findings) address(address *graph.AddressInput, field ...string) {
	f.text(address.Street, maxStreet, path(field, "street")...)
	f.text(address.City, maxCity, path(field, "city")...)
	f.text(address.Zip, maxZip, path(field, "zip")...)
}

// path extends a field's path without sharing its memory.
func path(field []string, below ...string) []string {
	return append(append(make([]string, 0, len(field)+len(below)), field...), below...)
}

func checkPlacement(input graph.PlaceOrderInput) []*graph.UserError {
	var f findings
	if n := len(input.Items); n < 1 || n > maxItems {
		f.add(graph.UserErrorCodeOutOfRange, fmt.Sprintf("an order has 1 to %d lines", maxItems), "input", "items")
		return f.found // thousands of lines are not looked at one by one
	}
	for i, item := range input.Items {
		if item.Quantity < 1 || item.Quantity > maxQuantity {
			f.add(graph.UserErrorCodeOutOfRange, fmt.Sprintf("a quantity is 1 to %d", maxQuantity),
				"input", "items", strconv.Itoa(i), "quantity")
		}
	}
	f.address(input.ShippingAddress, "input", "shippingAddress")
	if notes := input.Notes.Value(); notes != nil && utf8.RuneCountInString(*notes) > maxNotes {
		f.add(graph.UserErrorCodeTooLong, fmt.Sprintf("at most %d characters are allowed", maxNotes), "input", "notes")
	}
	return f.found
}

func checkProfile(input graph.UpdateProfileInput) []*graph.UserError {
	var f findings
	f.optional(input.Name, maxName, "input", "name")
	f.optional(input.Email, maxEmail, "input", "email")
	if email := input.Email.Value(); email != nil && *email != "" && !isEmail(*email) {
		f.add(graph.UserErrorCodeInvalid, "this is not an email address", "input", "email")
	}
	f.optional(input.Phone, maxPhone, "input", "phone")
	if address, set := input.Address.ValueOK(); set && address == nil {
		f.add(graph.UserErrorCodeRequired, "leave the field out to keep its value", "input", "address")
	} else if set {
		f.address(address, "input", "address")
	}
	if !input.Name.IsSet() && !input.Email.IsSet() && !input.Phone.IsSet() && !input.Address.IsSet() {
		f.add(graph.UserErrorCodeRequired, "there is nothing to change", "input")
	}
	return f.found
}

// isEmail reports whether text is a bare address, without a display name.
func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}

func checkCharge(input graph.PayOrderInput) []*graph.UserError {
	var f findings
	if input.Method == record.Unknown {
		f.add(graph.UserErrorCodeInvalid, "choose a way to pay", "input", "method")
	}
	number := input.CardNumber.Value()
	switch {
	case input.Method == payment.Card && number == nil:
		f.add(graph.UserErrorCodeRequired, "a card needs its number", "input", "cardNumber")
	case input.Method == payment.Card && !isCardNumber(*number):
		f.add(graph.UserErrorCodeInvalid, fmt.Sprintf("a card number has %d to %d digits", minCard, maxCard), "input", "cardNumber")
	case input.Method != payment.Card && number != nil:
		f.add(graph.UserErrorCodeInvalid, "only a card has a number", "input", "cardNumber")
	}
	return f.found
}

func isCardNumber(text string) bool {
	for _, r := range text {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(text) >= minCard && len(text) <= maxCard
}

func addressOf(input *graph.AddressInput) *record.Address {
	if input == nil {
		return nil
	}
	return &record.Address{Street: &input.Street, City: &input.City, Zip: &input.Zip}
}
