package page

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/problem"
)

// Limits bound the first argument.
type Limits struct {
	// Default is the size of a page where none is asked for.
	Default int
	// Max is the largest size.
	Max int
}

// Range is the part of a list that a page shows.
type Range struct {
	// Offset is how many records come before it.
	Offset int
	// First is how many it shows at most.
	First int
}

// maxOffset keeps a made-up cursor from overflowing a service's arithmetic.
const maxOffset = 1 << 31

// Range reads the arguments of a connection. What they get wrong is a problem of kind BadInput.
func (l Limits) Range(first *int32, after *string) (Range, error) {
	r := Range{First: l.Default}
	if first != nil {
		if *first < 0 || int(*first) > l.Max {
			return Range{}, problem.New(problem.BadInput, fmt.Sprintf("first must lie between 0 and %d", l.Max))
		}
		r.First = int(*first)
	}
	if after != nil {
		offset, ok := readCursor(*after)
		if !ok {
			return Range{}, problem.New(problem.BadInput, "after is not a cursor of this list")
		}
		r.Offset = offset + 1
	}
	return r, nil
}

const cursorPrefix = "o:"

func cursor(offset int) string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendInt([]byte(cursorPrefix), int64(offset), 10))
}

func readCursor(text string) (offset int, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	digits, found := strings.CutPrefix(string(raw), cursorPrefix)
	offset, err = strconv.Atoi(digits)
	// One cursor has one spelling: "+1" and "01" are not ours.
	if !found || err != nil || offset < 0 || offset >= maxOffset || strconv.Itoa(offset) != digits {
		return 0, false
	}
	return offset, true
}
