package status

import (
	"strconv"
	"time"
)

// The canvas of a chart. Style sheets stretch it.
const (
	chartWidth  = 600
	chartHeight = 120
)

// curve is one line of a chart.
type curve struct {
	name  literal
	class literal // a, b or c, which differ in colour and in dashes
	value func(Point) (float64, bool)
}

// chart adds lines over the last quarter of an hour, with their meaning in words.
func (m *markup) chart(title literal, unit func(float64) string, end time.Time, list []Point, curves ...curve) {
	most := highest(list, curves)
	m.raw("<figure><figcaption><strong>", title, "</strong> <span>highest ")
	m.say(unit(most))
	m.raw("</span></figcaption>")
	m.raw(`<svg viewBox="0 0 600 120" preserveAspectRatio="none" role="img" aria-label="`, title, `, the last 15 minutes: `)
	for i, each := range curves {
		if i > 0 {
			m.raw(", ")
		}
		m.raw(each.name, " ")
		m.say(latestOf(list, each, unit))
	}
	m.raw(", highest ")
	m.say(unit(most))
	m.raw(`"><path class="grid" d="M0 119.5H600M0 60H600M0 .5H600"/>`)
	for _, each := range curves {
		m.raw(`<path class="line `, each.class, `" d="`)
		m.path(end, list, each, most)
		m.raw(`"/>`)
	}
	m.raw(`</svg><p class="axis"><span>15 min ago</span><span>now</span></p><ul class="legend">`)
	for _, each := range curves {
		m.raw(`<li><svg viewBox="0 0 24 8" aria-hidden="true"><path class="line `, each.class, `" d="M0 4H24"/></svg> `, each.name, " ")
		m.say(latestOf(list, each, unit))
		m.raw("</li>")
	}
	m.raw("</ul></figure>")
}

// path draws a line, with gaps where nothing was measured.
func (m *markup) path(end time.Time, list []Point, of curve, most float64) {
	drawing := false
	for _, point := range list {
		value, ok := of.value(point)
		x := chartWidth * (1 - end.Sub(point.Time).Seconds()/quarter.Seconds())
		if !ok || x < 0 {
			drawing = false
			continue
		}
		letter := byte('L')
		if !drawing {
			letter = 'M'
		}
		drawing = true
		m.text = append(m.text, letter)
		m.text = strconv.AppendFloat(m.text, min(x, chartWidth), 'f', 1, 64)
		m.text = append(m.text, ' ')
		m.text = strconv.AppendFloat(m.text, chartHeight-1-(chartHeight-2)*value/max(most, 1e-9), 'f', 1, 64)
	}
}

func highest(list []Point, curves []curve) float64 {
	most := 0.0
	for _, point := range list {
		for _, each := range curves {
			if value, ok := each.value(point); ok {
				most = max(most, value)
			}
		}
	}
	return most
}

func latestOf(list []Point, of curve, unit func(float64) string) string {
	if len(list) == 0 {
		return nothing
	}
	if value, ok := of.value(list[len(list)-1]); ok {
		return unit(value)
	}
	return nothing
}

// percentile is a curve of the latency.
func percentile(name, class literal, of func(Latency) float64) curve {
	return curve{name, class, func(p Point) (float64, bool) {
		if p.Latency == nil {
			return 0, false
		}
		return of(*p.Latency), true
	}}
}

func perSecond(value float64) string { return number(value) + "/s" }
