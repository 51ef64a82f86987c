package token

import (
	"github.com/go-json-experiment/json"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// fill sets the claims in a token of jwx, for whoever asks jwtauth for them. They are set one by one: left to itself, jwx reads
// dates from strings, and a subject that is a number not at all.
func (c claims) fill(token jwt.Token) error {
	for name := range c {
		value, err := c.value(name)
		if err != nil {
			return err
		}
		if err := token.Set(name, value); err != nil {
			return refusal("a claim is not of the type that it must be")
		}
	}
	return nil
}

// value is a claim as jwx takes it.
func (c claims) value(name string) (value any, err error) {
	switch name {
	case jwt.ExpirationKey, jwt.NotBeforeKey, jwt.IssuedAtKey:
		return c.date(name)
	case jwt.AudienceKey:
		value, _, err = list(c[name])
		return value, err
	case jwt.SubjectKey:
		if c[name].Kind() == '0' {
			return c.subject(name)
		}
		return c.text(name)
	}
	if err := json.Unmarshal(c[name], &value); err != nil {
		return nil, refusal("a claim cannot be read, such as a number that is too large")
	}
	return value, nil
}
