package reshape

// admit begins a record, if the rules let it through. One that is refused it reads over.
func (r *run) admit(n *node, c byte) (bool, error) {
	r.begun = r.offset()
	if n.ruling == nil {
		return true, nil
	}
	if r.asks && c == '{' && !r.hopeless(n.ruling.guards) {
		if err := r.ask(n.ruling); err != nil {
			return false, err
		}
	}
	if r.allows(n.ruling.guards) {
		return true, nil
	}
	return false, r.refuseRecord(n, c)
}

// hopeless reports whether a record is refused whosever it is.
func (r *run) hopeless(guards []int) bool {
	for _, rule := range guards {
		if r.said[rule] == Refuse {
			return true
		}
	}
	return false
}

// ask decides for one record what the rules say that depend on whose it is.
func (r *run) ask(u *ruling) error {
	for _, rule := range u.rules {
		if r.said[rule] == Ask {
			r.want(r.plan.owners[rule])
		}
	}
	if r.unfound == 0 {
		return nil
	}
	if err := r.ahead(u.owners); err != nil {
		return err
	}
	for i, rule := range u.rules {
		if i == len(u.guards) && !r.allows(u.guards) {
			break // of a record that is refused, nobody asks for the members
		}
		if r.said[rule] == Ask {
			r.decide(rule)
		}
	}
	for _, i := range u.owners.all {
		r.owners[i] = owner{}
	}
	r.unfound = 0
	return nil
}

// decide asks whether the caller owns the record.
func (r *run) decide(rule int) {
	switch o := r.owners[r.plan.owners[rule]]; {
	case o.end > 0:
		r.allowed[rule] = r.view.Owns(rule, r.buf[r.pos+o.at:r.pos+o.end:r.pos+o.end])
	case r.view.Unowned != nil:
		r.view.Unowned(rule)
	}
}

func (r *run) want(i int) {
	if !r.owners[i].wanted {
		r.owners[i] = owner{wanted: true}
		r.unfound++
	}
}

// refuseRecord reads over a record.
func (r *run) refuseRecord(n *node, c byte) error {
	if r.plan.strict {
		return ErrRefused
	}
	if err := r.skip(c); err != nil {
		return err
	}
	return r.over(n)
}
