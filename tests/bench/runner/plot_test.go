package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestAPlotHasABarForEachPeer(t *testing.T) {
	w := workload{title: "questions & answers", peers: []peer{{name: nameFloor}, {name: nameConcierge}, {name: "absent"}}}
	c := clusterOf(w, 64, []measurement{
		{peer: nameFloor, connections: 64, processor: 100},
		{peer: nameConcierge, connections: 64, processor: 300},
		{peer: nameConcierge, connections: 64, processor: 200},
		{peer: nameConcierge, connections: 1, processor: 900},
	})
	var out strings.Builder
	draw(&out, []cluster{c})
	text := out.String()
	for _, want := range []string{
		">250.0</text>", ">100.0</text>", "questions &amp; answers, connections: 64", `class="ours"`, `class="theirs"`, ">1000 µs<",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the plot lacks %s:\n%s", want, text)
		}
	}
	if strings.Count(text, "<rect") != 2 {
		t.Errorf("the plot should have two bars:\n%s", text)
	}
	for dec := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the plot is no XML: %v", err)
		}
	}
}

func TestPlacesGoByTheLogarithm(t *testing.T) {
	s := scaleOf([]cluster{{bars: []bar{{value: 12}, {value: 950}}}})
	if s != (scale{first: 1, last: 3}) {
		t.Errorf("the scale is %+v, want it to reach from 10 to 1000", s)
	}
	if left, right := s.place(100)-s.place(10), s.place(1000)-s.place(100); left != right {
		t.Errorf("powers of ten have %g and %g pixels", left, right)
	}
}
