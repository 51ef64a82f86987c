package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAnswersAreEqualButForTheSpellingOfAmounts(t *testing.T) {
	want := normalise(object{"data": object{"id": "7", "quantity": json.Number("2"), "amount": object{"amount": json.Number("19.90")}}})
	for name, c := range map[string]struct {
		answer string
		equal  bool
	}{
		"a decimal as text":            {`{"data":{"id":"7","quantity":2,"amount":{"amount":"19.90"}}}`, true},
		"a number without its zero":    {`{"data":{"id":"7","quantity":2,"amount":{"amount":19.9}}}`, true},
		"another order of members":     {`{"data":{"amount":{"amount":19.90},"quantity":2,"id":"7"}}`, true},
		"another amount":               {`{"data":{"id":"7","quantity":2,"amount":{"amount":19.91}}}`, false},
		"no amount":                    {`{"data":{"id":"7","quantity":2,"amount":null}}`, false},
		"an id that is a number":       {`{"data":{"id":7,"quantity":2,"amount":{"amount":19.9}}}`, false},
		"a number that is no amount":   {`{"data":{"id":"7","quantity":2.0,"amount":{"amount":19.9}}}`, false},
		"an error beside it":           {`{"errors":[{}],"data":{"id":"7","quantity":2,"amount":{"amount":19.9}}}`, false},
		"what is no JSON":              {`<html>`, false},
		"something beside what is due": {`{"data":{"id":"7","quantity":2,"more":1,"amount":{"amount":19.9}}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := compare([]byte(c.answer), want); (err == nil) != c.equal {
				t.Errorf("compare = %v, want them equal: %t", err, c.equal)
			}
		})
	}
}

func TestDigitsOfWholeAmountsKeepTheirZeros(t *testing.T) {
	for text, want := range map[string]string{"100": "100", "100.00": "100", "0.50": "0.5", "0": "0"} {
		if got, ok := digits(json.Number(text)); !ok || got != want {
			t.Errorf("digits(%s) = %s, %t, want %s", text, got, ok, want)
		}
	}
}

func TestADifferenceNamesItsPlace(t *testing.T) {
	want := object{"nodes": []any{object{"id": "1", "user": nil}, object{"id": "2", "user": object{"name": "Ada"}}}}
	for answer, place := range map[string]string{
		`{"nodes":[{"id":"1","user":null},{"id":"2","user":{"name":"Bob"}}]}`:            `the answer.nodes[1].user.name is "Bob"`,
		`{"nodes":[{"id":"1","user":null},{"id":"2","user":null}]}`:                      `the answer.nodes[1].user is null`,
		`{"nodes":[{"id":"1","user":{}},{"id":"2","user":{"name":"Ada"}}]}`:              `the answer.nodes[0].user is {}`,
		`{"nodes":[{"user":null},{"id":"2","user":{"name":"Ada"}}]}`:                     `the answer.nodes[0].id is missing`,
		`{"nodes":[{"id":"1","user":null},{"id":"2","user":{"name":"Ada"}}],"errors":7}`: `the answer.errors should not be there`,
		`{"nodes":[{"id":"1","user":null}]}`:                                             `the answer.nodes is [`,
		`[]`:                                                                             `the answer is []`,
	} {
		if err := compare([]byte(answer), want); err == nil || !strings.HasPrefix(err.Error(), place) {
			t.Errorf("compare(%s) = %v, want it to begin with %q", answer, err, place)
		}
	}
}
