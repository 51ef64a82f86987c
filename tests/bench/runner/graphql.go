package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
)

// The peers that answer the headline query.
const (
	nameFloor     = "floor"
	nameConcierge = "concierge"
	namePolicies  = "concierge-policies"
	nameSharing   = "concierge-sharing"
	nameUnlimited = "concierge-unlimited"
	namePlain     = "plain"
	nameMercurius = "mercurius"
	nameApollo    = "apollo"
)

// graphQL asks for pages of a list with everything around its records.
func graphQL(ctx context.Context, s *services) (workload, error) {
	page := headline()
	want, err := page.references(ctx, s)
	if err != nil {
		return workload{}, err
	}
	return workload{
		title: fmt.Sprintf("%d pages of orders over GraphQL", page.count),
		peers: []peer{
			{name: nameFloor, command: floor},
			{name: nameConcierge, command: concierge, calls: serviceNames()},
			{name: namePolicies, command: policies, calls: serviceNames()},
			{name: nameSharing, command: sharing},
			{name: nameUnlimited, command: unlimited, calls: serviceNames()},
			{name: namePlain, command: plain},
			onNode(nameMercurius, ""),
			onNode(nameApollo, ""),
		},
		bases: []string{nameFloor, namePlain, nameMercurius},
		targets: []target{
			{peer: nameConcierge, most: 2.36, aim: 1.8, of: nameFloor, figure: processorTimes(), connections: 64},
			{peer: nameConcierge, most: 1.0 / 7, aim: 0.1, of: nameMercurius, figure: processorTimes(), connections: 64},
			{peer: nameConcierge, most: 0.5, of: namePlain, figure: processorTimes()},
			{peer: nameConcierge, most: 2.6, of: nameFloor, figure: medianLatencies(), connections: 1},
			{peer: namePolicies, most: 2.86, aim: 2.07, of: nameFloor, figure: processorTimes(), connections: 64},
			{peer: nameSharing, most: 1.7, aim: 1.5, figure: callsForEach(), connections: 64},
		},
		questions: func(ctx context.Context, s *server) ([]question, error) { return page.questions(ctx, s, want) },
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
// and not wrong. Its limits are those of the defaults, and out of reach. It keeps nothing, and shares nothing.
func concierge(b *bench, at place) ([]string, error) {
	return b.concierge(at, manner{settings: uncached + outOfReach})
}

const (
	uncached   = "cache: {enabled: false}\n"
	outOfReach = `limits:
  rules:
    - {name: address, by: ip, limit: 1000000000, per: 1m}
    - {name: caller, by: principal, limit: 1000000000, per: 1m}
`
)

// policies is the program with all that may stand in the way of a record: limits of fields besides, and traces of one request in
// a hundred that are sent to somebody.
func policies(b *bench, at place) ([]string, error) {
	return b.concierge(at, manner{settings: uncached + outOfReach + `  fields:
    Order.user: &far [{by: principal, limit: 1000000000, per: 1m}]
    Order.payment: *far
    OrderItem.product: *far
    User.email: *far
` + fmt.Sprintf("tracing: {endpoint: %q, sample: 0.01}\n", b.sink.url)})
}

// sharing is the program as it is by itself, before services that say nothing of how long their answers are good. So nothing is
// kept, and equal calls that are under way are shared.
func sharing(b *bench, at place) ([]string, error) {
	return b.concierge(at, manner{
		user: "quiet-user", order: "quiet-order", product: "quiet", payment: "quiet-payment", settings: outOfReach,
	})
}

// unlimited is the program without limits: what is less is what they cost.
func unlimited(b *bench, at place) ([]string, error) {
	return b.concierge(at, manner{settings: uncached + "limits: {mode: off}\n"})
}

// manner is how the program is run.
type manner struct {
	// user, order, product and payment are where those services listen that the gateway asks, if not under their own names.
	user, order, product, payment string
	// kept is what else is said of the service of products, after its URL, and each what is said of every service.
	kept, each string
	// services are further ones, and settings further settings.
	services, settings string
}

// concierge starts the program.
func (b *bench) concierge(at place, m manner) ([]string, error) {
	url := func(name, own string) string { return b.services.url(cmp.Or(name, own)) }
	return b.configured("concierge.yml", fmt.Sprintf(`server:
  listen: %q
  timeouts: {header: 1m, body: 1m, write: 2m, drain_delay: 0s}
admin: {listen: %q}
auth: {issuers: [{keys: {secret: %q}}], anonymous: true}
log: {access_log: %t, slow: 0s}
upstreams:
  user: {urls: [%q], timeouts: &patient {connect: 30s, header: 30s, total: 30s}%[6]s}
  order: {urls: [%[7]q], timeouts: *patient%[6]s}
  product: {urls: [%[8]q], timeouts: *patient%[6]s%[9]s}
  payment: {urls: [%[10]q], timeouts: *patient%[6]s}
%[11]s%[12]s`, at.listen, at.admin, secret, b.settings.accessLog, url(m.user, "user"), m.each, url(m.order, "order"),
		url(m.product, "product"), m.kept, url(m.payment, "payment"), m.services, m.settings),
		b.settings.concierge, "serve", "--config")
}
