package sharing_test

import (
	"testing"

	"github.com/concierge-gateway/concierge/sharing"
)

func TestWhatIsMadeOfTwoAnswersIsForThoseWhomBothAreFor(t *testing.T) {
	for _, tt := range []struct{ a, b, want sharing.Inputs }{
		{sharing.Nothing, sharing.Nothing, sharing.Nothing},
		{sharing.Nothing, sharing.Tenant, sharing.Tenant},
		{sharing.Tenant, sharing.Principal, sharing.Principal},
		{sharing.Principal, sharing.All, sharing.All},
		{sharing.Nothing, "", sharing.All},
		{sharing.Nothing, "unheard-of", sharing.All},
	} {
		if got := tt.a.With(tt.b); got != tt.want {
			t.Errorf("%q with %q is %q", tt.a, tt.b, got)
		}
		if got := tt.b.With(tt.a); got != tt.want {
			t.Errorf("%q with %q is %q", tt.b, tt.a, got)
		}
	}
}
