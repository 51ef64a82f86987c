package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/agnivade/levenshtein"
)

// field is a setting of a struct: the key in YAML and the way to the Go field.
type field struct {
	name  string
	index []int
}

type fields []field

// fieldsOf lists a struct's settings. The fields of a struct tagged ",inline" count as its own; a map tagged so takes the keys
// that are none of them.
func fieldsOf(t reflect.Type) fields {
	var all fields
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if options != "inline" {
			all = append(all, field{name, []int{i}})
			continue
		}
		if t.Field(i).Type.Kind() == reflect.Map {
			continue
		}
		for _, inner := range fieldsOf(t.Field(i).Type) {
			all = append(all, field{inner.name, append([]int{i}, inner.index...)})
		}
	}
	return all
}

// openField is the map of a struct that takes the keys which are no settings of its own, if it has one.
func openField(t reflect.Type) (index []int, ok bool) {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("yaml") == ",inline" && t.Field(i).Type.Kind() == reflect.Map {
			return []int{i}, true
		}
	}
	return nil, false
}

func (f fields) find(name string) ([]int, bool) {
	for _, each := range f {
		if each.name == name {
			return each.index, true
		}
	}
	return nil, false
}

func (f fields) names() []string {
	names := make([]string, len(f))
	for i, each := range f {
		names[i] = each.name
	}
	return names
}

// unknown says what could have been meant by a key.
func unknown(name string, known []string) string {
	if near, ok := nearest(name, known); ok {
		return fmt.Sprintf("is not a setting: did you mean %s?", near)
	}
	return "is not a setting: those here are " + strings.Join(known, ", ")
}

// similar reports whether a name looks like a known one that was mistyped.
func similar(name string, known []string) bool {
	_, ok := nearest(name, known)
	return ok
}

// nearest is the known name that a typing mistake most likely made this one of: at most a third of it may differ, not
// counting case and hyphens.
func nearest(name string, known []string) (string, bool) {
	plain := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	best, least := "", len(name)/3+1
	for _, candidate := range known {
		if distance := levenshtein.ComputeDistance(plain, candidate); distance < least {
			best, least = candidate, distance
		}
	}
	return best, best != ""
}
