package facts

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

type (
	keyA struct{}
	keyB struct{}
)

func request() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	return r.WithContext(context.WithValue(r.Context(), keyB{}, "outer"))
}

func TestWhatIsAddedIsKnownToAllWhoHoldTheRequest(t *testing.T) {
	r := Begin(request())
	before := r.Context()
	if got := Add(r, keyA{}, 1); got != r {
		t.Error("it is another request")
	}
	if got := before.Value(keyA{}); got != 1 {
		t.Errorf("a context from before says %v", got)
	}
	Add(r, keyA{}, 2)
	if a, b := before.Value(keyA{}), before.Value(keyB{}); a != 2 || b != "outer" {
		t.Errorf("the context says %v and %v, want the last of both and what is around it", a, b)
	}
}

func TestTheRequestThatWasBegunStaysAsItWas(t *testing.T) {
	outer := request()
	Add(Begin(outer), keyA{}, 1)
	if got := outer.Context().Value(keyA{}); got != nil {
		t.Errorf("it says %v", got)
	}
}

func TestWhatIsFoundOutFirstLiesBesideTheRequest(t *testing.T) {
	outer := request()
	r, first := BeginWith[int](outer)
	*first = 7
	if got := Add(r, keyA{}, first); got != r || r == outer {
		t.Error("it is another request than the copy that was begun")
	}
	if got, _ := r.Context().Value(keyA{}).(*int); got == nil || *got != 7 {
		t.Errorf("the context says %v", got)
	}
	if got := testing.AllocsPerRun(100, func() { BeginWith[int](outer) }); got > 1 {
		t.Errorf("it takes %v pieces of memory", got)
	}
}

func TestARequestThatItsServerHadRoomForIsBegunWithoutACopyAndOnce(t *testing.T) {
	var room Room
	like := request()
	made := room.Make(like.Context(), like)
	part := made.WithContext(made.Context()) // which is another request, of the same context
	if got := Begin(part); got == part {
		t.Error("another request than the server's is begun without a copy")
	}
	begun := Begin(made)
	if begun != made || Add(begun, keyA{}, 1) != made {
		t.Error("it is another request")
	}
	if a, b := made.Context().Value(keyA{}), made.Context().Value(keyB{}); a != 1 || b != "outer" {
		t.Errorf("the context says %v and %v, want what was added and what is around it", a, b)
	}
	again := Begin(made)
	Add(again, keyA{}, 2)
	if got := made.Context().Value(keyA{}); again == made || got != 1 {
		t.Errorf("what was begun once more adds to the first: %v", got)
	}
}

func TestAContextOfAnotherKindGetsTheValueTooInACopy(t *testing.T) {
	begun := Begin(request())
	derived := begun.WithContext(context.WithValue(begun.Context(), keyB{}, "inner"))
	full := Begin(request())
	for range len(known{}.facts) {
		Add(full, keyB{}, "inner")
	}
	for name, r := range map[string]*http.Request{"not begun": request(), "derived": derived, "full": full} {
		got := Add(r, keyA{}, 1)
		if got == r || got.Context().Value(keyA{}) != 1 || r.Context().Value(keyA{}) != nil {
			t.Errorf("%s: the copy says %v, the request %v", name, got.Context().Value(keyA{}), r.Context().Value(keyA{}))
		}
		if begun.Context().Value(keyA{}) != nil {
			t.Errorf("%s: the request that was begun knows it", name)
		}
	}
}
