package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// The peers that answer a record from memory.
const (
	nameAnswerProduct  = "answer-product"
	nameHandmade       = "handmade"
	nameNginxCache     = "nginx-cache"
	nameCachedRaw      = "concierge-cached-raw"
	nameCachedFiltered = "concierge-cached-filtered"
)

// productCount is how many products there are, and are asked for, one after the other.
const productCount = 500

// record asks for products, one by one, which the service lets be kept. After the first time, nobody needs the service.
func record(ctx context.Context, s *services) (workload, error) {
	records, err := list(ctx, s, "shop", "/products/", productCount)
	if err != nil {
		return workload{}, err
	}
	none := []string{}
	return workload{
		title: fmt.Sprintf("%d products from a cache over REST, GET /v1/products/{id}", productCount),
		peers: []peer{
			{name: nameAnswerProduct, path: "/v1/products/", command: answering(records[0]), calls: none, open: true, one: true},
			{name: nameHandmade, path: "/v1/products/", command: handmade, calls: none, open: true},
			{name: nameNginxCache, path: "/v1/products/", command: nginxCache, program: "nginx", calls: none, open: true},
			{name: nameCachedRaw, path: "/v1/products/", command: cachedRoutes, calls: none, open: true},
			{name: nameCachedFiltered, path: "/v2/products/", command: cachedRoutes, calls: none, open: true, filters: true},
		},
		bases: []string{nameAnswerProduct, nameHandmade},
		targets: []target{
			{peer: nameCachedRaw, most: 1.67, aim: 1.2, of: nameAnswerProduct, figure: processorTimes(), connections: 64},
			{peer: nameCachedFiltered, most: 1.67, aim: 1.2, of: nameAnswerProduct, figure: processorTimes(), connections: 64},
			{peer: nameCachedRaw, most: 1.5, of: nameHandmade, figure: processorTimes(), connections: 64},
		},
		questions: func(ctx context.Context, s *server) ([]question, error) { return s.each(ctx, records, shownProduct) },
	}, nil
}

func handmade(b *bench, at place) ([]string, error) {
	return []string{filepath.Join(b.settings.bin, "handmade"), "-listen", at.listen, "-service", b.services.url("shop")}, nil
}

// nginxCache keeps answers in files, which stay in the kernel's memory, for as long as the service says.
func nginxCache(b *bench, at place) ([]string, error) {
	answers, err := os.MkdirTemp(b.dir, "answers-")
	if err != nil {
		return nil, err
	}
	return b.nginx("nginx-cache.conf", fmt.Sprintf(`  proxy_cache_path %s keys_zone=answers:10m use_temp_path=off;
  upstream shop { server %s; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen %s;
    location /v1/ {
      proxy_pass http://shop/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache answers;
    }
  }
`, answers, b.services.addresses["shop"], at.listen))
}

// cachedRoutes is Concierge with a route that hands on everything, and one that shows what the schema knows. The service lets its
// answers be kept, and listens twice.
func cachedRoutes(b *bench, at place) ([]string, error) {
	shop := fmt.Sprintf("  shop: {urls: [%q], timeouts: *patient, cache: {depends: nothing}}\n", b.services.url("shop"))
	return b.concierge(at, manner{product: "catalog", kept: forEverybody, services: shop, settings: `rest:
  routes:
    - {match: "GET /products/{id}", version: v1, upstream: shop, to: "/products/{id}", raw: true, public: true}
    - {match: "GET /products/{id}", version: v2, upstream: product, returns: Product, rename: {sku: article}}
` + outOfReach})
}

// shownProduct is a record as the filtering route shows it.
func shownProduct(record []byte) (object, error) {
	return shown(record, map[string]string{"sku": "article"},
		"id", "name", "sku", "price", "currency", "category", "description", "stock", "created_at", "updated_at")
}
