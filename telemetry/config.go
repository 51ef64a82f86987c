package telemetry

// Config says what the gateway tells about itself.
type Config struct {
	// Level is the least severe log line that is written: debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is json or text.
	Format string `yaml:"format"`
	// AccessLog writes a line for each request.
	AccessLog bool `yaml:"access_log"`
}

// DefaultConfig writes JSON lines for requests and for whatever needs attention.
func DefaultConfig() Config { return Config{Level: "info", Format: "json", AccessLog: true} }

// Validate reports levels and formats that do not exist.
func (c Config) Validate(fail func(path, message string)) {
	switch c.Level {
	case "debug", "info", "warn", "error":
	default:
		fail("level", "must be debug, info, warn or error")
	}
	switch c.Format {
	case "json", "text":
	default:
		fail("format", "must be json or text")
	}
}
