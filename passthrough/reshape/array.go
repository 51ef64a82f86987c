package reshape

// elements rewrites an array.
func (r *run) elements(n *node) error {
	if err := r.enter(); err != nil {
		return err
	}
	r.arrays++
	r.out = append(r.out, '[')
	some, path := false, len(r.path)
	for i := 0; ; i++ {
		c, err := r.another(i == 0, ']')
		if err != nil {
			return err
		}
		if c == 0 {
			break
		}
		if r.plan.strict {
			r.path = appendIndex(r.path[:path], i)
		}
		if !n.takes(c) {
			if err := r.leaveOut(c); err != nil {
				return err
			}
			continue
		}
		if some, err = r.element(n, c, some); err != nil {
			return err
		}
	}
	r.out = append(r.out, ']')
	r.path = r.path[:path]
	r.arrays--
	r.depth--
	return nil
}

// element rewrites one, and reports whether the array has any by then.
func (r *run) element(n *node, c byte, some bool) (bool, error) {
	opens := r.opens(n, c)
	if opens {
		if shown, err := r.admit(n, c); err != nil || !shown {
			return some, err
		}
	}
	if some {
		r.out = append(r.out, ',')
	}
	if opens {
		return true, r.admitted(n, c)
	}
	return true, r.value(n, c)
}
