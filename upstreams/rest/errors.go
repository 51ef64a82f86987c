package rest

import "fmt"

// While says what was being done when err happened. No error stays none.
func While(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
