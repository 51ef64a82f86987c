package tests

import (
	"hash/fnv"
	"math/rand/v2"
)

// happen is what a mishap makes of an answer to a call of a path.
func (m mishap) happen(path string, a answer) answer {
	change, ok := badStatuses()[m.kind]
	if !ok {
		change, ok = spoiledAnswers()[m.kind]
	}
	if !ok {
		return m.toRecords(a)
	}
	by := m.chance(path)
	if by.IntN(100) >= m.share {
		return a
	}
	return change(by, a)
}

// toRecords changes some records of an answer. A record is the same in all answers that have it.
func (m mishap) toRecords(a answer) answer {
	value := parsed(a.body)
	if value == nil {
		return a
	}
	records := []*node{value}
	if value.kind == '[' {
		records = value.items
	}
	changed := false
	for _, record := range records {
		id := record.id()
		if id == nil {
			continue
		}
		if by := m.chance(id.raw); by.IntN(100) < m.share {
			spoiledRecords()[m.kind](by, record)
			changed = true
		}
	}
	if !changed {
		return a
	}
	return a.saying(value.text(""))
}

// chance is the same for the same thing, whoever asks.
func (m mishap) chance(thing string) *rand.Rand {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(m.service + " " + m.kind + " " + thing))
	return rand.New(rand.NewPCG(m.seed, sum.Sum64()))
}

// someMishaps are what is wrong during a trial: mostly nothing.
func someMishaps(by *rand.Rand, services []string) []mishap {
	statuses, answers, records := mishapKinds()
	var all []mishap
	add := func(kinds []string, share int) {
		all = append(all, mishap{one(by, services), one(by, kinds), by.Uint64() >> 32, share})
	}
	switch by.IntN(20) {
	case 0, 1:
		add(statuses, one(by, []int{50, 100, 100}))
	case 2:
		add(statuses, 50)
		add(statuses, 50)
	case 3, 4, 5:
		add(answers, one(by, []int{50, 100, 100}))
	case 6, 7, 8, 9, 10, 11, 12, 13:
		for range 1 + by.IntN(3) {
			add(records, one(by, []int{20, 50, 100, 100}))
		}
	case 14:
		add(answers, 100)
		add(records, 30)
		add(statuses, 30)
	}
	return all
}
