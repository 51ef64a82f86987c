package config

import (
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

// Load reads a configuration file, as Parse does. The error is Mistakes unless the file cannot be read.
func Load(path string, getenv func(string) (string, bool), checks ...Check) (Config, error) {
	data, err := read(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(data, path, getenv, checks...)
}

func read(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	data, err := io.ReadAll(io.LimitReader(file, int64(maxFile)+1))
	if err == nil && len(data) > int(maxFile) {
		err = fmt.Errorf("%s is larger than %s", path, maxFile)
	}
	return data, err
}

// Parse reads YAML over the defaults, fills variables by getenv (which is os.LookupEnv outside of tests), validates, and checks
// further. The error is Mistakes: all that is wrong, under the file's name. The configuration is then
// empty.
func Parse(data []byte, name string, getenv func(string) (string, bool), checks ...Check) (Config, error) {
	c, r := Default(), newReport(name)
	if doc := onlyDocument(data, r); doc != nil && doc.Body != nil {
		r.places[""] = placeOf(doc.Body)
		d := &decoder{report: r, getenv: getenv, targets: aliasTargets(doc.Body)}
		d.decode("", doc.Body, reflect.ValueOf(&c).Elem())
	}
	r.validate(c, checks)
	if err := r.err(); err != nil {
		return Config{}, err
	}
	return c, nil
}
