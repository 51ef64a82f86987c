package reshape

// owner is what a record says of whose it is.
type owner struct {
	wanted bool // some rule asks
	seen   bool // the search for it is over
	at     int  // where its value begins, from the record on
	end    int  // where that ends, 0 where there is none
}

// ahead looks for the owners that are wanted, from the beginning of a record on, and goes back to there. It reads by the same
// rules as what comes after it, so that both see the same members. A name that comes twice it does not see: that is refused then,
// before anything is shown.
func (r *run) ahead(owners *place) error {
	depth := r.depth
	r.back = r.pos
	err := r.search(owners)
	r.pos, r.back, r.token, r.depth = r.back, -1, -1, depth
	return err
}

// search reads over an object until all owners are found.
func (r *run) search(s *place) error {
	if err := r.enter(); err != nil {
		return err
	}
	for first := true; r.unfound > 0; first = false {
		c, err := r.another(first, '}')
		if err != nil || c == 0 {
			r.depth--
			return err
		}
		if err := r.searchMember(s); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) searchMember(s *place) error {
	_, name, err := r.name()
	if err != nil {
		return err
	}
	at := s.find(name)
	c, err := r.colon()
	if err != nil {
		return err
	}
	if at == nil {
		return r.pass(c)
	}
	if c == '{' && len(at.below) > 0 {
		err = r.search(at)
	} else {
		err = r.owner(at, c)
	}
	if err == nil {
		r.settled(at)
	}
	return err
}

// owner notes a value that is an owner, if it is of a kind that can be.
func (r *run) owner(s *place, c byte) error {
	at := r.pos - r.back
	if err := r.pass(c); err != nil {
		return err
	}
	if s.owner < 0 || c != '"' && c != '-' && !isDigit(c) {
		return nil
	}
	if found := &r.owners[s.owner]; found.wanted {
		found.at, found.end = at, r.pos-r.back
	}
	return nil
}

// settled notes that the only member in which some owners can be was read.
func (r *run) settled(s *place) {
	for _, i := range s.all {
		if found := &r.owners[i]; found.wanted && !found.seen {
			found.seen = true
			r.unfound--
		}
	}
}

// pass reads over a value that will be read again. Names that come twice are found then.
func (r *run) pass(c byte) error {
	if c != '{' && c != '[' {
		_, err := r.tokenOf(c)
		return err
	}
	end := c + 2 // as ASCII has them
	if err := r.enter(); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := r.another(first, end)
		if err == nil && c == 0 {
			r.depth--
			return nil
		}
		if err == nil && end == '}' {
			c, err = r.passName(c)
		}
		if err == nil {
			err = r.pass(c)
		}
		if err != nil {
			return err
		}
	}
}

func (r *run) passName(c byte) (byte, error) {
	if _, err := r.tokenOf(c); err != nil {
		return 0, err
	}
	return r.colon()
}
