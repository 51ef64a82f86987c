// Package demo answers what the gateway looks like with real services behind it.
//
// It runs four REST services (user, order, product, payment), each on several sockets of this machine, over one set of
// made-up records that is the same at every start: 1,000 users, 5,000 orders of three items, 500 products and 5,000 payments.
// Writes stick until Close, and are done once for each Idempotency-Key. Every service answers, beside its records, GET /healthz.
//
// The order and payment services say what happens to their records: as server-sent events at GET /events, which repeat what came
// after Last-Event-ID, among the last 1,000, and by SendWebhooks.
//
// What a test may rely on:
//
//   - Ids start at 1 and have no gaps; the first new record follows the last.
//   - User 1 is an admin, user 2 is support, users 3 to 19 are customers.
//   - Order o belongs to user (o-1)%1000+1, so user 7 has orders 7, 1007, 2007, 3007 and 4007.
//   - Payment p pays order 5001-p: the ids differ on purpose, so that nobody mistakes one for the other. An order has at
//     most one.
//   - A user's five orders have five statuses, in the order pending, paid, shipped, delivered, cancelled, refunded, from
//     another start for each user: orders 1, 7, 13 ... 997 are pending, 2, 8, 14 ... are paid.
//   - All money is in USD. An order's total is the sum of its lines, quantity*unit_price-discount, and its payment's amount.
//   - Values that nobody may see through the gateway give themselves away: texts contain "canary" and the record's id; for
//     order 17, internal_margin is 8100017.81, for product 17, supplier_cost is 8200017.82, for payment 17, risk_score is
//     0.83000017.
package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// The services' names.
const (
	User    = "user"
	Order   = "order"
	Product = "product"
	Payment = "payment"
)

// Names lists the services, in the order in which they take their ports.
func Names() []string { return []string{User, Order, Product, Payment} }

// The defaults of Options.
const (
	defaultEndpoints = 2
	defaultMaxKeys   = 100
	maxEndpoints     = 64
)

// Options says how the services run. The zero value runs two endpoints of each on free ports and records nothing.
type Options struct {
	// Endpoints is how many sockets serve each service, at most 64. 0 means 2.
	Endpoints int
	// Host is the address of this machine that the services listen on. Empty is 127.0.0.1, so that nobody else reaches them.
	Host string
	// FirstPort is the first of consecutive ports: the user service's endpoints, then order, product and payment.
	// 0 takes any free ports.
	FirstPort int
	// MaxKeys is the most keys that ids, user_ids and order_ids may hold; more are answered with 400. 0 means 100.
	MaxKeys int
	// Record keeps the last 10,000 calls for Calls.
	Record bool
	// Wrap, where given, decorates or replaces a service's handler. Calls are recorded and faults happen before it.
	Wrap func(service string, next http.Handler) http.Handler
	// Now is the clock of writes. nil means time.Now.
	Now func() time.Time
}

// complete fills in the defaults and refuses what cannot run.
func (o Options) complete() (Options, error) {
	if o.Endpoints == 0 {
		o.Endpoints = defaultEndpoints
	}
	if o.MaxKeys == 0 {
		o.MaxKeys = defaultMaxKeys
	}
	o.Host = cmp.Or(o.Host, "127.0.0.1")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Endpoints < 1 || o.Endpoints > maxEndpoints {
		return o, fmt.Errorf("endpoints must lie between 1 and %d, not %d", maxEndpoints, o.Endpoints)
	}
	if o.MaxKeys < 1 {
		return o, fmt.Errorf("max keys must be at least 1, not %d", o.MaxKeys)
	}
	if last := o.FirstPort + len(Names())*o.Endpoints - 1; o.FirstPort < 0 || o.FirstPort > 0 && last > 65535 {
		return o, fmt.Errorf("ports %d to %d do not exist", o.FirstPort, last)
	}
	return o, nil
}

// Services are the running services. Its methods may be called from any goroutine. Those that take the name of a service panic if
// there is none of that name, or no endpoint of that number: that is a mistake in the program.
type Services struct {
	services map[string]*service
	calls    *recorder // nil when nothing is recorded
	close    func() error

	ctx        context.Context //nolint:containedctx // what runs in the background ends with it
	background sync.WaitGroup
}

// Start opens the services' sockets and serves until Close. Where a port is taken, nothing keeps running.
func Start(opts Options) (*Services, error) {
	opts, err := opts.complete()
	if err != nil {
		return nil, fmt.Errorf("start the sample services: %w", err)
	}
	s := &Services{services: assemble(opts)}
	if opts.Record {
		s.calls = &recorder{}
	}
	sockets := newSockets(opts.Host)
	s.ctx = sockets.ctx
	s.close = sync.OnceValue(func() error {
		err := sockets.close()
		s.background.Wait()
		return err
	})
	port := opts.FirstPort
	for _, name := range Names() {
		for number := range opts.Endpoints {
			socket, err := sockets.open(port, endpoint{service: s.services[name], number: number, calls: s.calls})
			if err != nil {
				return nil, fmt.Errorf("start the %s service: %w", name, errors.Join(err, s.Close()))
			}
			s.services[name].sockets = append(s.services[name].sockets, socket)
			if port != 0 {
				port++
			}
		}
	}
	return s, nil
}

// assemble makes the services, over one set of records, without sockets.
func assemble(opts Options) map[string]*service {
	data := newDataset(opts.Now)
	services := make(map[string]*service, len(Names()))
	journals := map[string]*journal{Order: data.orderEvents, Payment: data.paymentEvents}
	for name, handler := range map[string]http.Handler{
		User:    users{data, opts.MaxKeys}.handler(),
		Order:   orders{data, opts.MaxKeys}.handler(),
		Product: products{data, opts.MaxKeys}.handler(),
		Payment: payments{data, opts.MaxKeys}.handler(),
	} {
		if opts.Wrap != nil {
			handler = opts.Wrap(name, handler)
		}
		services[name] = newService(name, handler)
		services[name].journal = journals[name]
	}
	return services
}

// Close ends all listeners, connections and goroutines, and returns when they have ended. Calls under way are cut off. It says if
// a listener had ended other than by Stop, which means that the services were not all reachable. Further calls return the same.
func (s *Services) Close() error { return s.close() }

// URLs are the addresses of a service's endpoints, such as http://127.0.0.1:9101. An endpoint's number is its index.
func (s *Services) URLs(service string) []string {
	sockets := s.named(service).sockets
	urls := make([]string, 0, len(sockets))
	for _, each := range sockets {
		urls = append(urls, "http://"+each.address)
	}
	return urls
}

// Stop ends an endpoint as if its process had been killed: nobody listens at its address, its connections are reset, and the
// calls that it was working on are cut off. It returns when those have ended. An endpoint that is stopped stays so.
func (s *Services) Stop(service string, endpoint int) { s.named(service).sockets[endpoint].stop() }

// Restart lets a stopped endpoint serve again, at the same address. One that serves goes on. The error says that somebody else
// has taken the port and kept it for seconds, or that the services are closed.
func (s *Services) Restart(service string, endpoint int) error {
	if err := s.named(service).sockets[endpoint].restart(); err != nil {
		return fmt.Errorf("restart endpoint %d of the %s service: %w", endpoint, service, err)
	}
	return nil
}

// Calls are the calls that reached the services since Start or ResetCalls, in order of arrival: the last 10,000 of them. There
// are none unless Options.Record is set.
func (s *Services) Calls() []Call { return s.calls.all() }

// ResetCalls forgets all calls.
func (s *Services) ResetCalls() { s.calls.reset() }

// InFlight is how many calls a service is working on.
func (s *Services) InFlight(service string) int { return s.named(service).inFlight.value() }

// AwaitInFlight returns when a service works on exactly n calls, or with the context's error. So a test sees that a call has
// arrived (and is in Calls), or that a client's leaving has ended it, without sleeping.
func (s *Services) AwaitInFlight(ctx context.Context, service string, n int) error {
	if err := s.named(service).inFlight.await(ctx, n); err != nil {
		return fmt.Errorf("await %d calls in flight to the %s service, of %d: %w", n, service, s.InFlight(service), err)
	}
	return nil
}

// SetFault makes a service misbehave from now on, in place of the faults it had. The first fault that a call matches happens to
// it. No faults makes the service behave again.
func (s *Services) SetFault(service string, faults ...Fault) { s.named(service).faults.set(faults) }

// ClearFaults makes every service behave again. What is already hanging goes on hanging until its client leaves.
func (s *Services) ClearFaults() {
	for _, service := range s.services {
		service.faults.set(nil)
	}
}

func (s *Services) named(name string) *service {
	service, ok := s.services[name]
	if !ok {
		panic(fmt.Sprintf("demo: there is no service %q", name))
	}
	return service
}
