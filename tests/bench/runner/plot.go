package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
)

// cluster are the bars of one workload.
type cluster struct {
	title string
	bars  []bar
}

// bar is what one peer takes for a request, in µs of processor time.
type bar struct {
	name  string
	value float64
	ours  bool
}

// clusterOf is what a workload's peers take with one number of connections.
func clusterOf(w workload, connections int, results []measurement) cluster {
	c := cluster{title: fmt.Sprintf("%s, connections: %d", w.title, connections)}
	for _, p := range w.peers {
		var of []measurement
		for _, m := range results {
			if m.peer == p.name && m.connections == connections {
				of = append(of, m)
			}
		}
		if len(of) > 0 {
			c.bars = append(c.bars, bar{name: p.name, value: processor(of), ours: p.isConcierge()})
		}
	}
	return c
}

// The measures of a plot, in pixels.
const (
	plotWidth  = 860
	plotNames  = 200 // the room for names, left of the bars
	plotValues = 80  // and for figures, right of them
	plotLine   = 22
	plotTitle  = 34
	plotMargin = 12
)

// style makes a plot that can be read on white and on black.
const style = `text { font: 13px system-ui, sans-serif; fill: #1f2328 } .title { font-weight: 600 } .name { text-anchor: end }
.ours { fill: #0969da } .theirs { fill: #8c959f } .grid { stroke: #d0d7de } .scale { font-size: 11px; text-anchor: middle }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .ours { fill: #4493f8 } .theirs { fill: #6e7681 } .grid { stroke: #30363d } }`

// draw writes an SVG with a bar for each peer. Their lengths go by the logarithm, because some take a thousand times what others
// take.
func draw(out io.Writer, clusters []cluster) {
	height := 2*plotMargin + plotTitle
	for _, c := range clusters {
		height += plotTitle + plotLine*len(c.bars)
	}
	scale := scaleOf(clusters)
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="img">`+"\n",
		plotWidth, height)
	fmt.Fprintf(out, "<title>Processor time for a request, µs, on a logarithmic scale</title>\n<style>%s</style>\n", style)
	scale.grid(out, height)
	at := plotMargin + plotTitle
	for _, c := range clusters {
		fmt.Fprintf(out, `<text class="title" x="%d" y="%d">%s</text>`+"\n", plotMargin, at+plotTitle-12, quoted(c.title))
		at += plotTitle
		for _, b := range c.bars {
			scale.bar(out, b, at)
			at += plotLine
		}
	}
	fmt.Fprintln(out, "</svg>")
}

// scale places values: each power of ten takes the same room.
type scale struct{ first, last float64 } // exponents

// scaleOf reaches over all bars.
func scaleOf(clusters []cluster) scale {
	s := scale{first: math.Inf(1), last: math.Inf(-1)}
	for _, c := range clusters {
		for _, b := range c.bars {
			exponent := math.Log10(max(b.value, 0.1))
			s.first, s.last = min(s.first, math.Floor(exponent)), max(s.last, math.Ceil(exponent))
		}
	}
	if s.last <= s.first {
		s.last = s.first + 1
	}
	return s
}

// place is where a value's bar ends.
func (s scale) place(value float64) float64 {
	const room = plotWidth - plotNames - plotValues - 2*plotMargin
	return plotMargin + plotNames + room*(math.Log10(max(value, 0.1))-s.first)/(s.last-s.first)
}

func (s scale) grid(out io.Writer, height int) {
	for exponent := s.first; exponent <= s.last; exponent++ {
		value := math.Pow(10, exponent)
		fmt.Fprintf(out, `<line class="grid" x1="%[1]g" x2="%[1]g" y1="%[2]d" y2="%[3]d"/>`,
			s.place(value), plotMargin+20, height-plotMargin)
		fmt.Fprintf(out, `<text class="scale" x="%g" y="%d">%g µs</text>`+"\n", s.place(value), plotMargin+12, value)
	}
}

func (s scale) bar(out io.Writer, b bar, at int) {
	class := "theirs"
	if b.ours {
		class = "ours"
	}
	begin := float64(plotMargin + plotNames)
	fmt.Fprintf(out, `<text class="name" x="%g" y="%d">%s</text>`, begin-8, at+14, quoted(b.name))
	fmt.Fprintf(out, `<rect class="%s" x="%g" y="%d" width="%.1f" height="%d" rx="2"/>`,
		class, begin, at+3, s.place(b.value)-begin, plotLine-7)
	fmt.Fprintf(out, `<text x="%.1f" y="%d">%.1f</text>`+"\n", s.place(b.value)+6, at+14, b.value)
}

func quoted(text string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(text)) // a strings.Builder takes everything
	return out.String()
}
