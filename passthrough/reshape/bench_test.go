package reshape

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

const user = `{"id":7,"name":"Ada Lovelace","username":"ada","email":"ada@example.com","phone":"+44 20 7946 0018",` +
	`"role":"admin","status":"active","password_hash":"$2a$10$N9qo8uLOickgx2ZMRZoMye","api_token":"tok_51H8",` +
	`"address":{"street":"12 St James's Square","city":"London","zip":"SW1Y 4JH"},` +
	`"created_at":"2024-03-01T12:00:00Z","updated_at":"2024-05-01T08:30:00Z"}`

func userShape() *Shape {
	members := make(map[string]*Shape)
	for name := range strings.FieldsSeq("id name username email phone role status created_at updated_at") {
		members[name] = Scalar()
	}
	members["address"] = Object(map[string]*Shape{"street": Scalar(), "city": Scalar(), "zip": Scalar()})
	return Object(members)
}

func userPlan(tb testing.TB) *Plan {
	tb.Helper()
	return compiled(tb, Spec{Shape: userShape(), Moves: []Move{{From: "username", To: "user_name"}}})
}

func compiled(tb testing.TB, spec Spec) *Plan {
	tb.Helper()
	plan, err := Compile(spec)
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}

func BenchmarkStreamOneRecord(b *testing.B) { stream(b, userPlan(b), user) }

func BenchmarkStreamList(b *testing.B) {
	stream(b, userPlan(b), "["+strings.Repeat(user+",", 24)+user+"]")
}

func BenchmarkStreamMoved(b *testing.B) {
	moves := []Move{{From: "username", To: "user_name"}, {From: "address/city", To: "city"}}
	stream(b, compiled(b, Spec{Shape: userShape(), Moves: moves}), user)
}

func BenchmarkStreamAnything(b *testing.B) {
	stream(b, compiled(b, Spec{Shape: AnythingBut(map[string]bool{"password_hash": true, "api_token": true})}), user)
}

func BenchmarkAppend(b *testing.B) {
	plan, text := userPlan(b), []byte(user)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		var err error
		if out, err = plan.Append(out[:0], text, With{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTokensOfJSONText is for comparison: it copies all of the list, with as strict a reader and writer.
func BenchmarkTokensOfJSONText(b *testing.B) {
	text := "[" + strings.Repeat(user+",", 24) + user + "]"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	src := strings.NewReader(text)
	dec, enc := jsontext.NewDecoder(src), jsontext.NewEncoder(io.Discard)
	for b.Loop() {
		src.Reset(text)
		dec.Reset(src)
		enc.Reset(io.Discard)
		for {
			token, err := dec.ReadToken()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			if err := enc.WriteToken(token); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func stream(b *testing.B, plan *Plan, text string) {
	b.Helper()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	src := strings.NewReader(text)
	var dst bytes.Buffer
	for b.Loop() {
		src.Reset(text)
		dst.Reset()
		if err := plan.Stream(&dst, src, With{}, 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}
