package purge

// Hear notes purges in the order that all instances share. One goroutine calls it.
func (l *Log) Hear(all ...Heard) {
	if len(all) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Now()
	now.Local++
	for _, each := range all {
		if each.Missed > 0 {
			l.miss(mark{local: now.Local, shared: each.Missed})
		}
		if each.Told > 0 {
			l.confirm(each)
		} else {
			l.counts.purged(ByOthers, len(each.Tags))
			l.write(each.Tags, mark{local: now.Local, shared: each.Shared})
		}
		now.Shared = each.Shared
	}
	l.now.Store(&now)
}

// miss is for purges that nobody knows any more: they may have been of anything.
func (l *Log) miss(at mark) {
	m := l.memory.Load()
	l.counts.floors.Add(1)
	l.memory.Store(m.raised(m.floor.with(at)))
}

// confirm notes which place the shared order has given to a purge of this process.
//
// The message left after all of this process's purges up to Told. So whatever an instance began to fetch after it had heard the
// message was fetched after each of those, also where a later message names it.
func (l *Log) confirm(heard Heard) {
	m := l.memory.Load()
	for _, each := range heard.Tags {
		if each == All() {
			m = m.raised(m.floor.with(mark{shared: heard.Shared}))
			m.settled = max(m.settled, heard.Told)
		} else if s := m.find(each); s != nil {
			s.set(s.mark().confirmed(heard))
		} else {
			m = m.purged(each, mark{local: heard.Told, shared: heard.Shared}, l.most)
		}
	}
	if m.floor.waits > 0 && m.floor.waits <= heard.Told {
		m = m.raised(m.floor.confirmed(heard))
	}
	l.memory.Store(m)
}

func (m mark) confirmed(heard Heard) mark {
	m.shared = max(m.shared, heard.Shared)
	if m.waits <= heard.Told {
		m.waits = 0
	}
	return m
}
