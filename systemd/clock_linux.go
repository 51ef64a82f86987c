package systemd

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// monotonic is the machine's clock that never goes back, which systemd compares with.
func monotonic() (time.Duration, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0, fmt.Errorf("clock_gettime: %w", err)
	}
	return time.Duration(now.Nano()), nil
}
