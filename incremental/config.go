package incremental

// Config says whether answers may come in parts.
type Config struct {
	// Enabled lets clients defer fragments by @defer. An answer comes in parts where its client asks for that by Accept, and whole
	// for all others. Without it the schema has no such directive.
	Enabled bool `yaml:"enabled"`
}

// DefaultConfig lets them.
func DefaultConfig() Config { return Config{Enabled: true} }
