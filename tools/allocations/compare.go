package main

import "fmt"

// verdict is how results differ from what was recorded.
type verdict struct {
	wrong []string // what must not be
	less  []string // what is better, and should be recorded
}

// The bytes may grow by so many parts in a hundred, and by a few: they differ with the lengths of addresses and times, and what is
// allocated once is divided by the few runs.
const (
	bytesMayGrow = 10
	fewBytes     = 64
)

// compare holds the least of a benchmark's runs against what was recorded.
func compare(known, found []result) verdict {
	type key struct{ pkg, name string }
	left := make(map[key]result, len(known))
	for _, r := range known {
		left[key{r.pkg, r.name}] = r
	}
	var v verdict
	for _, r := range found {
		was, ok := left[key{r.pkg, r.name}]
		delete(left, key{r.pkg, r.name})
		switch {
		case !ok:
			v.wrong = append(v.wrong, fmt.Sprintf("%s %s was not recorded", r.pkg, r.name))
		case r.objects > was.objects || r.bytes > was.bytes*(100+bytesMayGrow)/100+fewBytes:
			v.wrong = append(v.wrong, was.against(r, "more"))
		case r.maxObject < was.objects:
			v.less = append(v.less, was.against(r, "less"))
		}
	}
	for _, r := range known {
		if _, ok := left[key{r.pkg, r.name}]; ok {
			v.wrong = append(v.wrong, fmt.Sprintf("%s %s was recorded, and there is no such benchmark any more", r.pkg, r.name))
		}
	}
	return v
}

func (r result) against(now result, how string) string {
	return fmt.Sprintf("%s %s allocates %s: %d objects and %d bytes, and not %d and %d",
		r.pkg, r.name, how, now.objects, now.bytes, r.objects, r.bytes)
}
