package main

import (
	"io"
	"regexp"
	"strings"
	"testing"
)

const someUser = `{"id":7,"name":"Ada","username":"ada","role":"admin","password_hash":"x","address":{"zip":"1"}}`

func TestAFilteredUserHasTheMembersOfTheSchemaUnderTheirNames(t *testing.T) {
	s := &server{peer: peer{filters: true}}
	for answer, right := range map[string]bool{
		`{"id":7,"name":"Ada","user_name":"ada","role":"admin","address":{"zip":"1"}}`:                     true,
		`{"user_name":"ada","id":7,"name":"Ada","role":"admin","address":{"zip":"1"}}`:                     true,
		`{"id":7,"name":"Ada","username":"ada","role":"admin","address":{"zip":"1"}}`:                      false,
		`{"id":7,"name":"Ada","user_name":"ada","role":"admin"}`:                                           false,
		`{"id":7,"name":"Ada","user_name":"ada","role":"admin","address":{"zip":"1"},"password_hash":"x"}`: false,
		someUser: false,
	} {
		if err := s.compareRecord([]byte(answer), []byte(someUser), shownUser); (err == nil) != right {
			t.Errorf("%s: %v, want it to be right: %t", answer, err, right)
		}
	}
}

func TestAnAnswerThatIsHandedOnIsTheSameBytes(t *testing.T) {
	s := new(server)
	if err := s.compareRecord([]byte(someUser), []byte(someUser), shownUser); err != nil {
		t.Error(err)
	}
	if err := s.compareRecord([]byte(someUser+"\n"), []byte(someUser), shownUser); err == nil {
		t.Error("nobody noticed a byte more")
	}
}

func TestAPeerWithoutItsProgramIsLeftOut(t *testing.T) {
	var out strings.Builder
	b := &bench{settings: settings{only: regexp.MustCompile("")}, out: &out}
	chosen, err := b.chosen([]workload{
		{title: "one", peers: []peer{{name: "there"}, {name: "missing", program: "no-such-program-anywhere"}}},
		{title: "other", peers: []peer{{name: "missing", program: "no-such-program-anywhere"}}},
	})
	if err != nil || len(chosen) != 1 || len(chosen[0].peers) != 1 || chosen[0].peers[0].name != "there" {
		t.Errorf("chosen = %v, %v, want the one peer that is there", chosen, err)
	}
	if !strings.Contains(out.String(), "missing IS LEFT OUT") {
		t.Errorf("it says %q", out.String())
	}
}

func TestNoPeerIsAMistake(t *testing.T) {
	b := &bench{settings: settings{only: regexp.MustCompile("nobody")}, out: io.Discard}
	if _, err := b.chosen([]workload{{peers: []peer{{name: "somebody"}}}}); err == nil {
		t.Error("no peer was chosen, and nobody said so")
	}
}
