package pressure

import "github.com/concierge-gateway/concierge/priority"

// level is how near the process is to its limit.
type level int32

const (
	easy    level = iota
	tight         // what is kept for later takes less
	short         // batch is refused
	shorter       // interactive too
	full          // critical too
	nLevels = iota
)

// slack is how far below a mark it is let in again what was refused there, as a part of the limit.
const slack = 0.05

// refusing is the level from which on a class is refused.
func refusing(class priority.Class) level {
	switch class {
	case priority.Batch:
		return short
	case priority.Critical:
		return full
	default:
		return shorter
	}
}

// refused says who is, for the log.
func (l level) refused() string {
	switch l {
	case short:
		return "batch"
	case shorter:
		return "batch, interactive"
	case full:
		return "all"
	default:
		return "nobody"
	}
}

// marks are from which part of the limit on there is each level.
type marks [nLevels]float64

func marksOf(c Config) marks {
	const hundred = 100.0
	return marks{
		tight:   float64(c.Batch)/hundred - slack,
		short:   float64(c.Batch) / hundred,
		shorter: float64(c.Interactive) / hundred,
		full:    float64(c.Critical) / hundred,
	}
}

// next is the level after another, where so much of the limit is used. It goes up at a mark, and down some way below it, so that
// it does not go to and fro.
func (m marks) next(now level, used float64) level {
	for now < full && used >= m[now+1] {
		now++
	}
	for now > easy && used < m[now]-slack {
		now--
	}
	return now
}
