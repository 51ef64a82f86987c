package balancer

// Awaited is how many endpoints have not been checked yet, whatever their first check will say: 0 where none are.
func (p *Pool) Awaited() int {
	if p.config.Health.Path == "" {
		return 0
	}
	count := 0
	for _, e := range p.lineup.Load().all {
		if !e.judged.Load() {
			count++
		}
	}
	return count
}
