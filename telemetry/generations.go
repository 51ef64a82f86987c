package telemetry

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Generations are the metrics of a program whose parts come and go: each part counts in a registry of its own, and what is
// gathered is one whole. What was counted stays counted when its part has ended, so that nothing that only grows ever shrinks.
// Series of a gauge live as long as their part. It is safe for concurrent use.
type Generations struct {
	lasting prometheus.Gatherer

	mu    sync.Mutex
	alive []prometheus.Gatherer // the oldest first
	past  families
}

// NewGenerations has the metrics of a gatherer that lasts as long as the program, and none yet that do not.
func NewGenerations(lasting prometheus.Gatherer) *Generations {
	return &Generations{lasting: lasting, past: make(families)}
}

// Begin adds the metrics of a part.
func (g *Generations) Begin(part prometheus.Gatherer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.alive = append(g.alive, part)
}

// End takes away a part that counts no more, and keeps what it has counted. It does nothing for one that is not there. Whatever
// cannot be gathered is lost.
func (g *Generations) End(part prometheus.Gatherer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.Index(g.alive, part)
	if at < 0 {
		return
	}
	g.alive = slices.Delete(g.alive, at, at+1)
	last, _ := part.Gather()
	for _, family := range last {
		if grows(family.GetType()) {
			g.past.add(family)
		}
	}
}

// Gather implements prometheus.Gatherer.
func (g *Generations) Gather() ([]*dto.MetricFamily, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var failed prometheus.MultiError
	all := g.past.clone()
	for _, each := range slices.Concat([]prometheus.Gatherer{g.lasting}, g.alive) {
		gathered, err := each.Gather()
		failed.Append(err)
		for _, family := range gathered {
			all.add(family)
		}
	}
	return all.sorted(), failed.MaybeUnwrap()
}

// grows reports whether metrics of a kind only ever grow.
func grows(kind dto.MetricType) bool {
	return kind == dto.MetricType_COUNTER || kind == dto.MetricType_HISTOGRAM
}

// families are what was gathered, by name.
type families map[string]*family

type family struct {
	about  *dto.MetricFamily // all but its metrics
	series map[string]*dto.Metric
}

// add joins what one part has with what the parts before it have. What is added belongs to families from now on.
func (f families) add(more *dto.MetricFamily) {
	known := f[more.GetName()]
	if known == nil {
		known = &family{series: make(map[string]*dto.Metric, len(more.GetMetric()))}
		f[more.GetName()] = known
	}
	known.about = &dto.MetricFamily{Name: more.Name, Help: more.Help, Type: more.Type, Unit: more.Unit}
	for _, each := range more.GetMetric() {
		key := keyOf(each)
		if before := known.series[key]; before != nil {
			join(more, before, each)
		}
		known.series[key] = each
	}
}

func (f families) clone() families {
	copied := make(families, len(f))
	for name, each := range f {
		copied[name] = &family{about: each.about, series: maps.Clone(each.series)} // join changes only what comes after
	}
	return copied
}

// sorted are the families as they are written: by name, and their series by labels.
func (f families) sorted() []*dto.MetricFamily {
	all := make([]*dto.MetricFamily, 0, len(f))
	for _, each := range f {
		written := &dto.MetricFamily{Name: each.about.Name, Help: each.about.Help, Type: each.about.Type, Unit: each.about.Unit}
		keys := make([]string, 0, len(each.series))
		for key := range each.series {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			written.Metric = append(written.Metric, each.series[key])
		}
		all = append(all, written)
	}
	slices.SortFunc(all, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
	return all
}

// keyOf tells the series of a family apart. Labels come sorted.
func keyOf(m *dto.Metric) string {
	var key strings.Builder
	for _, label := range m.GetLabel() {
		key.WriteString(label.GetName() + "\x00" + label.GetValue() + "\x00")
	}
	return key.String()
}
