package redact

import (
	"bytes"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/policy"
)

// aUser is somebody else.
const aUser = `{"id":8,"name":"Bob Example","username":"bob","email":"bob@shop.example","phone":"+41 44 000 00 00","role":"customer",` +
	`"status":"active","address":{"street":"Langstrasse 1","city":"Zurich","zip":"8004"},"password_hash":"$2a$10$abcdefghijklmnopqrstuv",` +
	`"created_at":"2026-01-01T12:00:00Z","updated_at":"2026-01-01T12:00:00Z"}`

// benchmarkUsers shows a caller ten kilobytes of users.
func benchmarkUsers(b *testing.B, caller auth.Principal) {
	b.Helper()
	f := filterOf(b, gateways(b), "User")
	stated := f.policy.Statement()
	stream(b, func(dst *bytes.Buffer, src *strings.Reader) error {
		view := f.policy.View(stated.View(caller)) // as for each request
		return f.plan.Stream(dst, src, reshape.With{View: view.Showing(func(*policy.Rule) {})}, 1<<20)
	})
}

func stream(b *testing.B, through func(dst *bytes.Buffer, src *strings.Reader) error) {
	b.Helper()
	text := `[` + strings.Repeat(aUser+`,`, 10<<10/len(aUser)) + aUser + `]`
	src := strings.NewReader(text)
	var dst bytes.Buffer
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(text)
		dst.Reset()
		if err := through(&dst, src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUsersToACustomer(b *testing.B) { benchmarkUsers(b, customer()) }

func BenchmarkUsersToSupport(b *testing.B) {
	benchmarkUsers(b, auth.Principal{ID: "1", Scopes: []string{"users:read", "users:pii", "orders:read", "payments:read"}})
}

// BenchmarkUsersReadOver is what it takes to read the same, and show nothing of it.
func BenchmarkUsersReadOver(b *testing.B) {
	plan, err := reshape.Compile(reshape.Spec{Shape: reshape.Object(nil)})
	if err != nil {
		b.Fatal(err)
	}
	stream(b, func(dst *bytes.Buffer, src *strings.Reader) error {
		return plan.Stream(dst, src, reshape.With{}, 1<<20)
	})
}
