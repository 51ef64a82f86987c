package problem

import (
	"fmt"
	"runtime/debug"
)

// Guard runs f and turns its panic into an error of kind Internal, with the stack as its cause. Goroutines that a handler starts
// need it: a panic there is outside the handler's recovery and would end the process.
func Guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = Wrap(Internal, fmt.Errorf("panic: %v\n%s", r, debug.Stack()), "")
		}
	}()
	return f()
}
