package composed

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/problem"
)

// failure is a part of an answer that failed.
type failure struct {
	path    ast.Path         // of the field that failed, from the body down
	at      jsontext.Pointer // of the null in the body that stands for it
	code    string
	message string
}

// failures are what a body lacks, in an order that does not depend on which field was the first to fail.
func (o *Operation) failures(body jsontext.Value, errs gqlerror.List) []*failure {
	all := make([]*failure, len(errs))
	for i, err := range errs {
		path := err.Path
		if o.root != "" && len(path) > 0 {
			path = path[1:]
		}
		all[i] = &failure{path: path, code: problem.KindOfGraphQL(err).Code(), message: err.Message}
	}
	locator{decoderOf(body)}.value(all, 0)
	slices.SortStableFunc(all, func(a, b *failure) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.code, b.code), cmp.Compare(a.message, b.message))
	})
	return all
}

// locator goes through a body once and finds where failures left their nulls: at the field that failed, or further up, where a
// field that cannot be null took what is around it along.
type locator struct{ dec *jsontext.Decoder }

// value reads the next value, below which the failures are to be found. depth is how many steps of their paths lead there.
func (l locator) value(failures []*failure, depth int) {
	open := l.dec.PeekKind()
	if open != '{' && open != '[' {
		_ = l.dec.SkipValue() // the executor wrote it
		l.settle(failures)
		return
	}
	_, _ = l.dec.ReadToken() // as seen
	l.settle(failures)       // those that lead to nowhere below stay here
	below := byStep(failures, depth)
	for i := 0; ; i++ {
		kind := l.dec.PeekKind()
		if kind == '}' || kind == ']' || kind == 0 {
			break
		}
		var step ast.PathElement = ast.PathIndex(i)
		if open == '{' {
			name, err := l.dec.ReadToken()
			if err != nil {
				return
			}
			step = ast.PathName(name.String())
		}
		if led := below[step]; len(led) > 0 {
			l.value(led, depth+1)
		} else if err := l.dec.SkipValue(); err != nil {
			return
		}
	}
	_, _ = l.dec.ReadToken() // as seen
}

func (l locator) settle(failures []*failure) {
	at := l.dec.StackPointer()
	for _, each := range failures {
		each.at = at
	}
}

func byStep(failures []*failure, depth int) map[ast.PathElement][]*failure {
	steps := make(map[ast.PathElement][]*failure)
	for _, each := range failures {
		if depth < len(each.path) {
			steps[each.path[depth]] = append(steps[each.path[depth]], each)
		}
	}
	return steps
}

// withFailures is an object with a last member that tells of failures.
func withFailures(object jsontext.Value, failures []*failure) jsontext.Value {
	inner := bytes.TrimSuffix(bytes.TrimSpace(object), []byte("}"))
	out := make(jsontext.Value, 0, len(inner)+len(failures)*128)
	out = append(out, inner...)
	if !bytes.Equal(bytes.TrimSpace(inner), []byte("{")) {
		out = append(out, ',')
	}
	out = append(out, `"`+errorsMember+`":[`...)
	for i, each := range failures {
		if i > 0 {
			out = append(out, ',')
		}
		out = text(append(out, `{"path":`...), string(each.at))
		out = text(append(out, `,"code":`...), each.code)
		out = text(append(out, `,"message":`...), each.message)
		out = append(out, '}')
	}
	return append(out, "]}"...)
}

// text appends a JSON string. What is not UTF-8 is replaced, and the error that says so means nothing here.
func text(out []byte, value string) []byte {
	out, _ = jsontext.AppendQuote(out, value)
	return out
}
