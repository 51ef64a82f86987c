package attempt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/concierge-gateway/concierge/problem"
)

func TestACallerLearnsWhyThereIsNoAnswer(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	late, end := context.WithCancelCause(t.Context())
	end(problem.New(problem.Timeout, "the operation took too long"))
	over, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for name, c := range map[string]struct {
		ctx            context.Context
		err            error
		kind, ofBodies problem.Kind
	}{
		"nobody there":                     {t.Context(), errors.New("refused"), problem.UpstreamUnavailable, problem.UpstreamError},
		"it took too long":                 {t.Context(), fmt.Errorf("get: %w", ErrTimeout), problem.UpstreamTimeout, problem.UpstreamTimeout},
		"half an answer":                   {t.Context(), &BodyError{io.ErrUnexpectedEOF}, problem.UpstreamUnavailable, problem.UpstreamError},
		"what is known already":            {t.Context(), fmt.Errorf("get: %w", problem.New(problem.UpstreamOverloaded, "")), problem.UpstreamOverloaded, problem.UpstreamOverloaded},
		"a caller who has gone":            {gone, errors.New("refused"), problem.Cancelled, problem.Cancelled},
		"a caller who has no time":         {over, ErrTimeout, problem.Timeout, problem.Timeout},
		"a caller whose end has a cause":   {late, problem.New(problem.UpstreamError, ""), problem.Timeout, problem.Timeout},
		"an attempt that was not the last": {t.Context(), context.Canceled, problem.UpstreamUnavailable, problem.UpstreamError},
	} {
		if got := problem.KindOf(Problem(c.ctx, c.err)); got != c.kind {
			t.Errorf("%s: Problem is %v, want %v", name, got, c.kind)
		}
		if got := problem.KindOf(BodyProblem(c.ctx, c.err)); got != c.ofBodies {
			t.Errorf("%s: BodyProblem is %v, want %v", name, got, c.ofBodies)
		}
	}
}

func TestTheReasonStaysWithTheProblem(t *testing.T) {
	reason := errors.New("refused by 10.0.0.7")
	err := Problem(t.Context(), reason)
	if known := problem.From(err); !errors.Is(err, reason) || known.Public() != problem.UpstreamUnavailable.Message() {
		t.Errorf("it says %q of %v", known.Public(), err)
	}
}
