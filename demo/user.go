package demo

import "net/http"

// users is the user service.
type users struct {
	data    *dataset
	maxKeys int
}

func (s users) handler() http.Handler {
	return routes(map[string]resource{
		"/users":      {http.MethodGet: s.list, http.MethodPost: s.create},
		"/users/{id}": {http.MethodGet: s.get, http.MethodPatch: s.update},
	})
}

func (s users) get(r *http.Request) (answer, error) {
	s.data.mu.RLock()
	defer s.data.mu.RUnlock()
	row := s.data.users.at(pathID(r))
	if row == nil {
		return answer{}, notFound("user", r.PathValue("id"))
	}
	return found(row.rendered, cachePrivate), nil
}

func (s users) list(r *http.Request) (answer, error) {
	query, err := parseQuery(r)
	if err != nil {
		return answer{}, err
	}
	s.data.mu.RLock()
	defer s.data.mu.RUnlock()
	if query.Has("ids") {
		ids, err := keys(query, "ids", s.maxKeys)
		return list(s.data.users.pick(ids), cachePrivate), err
	}
	page, err := pageOf(query)
	return list(s.data.users.slice(page), cachePrivate), err
}

// profile is what users may change of themselves.
type profile struct {
	Name    string  `json:"name"`
	Email   string  `json:"email"`
	Phone   string  `json:"phone"`
	Address address `json:"address"`
}

func (p profile) check(c *check) {
	c.text("name", p.Name)
	c.email("email", p.Email)
	c.length("phone", p.Phone, maxText)
	c.address("address", p.Address)
}

func (p profile) of(u user) user {
	u.Name, u.Email, u.Phone, u.Address = p.Name, p.Email, p.Phone, p.Address
	return u
}

// newUser is the body of POST /users. Phone, address and role (customer) may be missing.
type newUser struct {
	profile

	Username string `json:"username"`
	Role     string `json:"role"`
}

func (s users) create(r *http.Request) (answer, error) {
	body := newUser{Role: customer}
	if err := decode(r, &body); err != nil {
		return answer{}, err
	}
	var c check
	body.check(&c)
	c.text("username", body.Username)
	c.oneOf("role", body.Role, customer, support, admin)
	if err := c.err(); err != nil {
		return answer{}, err
	}

	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	id, now := s.data.users.next(), s.data.now()
	row := s.data.users.put(id, body.of(user{
		ID:           id,
		Username:     body.Username,
		Role:         body.Role,
		Status:       active,
		PasswordHash: passwordHash(id),
		APIToken:     apiToken(id),
		CreatedAt:    now,
		UpdatedAt:    now,
	}))
	return created(row.rendered, "/users/", id), nil
}

// update changes the members that the body has.
func (s users) update(r *http.Request) (answer, error) {
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	row := s.data.users.at(pathID(r))
	if row == nil {
		return answer{}, notFound("user", r.PathValue("id"))
	}
	was := row.record
	body := profile{Name: was.Name, Email: was.Email, Phone: was.Phone, Address: was.Address}
	if err := decode(r, &body); err != nil {
		return answer{}, err
	}
	var c check
	body.check(&c)
	if err := c.err(); err != nil {
		return answer{}, err
	}
	will := body.of(was)
	will.UpdatedAt = s.data.now()
	return changed(s.data.users.put(was.ID, will).rendered), nil
}
