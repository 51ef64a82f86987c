package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"

	"github.com/concierge-gateway/concierge/units"
)

// maxFile is far above any configuration. It ends the reading of what is no file, such as a device.
const maxFile = units.MiB

// Check reports what is wrong with a configuration beyond what Validate knows: what only those see who put its parts together.
type Check func(c Config, fail func(path, message string))

// whole is nothing of a configuration that has mistakes.
func whole(c Config, err error) (Config, error) {
	if err != nil {
		return Config{}, err
	}
	return c, nil
}

// load reads a configuration file, as parse does.
func load(path string, variables *Variables, checks []Check) (Config, error) {
	data, err := read(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	return parse(data, path, variables, checks)
}

func read(path string) ([]byte, error) {
	data, err := readBounded(path, maxFile)
	if errors.Is(err, errTooLarge) {
		return nil, fmt.Errorf("%s is larger than %s", path, maxFile)
	}
	return data, err
}

// errTooLarge is why a file was not read to its end.
var errTooLarge = errors.New("it is too large")

func readBounded(path string, most units.Bytes) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	data, err := io.ReadAll(io.LimitReader(file, int64(most)+1))
	if err == nil && len(data) > int(most) {
		return nil, errTooLarge
	}
	return data, err
}

// Parse reads YAML over the defaults, fills variables by getenv (which is os.LookupEnv outside of tests), validates, and checks
// further. The error is Mistakes: all that is wrong, under the file's name. The configuration is then
// empty.
func Parse(data []byte, name string, getenv func(string) (string, bool), checks ...Check) (Config, error) {
	return whole(parse(data, name, &Variables{Getenv: getenv}, checks))
}

// parse also returns what could be read of a configuration that has mistakes.
func parse(data []byte, name string, variables *Variables, checks []Check) (Config, error) {
	c, r := Default(), newReport(name)
	if doc := onlyDocument(data, r); doc != nil && doc.Body != nil {
		r.places[""] = placeOf(doc.Body)
		d := &decoder{report: r, variables: variables, targets: aliasTargets(doc.Body)}
		d.decode("", doc.Body, reflect.ValueOf(&c).Elem())
	}
	c.Tracing.Sending = c.Tracing.Sending.Over(variables.Getenv)
	r.validate(c, checks)
	return c, r.err()
}
