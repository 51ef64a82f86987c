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

// fieldsOf lists a struct's settings. The fields of a struct tagged ",inline" count as its own.
func fieldsOf(t reflect.Type) fields {
	var all fields
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if options != "inline" {
			all = append(all, field{name, []int{i}})
			continue
		}
		for _, inner := range fieldsOf(t.Field(i).Type) {
			all = append(all, field{inner.name, append([]int{i}, inner.index...)})
		}
	}
	return all
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
