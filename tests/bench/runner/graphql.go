package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// The peers that answer GraphQL.
const (
	nameFloor     = "floor"
	nameConcierge = "concierge"
	nameUnlimited = "concierge-unlimited"
	namePlain     = "plain"
	nameMercurius = "mercurius"
	nameApollo    = "apollo"
)

// graphQL asks for pages of a list with everything around its records.
func graphQL(ctx context.Context, s *services) (workload, error) {
	want, err := references(ctx, s)
	if err != nil {
		return workload{}, err
	}
	return workload{
		title: fmt.Sprintf("%d pages of orders over GraphQL", pageCount),
		peers: []peer{
			{name: nameFloor, command: floor},
			{name: nameConcierge, command: concierge, calls: serviceNames()},
			{name: nameUnlimited, command: unlimited, calls: serviceNames()},
			{name: namePlain, command: plain},
			onNode(nameMercurius),
			onNode(nameApollo),
		},
		bases: []string{nameFloor, namePlain, nameConcierge},
		targets: []target{
			{peer: nameConcierge, most: 3.2, of: nameFloor, figure: processorTimes(), connections: 64},
			{peer: nameConcierge, most: 0.5, of: namePlain, figure: processorTimes()},
			{peer: nameConcierge, most: 2.6, of: nameFloor, figure: medianLatencies(), connections: 1},
		},
		questions: func(ctx context.Context, s *server) ([]question, error) { return s.pages(ctx, want) },
	}, nil
}

func floor(b *bench, at place) ([]string, error) {
	a := b.services.addresses
	return []string{
		filepath.Join(b.settings.bin, "floor"), "-listen", at.listen,
		"-user", a["user"], "-order", a["order"], "-product", a["product"], "-payment", a["payment"],
	}, nil
}

func plain(b *bench, at place) ([]string, error) {
	return append([]string{filepath.Join(b.settings.bin, "plain"), "--listen", at.listen}, b.services.flags()...), nil
}

// concierge is the program itself, with its defaults but for what the others do not do: unless it is told to, it writes no line
// for each request. It waits for the services as long as they do: a machine that is busy with other things shall make a run slow,
// and not wrong. Its limits are those of the defaults, and out of reach.
func concierge(b *bench, at place) ([]string, error) { return b.concierge(at, "", outOfReach) }

const outOfReach = `limits:
  rules:
    - {name: address, by: ip, limit: 1000000000, per: 1m}
    - {name: caller, by: principal, limit: 1000000000, per: 1m}
`

// unlimited is the program without limits: what is less is what they cost.
func unlimited(b *bench, at place) ([]string, error) {
	return b.concierge(at, "", "limits: {mode: off}\n")
}

// concierge starts the program with further services and further settings. It keeps nothing, and shares nothing.
func (b *bench) concierge(at place, services, settings string) ([]string, error) {
	return b.started(at, "product", "", services, "cache: {enabled: false}\n"+settings)
}

// caching starts it with its cache, as that is by itself, before a service for products whose answers are for everybody.
func (b *bench) caching(at place, products, services, settings string) ([]string, error) {
	return b.started(at, products, ", cache: {depends: nothing}", services, settings)
}

// started starts the program with a service for products and what is kept of it, further services, and further settings.
func (b *bench) started(at place, products, kept, services, settings string) ([]string, error) {
	s := b.services
	return b.configured("concierge.yml", fmt.Sprintf(`server: {listen: %q, timeouts: {drain_delay: 0s}}
admin: {listen: %q}
auth: {issuers: [{keys: {secret: %q}}], anonymous: true}
log: {access_log: %t}
upstreams:
  user: {urls: [%q], timeouts: &patient {header: 30s, total: 30s}}
  order: {urls: [%q], timeouts: *patient}
  product: {urls: [%q], timeouts: *patient%s}
  payment: {urls: [%q], timeouts: *patient}
%s%s`, at.listen, at.admin, secret, b.settings.accessLog, s.url("user"), s.url("order"), s.url(products), kept, s.url("payment"),
		services, settings), b.settings.concierge, "serve", "--config")
}
