package config

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// Differences are the paths of settings that have other values in one configuration than in another, in their order. Lists and
// mappings differ as a whole.
func Differences(a, b Config) []string {
	var paths []string
	addDifferences("", reflect.ValueOf(a), reflect.ValueOf(b), &paths)
	return paths
}

func addDifferences(path string, a, b reflect.Value, paths *[]string) {
	if reflect.DeepEqual(a.Interface(), b.Interface()) {
		return
	}
	if a.Kind() != reflect.Struct || isScalar(a.Type()) {
		*paths = append(*paths, path)
		return
	}
	for i := range a.NumField() {
		field := a.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		child := join(path, name)
		if slices.Contains(strings.Split(options, ","), "inline") {
			child = cmp.Or(path, name)
		}
		addDifferences(child, a.Field(i), b.Field(i), paths)
	}
}

// Fixed are the paths of settings that another configuration has otherwise, of those that hold for as long as the program runs:
// sockets, and what the log is written to.
func Fixed(running, wanted Config) []string {
	other := running
	other.Server, other.Admin, other.Log = wanted.Server, wanted.Admin, wanted.Log
	s, own := &other.Server, running.Server
	s.MaxBody, s.Admission, s.Compression, s.Forwarded, s.CORS = own.MaxBody, own.Admission, own.Compression, own.Forwarded, own.CORS
	s.TLS.HSTS = own.TLS.HSTS
	s.Timeouts.DrainDelay, s.Timeouts.Drain = own.Timeouts.DrainDelay, own.Timeouts.Drain
	l, lines := &other.Log, running.Log
	l.AccessLog, l.Sample, l.Slow, l.PrincipalKey = lines.AccessLog, lines.Sample, lines.Slow, lines.PrincipalKey
	return Differences(running, other)
}
