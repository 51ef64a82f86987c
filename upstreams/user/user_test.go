package user

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestAUsersRecordIsReadAsFarAsTheSchemaShowsIt(t *testing.T) {
	for text, want := range map[string]*User{
		`{"id":7,"name":"Ada","username":"ada","email":"ada@example.com","role":"support","status":"active","address":{"city":"Ulm"},
			"created_at":"2026-01-31T12:00:00Z","password_hash":"x"}`: {
			ID: 7, Name: "Ada", Username: "ada", Email: new("ada@example.com"), Role: Support, Status: Active,
			Address: &record.Address{City: new("Ulm")}, CreatedAt: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		},
		`{"id":7}`:                               {ID: 7, Role: record.Unknown, Status: record.Unknown},
		`{"id":7,"role":null,"status":"closed"}`: {ID: 7, Role: record.Unknown, Status: record.Unknown},
	} {
		got, err := record.Decode[User](jsontext.Value(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
