package demo

import "net/http"

// The bounds of a product.
const (
	maxPrice cents = 1_000_000_00
	maxStock int64 = 1_000_000
)

// products is the product service.
type products struct {
	data    *dataset
	maxKeys int
}

func (s products) handler() http.Handler {
	return routes(map[string]resource{
		"/products":      {http.MethodGet: s.list, http.MethodPost: s.create},
		"/products/{id}": {http.MethodGet: s.get, http.MethodPatch: s.update},
	})
}

func (s products) get(r *http.Request) (answer, error) {
	s.data.mu.RLock()
	defer s.data.mu.RUnlock()
	row := s.data.products.at(pathID(r))
	if row == nil {
		return answer{}, notFound("product", r.PathValue("id"))
	}
	return found(row.rendered, cachePublic), nil
}

func (s products) list(r *http.Request) (answer, error) {
	query, err := parseQuery(r, "ids", "category")
	if err != nil {
		return answer{}, err
	}
	s.data.mu.RLock()
	defer s.data.mu.RUnlock()
	if query.Has("ids") {
		ids, err := keys(query, "ids", s.maxKeys)
		return list(s.data.products.pick(ids), cachePublic), err
	}
	page, err := pageOf(query)
	if err != nil || !query.Has("category") {
		return list(s.data.products.slice(page), cachePublic), err
	}
	category := query.Get("category")
	return list(s.data.products.filter(page, func(p product) bool { return p.Category == category }), cachePublic), nil
}

// offer is what can be changed of a product.
type offer struct {
	Name        string `json:"name"`
	Price       cents  `json:"price"`
	Category    string `json:"category"`
	Description string `json:"description"`
	Stock       int64  `json:"stock"`
}

func (o offer) check(c *check) {
	c.text("name", o.Name)
	c.text("category", o.Category)
	c.length("description", o.Description, maxNote)
	c.between("price", int64(o.Price), 1, int64(maxPrice))
	c.between("stock", o.Stock, 0, maxStock)
}

func (o offer) of(p product) product {
	p.Name, p.Price, p.Category, p.Description, p.Stock = o.Name, o.Price, o.Category, o.Description, o.Stock
	return p
}

// newProduct is the body of POST /products. Description, stock (0) and currency (USD, the only one) may be missing.
type newProduct struct {
	offer

	SKU      string `json:"sku"`
	Currency string `json:"currency"`
}

func (s products) create(r *http.Request) (answer, error) {
	body := newProduct{Currency: usd}
	if err := decode(r, &body); err != nil {
		return answer{}, err
	}
	var c check
	body.check(&c)
	c.text("sku", body.SKU)
	c.oneOf("currency", body.Currency, usd)
	if err := c.err(); err != nil {
		return answer{}, err
	}

	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	id, now := s.data.products.next(), s.data.now()
	row := s.data.products.put(id, body.of(product{
		ID:           id,
		SKU:          body.SKU,
		Currency:     body.Currency,
		SupplierCost: supplierCost(id),
		SupplierID:   supplierID(id),
		CreatedAt:    now,
		UpdatedAt:    now,
	}))
	return created(row.rendered, "/products/", id), nil
}

// update changes the members that the body has. Orders keep the prices they were placed at.
func (s products) update(r *http.Request) (answer, error) {
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	row := s.data.products.at(pathID(r))
	if row == nil {
		return answer{}, notFound("product", r.PathValue("id"))
	}
	was := row.record
	body := offer{Name: was.Name, Price: was.Price, Category: was.Category, Description: was.Description, Stock: was.Stock}
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
	return changed(s.data.products.put(was.ID, will).rendered), nil
}
