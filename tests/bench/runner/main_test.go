package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSettingsComeFromVariablesAndFlags(t *testing.T) {
	variables := map[string]string{
		"ROUNDS": "5", "DUR": "2s", "CONNS": "8,1", "ONLY": "floor|plain", "ACCESS_LOG": "true", "WRITE": "somewhere",
	}
	s, err := parse([]string{"-dur", "3s"}, func(name string) string { return variables[name] })
	if err != nil {
		t.Fatal(err)
	}
	if s.rounds != 5 || s.duration != 3*time.Second || !s.accessLog ||
		s.write != "somewhere" || !s.only.MatchString("plain") || s.only.MatchString("concierge") {
		t.Errorf("got %+v", s)
	}
	if diff := cmp.Diff([]int{8, 1}, s.connections); diff != "" {
		t.Error(diff)
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, variables := range []map[string]string{
		{"ROUNDS": "0"}, {"ROUNDS": "many"}, {"DUR": "5"}, {"DUR": "-1s"}, {"CONNS": "0"}, {"CONNS": "20001"}, {"CONNS": "1,,2"}, {"ONLY": "("},
	} {
		if _, err := parse(nil, func(name string) string { return variables[name] }); err == nil {
			t.Errorf("%v was accepted", variables)
		}
	}
}
