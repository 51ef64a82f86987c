// Package secret answers how a secret is held: nothing that prints, logs or encodes it shows it.
package secret

// Text is a secret as it was configured.
type Text string

// hidden is shown in its place.
const hidden = "[redacted]"

// String hides the secret from fmt.
func (Text) String() string { return hidden }

// GoString hides the secret from %#v.
func (Text) GoString() string { return hidden }

// MarshalText hides the secret from encoders: JSON, YAML and slog.
func (Text) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// UnmarshalText reads the secret as it stands.
func (t *Text) UnmarshalText(text []byte) error {
	*t = Text(text)
	return nil
}
