package plan_test

import (
	"fmt"
	"testing"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// own is the headline of a user who has to be the owner of each record.
const own = `{ me {orders(first: 20) {nodes {
  id status total { amount currency }
  user { id name email }
  items { quantity product { id name price { amount currency } } }
  payment { id status amount { amount currency } order {id} }
}}}}`

func BenchmarkCompile(b *testing.B) {
	s := open(b)
	for name, query := range map[string]string{"headline": headline, "own": own, "small": `{ me {id name} }`} {
		b.Run(name, func(b *testing.B) {
			of := s.operation(b, query, nil)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.planner.Compile(anew(of)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFetch is all of a run but the writing, with its calls and their decoding.
func BenchmarkFetch(b *testing.B) {
	p := perform(b, support, headline, 0)
	b.ReportAllocs()
	for b.Loop() {
		fetch, _, end := p.planner.Stages(p.fresh(), p.plan)
		fetch()
		end()
	}
}

// BenchmarkCheck is BenchmarkFetch for a caller of whom the rules have to be asked for each record.
func BenchmarkCheck(b *testing.B) {
	p := perform(b, customer, own, 7)
	b.ReportAllocs()
	for b.Loop() {
		fetch, _, end := p.planner.Stages(p.fresh(), p.plan)
		fetch()
		end()
	}
}

func BenchmarkRender(b *testing.B) {
	p := perform(b, support, headline, 0)
	fetch, render, end := p.planner.Stages(p.fresh(), p.plan)
	fetch()
	defer end()
	b.SetBytes(int64(len(render())))
	b.ReportAllocs()
	for b.Loop() {
		render()
	}
}

// BenchmarkAnswer is the headline whole, over services that take no time.
func BenchmarkAnswer(b *testing.B) {
	p := perform(b, support, headline, 0)
	b.SetBytes(int64(len(p.answer())))
	b.ReportAllocs()
	for b.Loop() {
		p.answer()
	}
}

// BenchmarkPolicy is what the policy's checks cost: the answer with them, and as it would be without. support is somebody whom
// the rules let through whatever the record, and owner somebody of whom they are asked for each.
func BenchmarkPolicy(b *testing.B) {
	for name, of := range map[string]struct {
		who   auth.Principal
		query string
		bytes int
	}{"support": {support, headline, 0}, "owner": {customer, own, 7}} {
		for _, checked := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s/checked=%t", name, checked), func(b *testing.B) {
				p := perform(b, of.who, of.query, of.bytes)
				if !checked {
					p.plan.Unguarded()
				}
				for b.Loop() {
					p.answer()
				}
			})
		}
	}
}

// BenchmarkDistinct is an answer to a document that never comes again, so that it is parsed, validated and compiled for it
// alone, and what gqlgen takes for the same. wide has as many aliases as a document may.
func BenchmarkDistinct(b *testing.B) {
	for name, query := range map[string]string{
		"headline": headline,
		"small":    `{ orders(first: 20) { nodes { id } } }`,
		"wide":     `{ orders(first: 20) { nodes {` + numbered(50, "a%d: id ") + `} } }`,
	} {
		b.Run(name+"/plan", func(b *testing.B) {
			p := perform(b, support, headline, 0)
			b.ReportAllocs()
			for b.Loop() {
				compiled, err := p.planner.Compile(p.operation(b, query, nil))
				if err != nil {
					b.Fatal(err)
				}
				p.planner.Run(p.fresh(), compiled, nil)
			}
		})
		b.Run(name+"/gqlgen", func(b *testing.B) {
			p := perform(b, support, headline, 0)
			b.ReportAllocs()
			for b.Loop() {
				next, ctx := p.gqlgen.DispatchOperation(p.ctx, p.operation(b, query, nil))
				next(ctx)
			}
		})
	}
}

// BenchmarkServices is what BenchmarkAnswer's clients take, without plans.
func BenchmarkServices(b *testing.B) {
	p := perform(b, support, headline, 0)
	b.ReportAllocs()
	for b.Loop() {
		p.read(b)
	}
}

// read makes the calls of the headline query.
func (p *performance) read(t testing.TB) {
	t.Helper()
	ids := func(n int) []record.ID {
		all := make([]record.ID, n)
		for i := range all {
			all[i] = record.ID(i + 1)
		}
		return all
	}
	failed := len(p.reads.Orders.Fetch(p.ctx, []record.Part{{Limit: 20}}).Failed) + len(p.reads.User.Fetch(p.ctx, ids(10)).Failed) +
		len(p.reads.Product.Fetch(p.ctx, ids(30)).Failed) + len(p.reads.PaymentOfOrder.Fetch(p.ctx, ids(20)).Failed)
	if failed > 0 {
		t.Fatalf("%d keys failed", failed)
	}
}
