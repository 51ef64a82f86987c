package watched

// Result is what a look at a file found. It is a closed set, fit for a metric's label.
type Result string

// What a look can find. Unreadable and Refused are found again at each look for as long as they last.
const (
	// Unchanged is the content that was there before.
	Unchanged Result = "unchanged"
	// Taken is new content, which now counts.
	Taken Result = "taken"
	// Unreadable is a file that is missing, too large, or cannot be read. The last good content counts.
	Unreadable Result = "unreadable"
	// Refused is content that cannot be parsed. The last good content counts.
	Refused Result = "refused"
)

// usualMaxBytes is far above what people write by hand.
const usualMaxBytes = 1 << 20

// Option changes how a file is watched.
type Option func(*settings)

type settings struct {
	maxBytes int64
	observe  func(Result)
}

func settingsOf(options []Option) settings {
	s := settings{maxBytes: usualMaxBytes, observe: func(Result) {}}
	for _, option := range options {
		option(&s)
	}
	return s
}

// MaxBytes bounds the file's size. It is 1 MiB where this is not given. A larger file counts as Unreadable.
func MaxBytes(n int64) Option { return func(s *settings) { s.maxBytes = n } }

// Observe has a function called with the result of each look, that of Open included.
func Observe(call func(Result)) Option { return func(s *settings) { s.observe = call } }
