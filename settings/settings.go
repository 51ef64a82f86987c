// Package settings answers whether something can be opened with its settings.
package settings

import (
	"errors"
	"fmt"
)

// Validator reports what is wrong with settings, each by its path.
type Validator interface {
	Validate(fail func(path, message string))
}

// Check is all that is wrong with settings as one error, nil where nothing is. It is for those who are given settings that nobody
// may have looked at.
func Check(v Validator) error {
	var mistakes []error
	v.Validate(func(path, message string) { mistakes = append(mistakes, fmt.Errorf("%s: %s", path, message)) })
	return errors.Join(mistakes...)
}
