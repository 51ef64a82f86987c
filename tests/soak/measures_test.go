package soak

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// sample is what the third instance takes at a moment.
type sample struct {
	at     time.Duration
	values [5]float64
}

// measures are what is sampled, and how much more the last third of a run may have than the middle one: so many hundredths, and so much.
func measures() [5]struct {
	name, unit string
	scale      float64
	percent    float64
	more       float64
} {
	return [5]struct {
		name, unit string
		scale      float64
		percent    float64
		more       float64
	}{
		{"resident memory", "MiB", 1 << 20, 10, 12},
		{"heap after collections", "MiB", 1 << 20, 15, 8},
		{"goroutines", "", 1, 10, 30},
		{"file descriptors", "", 1, 10, 20},
		{"series", "", 1, 3, 20},
	}
}

// meter samples the third instance each second.
type meter struct {
	*soak

	begun   time.Time
	samples []sample
	heaps   []float64
}

// collected is in how many samples the heap was surely collected once: the least of them is what is still in use.
const collected = 15

func (m *meter) keepMeasuring(ctx context.Context) {
	for pause(ctx, time.Second) {
		if now, ok := m.measure(); ok {
			m.samples = append(m.samples, now)
		}
	}
}

func (m *meter) measure() (now sample, ok bool) {
	_, page, err := m.look(m.instances[2], "/metrics")
	if err != nil {
		return now, false
	}
	now.at = time.Since(m.begun)
	for i, name := range []string{"process_resident_memory_bytes", "", "go_goroutines", "process_open_fds"} {
		if name != "" {
			now.values[i] = sumOf(page, name)
		}
	}
	m.heaps = append(m.heaps, sumOf(page, "go_memstats_heap_alloc_bytes"))
	now.values[1] = slices.Min(m.heaps[max(0, len(m.heaps)-collected):])
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "#") {
			now.values[4]++
		}
	}
	return now, true
}

// median of a measure in one of the three thirds of a run.
func (m *meter) median(measure, third int) float64 {
	part := m.samples[len(m.samples)*third/3 : len(m.samples)*(third+1)/3]
	values := make([]float64, 0, len(part))
	for _, each := range part {
		values = append(values, each.values[measure])
	}
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// grown says what grows: what has a larger median in the last third than in the middle one, by more than chance.
func (m *meter) grown() (all []string) {
	for i, each := range measures() {
		middle, last := m.median(i, 1), m.median(i, 2)
		if last > middle*(1+each.percent/100)+each.more*each.scale {
			all = append(all, fmt.Sprintf("%s: %.0f became %.0f %s", each.name, middle/each.scale, last/each.scale, each.unit))
		}
	}
	return all
}

// tell is the samples as a table, and a line for each.
func (m *meter) tell() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%-24s %10s %10s %10s %10s %10s\n", "median of each third", "first", "middle", "last", "least", "most")
	for i, each := range measures() {
		least, most := m.extremes(i)
		fmt.Fprintf(&text, "%-24s %10.0f %10.0f %10.0f %10.0f %10.0f\n", strings.TrimRight(each.name+", "+each.unit, ", "),
			m.median(i, 0)/each.scale, m.median(i, 1)/each.scale, m.median(i, 2)/each.scale, least/each.scale, most/each.scale)
	}
	for i, each := range measures() {
		fmt.Fprintf(&text, "\n%s\n%s", strings.TrimRight(each.name+", "+each.unit, ", "), m.plot(i, each.scale))
	}
	return text.String()
}

func (m *meter) extremes(measure int) (least, most float64) {
	for i, each := range m.samples {
		if v := each.values[measure]; i == 0 || v < least {
			least = v
		}
		most = max(most, each.values[measure])
	}
	return least, most
}

// The size of a plot, in characters.
const (
	columns = 72
	rows    = 6
)

// plot is a measure over time, from 0 on.
func (m *meter) plot(measure int, scale float64) string {
	_, most := m.extremes(measure)
	var text strings.Builder
	for row := rows; row > 0; row-- {
		fmt.Fprintf(&text, "%8.0f |", most*float64(row)/rows/scale)
		for column := range columns {
			mark := " "
			if len(m.samples) > 0 && m.samples[column*len(m.samples)/columns].values[measure] > most*(float64(row)-0.5)/rows {
				mark = "#"
			}
			text.WriteString(mark)
		}
		text.WriteString("\n")
	}
	last := time.Duration(0)
	if len(m.samples) > 0 {
		last = m.samples[len(m.samples)-1].at.Round(time.Second)
	}
	fmt.Fprintf(&text, "%8d +%s\n%9s 0s%*s\n", 0, strings.Repeat("-", columns), "", columns-2, last)
	return text.String()
}

// report writes what is to be kept of a run.
func report(file, text string) error {
	if file == "" {
		return nil
	}
	return os.WriteFile(file, []byte(text), 0o600)
}
