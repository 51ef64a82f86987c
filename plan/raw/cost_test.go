package raw_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/plan/raw"
)

// typical are records as services write them, one for each of typesRead.
var typical = []string{
	`{"id":7,"other_id":8,"name":"EUR","note":"a\nb","price":19.90,"Was":"20.00","at":"2024-05-01T10:30:00Z","until":"2024-05-01T10:30:00.5+02:00","open":true,"shut":false,"count":12,"left":-3,"colour":"red","second":"dark_red","tag":"new",` +
		`"inner":{"street":"Hauptstraße 1","colour":"red","cost":3.5,"items":[{"id":1,"unit":"x","cost":1}]},"items":[{"id":2,"unit":"y","cost":2,"inner":{"at":"2024-05-01T10:30:00Z"},"leaves":[{"cost":4},{"cost":5}]}],"x":{"a":[1,2,{"b":null}]}}`,
	`{"id":42,"name":"Ada Lovelace","username":"ada","email":"ada@example.com","phone":"+44 20 7946 0018","role":"customer","status":"active","address":{"street":"12 St James's Square","city":"London","zip":"SW1Y 4JH"},` +
		`"created_at":"2024-01-15T09:30:00Z","updated_at":"2024-06-01T12:00:00Z"}`,
	`{"id":1001,"user_id":42,"status":"shipped","currency":"EUR","total":129.70,"items":[{"product_id":7,"quantity":2,"unit_price":39.90},{"product_id":12,"quantity":1,"unit_price":49.90},{"product_id":31,"quantity":5,"unit_price":0.00}],` +
		`"shipping_address":{"street":"12 St James's Square","city":"London","zip":"SW1Y 4JH"},"notes":"Ring twice, please.","created_at":"2024-05-01T10:30:00Z","updated_at":"2024-05-03T08:15:00Z"}`,
	`{"id":7,"name":"Mechanical keyboard","sku":"KB-0007","price":39.90,"currency":"EUR","category":"peripherals","description":"A keyboard with 87 keys, brown switches and a cable that comes off.","stock":120,"tags":["new","office"],` +
		`"created_at":"2023-11-20T00:00:00Z","updated_at":"2024-05-03T08:15:00Z"}`,
	`{"id":501,"order_id":1001,"status":"captured","amount":129.70,"currency":"EUR","method":"paypal","created_at":"2024-05-01T10:31:00Z","updated_at":"2024-05-01T10:32:00Z"}`,
}

func layoutOf(t testing.TB, of reflect.Type, choose func() bool) (*raw.Layout, raw.Slot) {
	t.Helper()
	b := typeOf(t, of).Want()
	wantSome(t, b, of, choose)
	id, err := b.Text("ID")
	if err != nil {
		t.Fatal(err)
	}
	return b.Layout(), id
}

// TestTypicalRecordsAreReadWithoutAllocation reads into the same rows. Those grow a few times, which is less than once a record.
func TestTypicalRecordsAreReadWithoutAllocation(t *testing.T) {
	for i, of := range typesRead {
		for name, choose := range map[string]func() bool{"all": all, "some": byBits(0x3333_5555_0F0F_AAAA), "nothing": none} {
			layout, id := layoutOf(t, of, choose)
			rows, text, answer := layout.Rows(), []byte(typical[i]), make([]byte, 0, 1<<10)
			if got := testing.AllocsPerRun(1000, func() {
				row, err := rows.Read(text)
				if err != nil {
					t.Fatal(err)
				}
				at := rows.Row(row)
				answer = at.Append(answer[:0], id)
			}); got > 0 {
				t.Errorf("%s, %s wanted: %v allocations", of, name, got)
			}
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for i, of := range typesRead {
		for name, choose := range map[string]func() bool{"all": all, "few": byBits(0x1111_1111_1111_1111)} {
			layout, _ := layoutOf(b, of, choose)
			text := []byte(typical[i])
			b.Run(strings.TrimPrefix(of.String(), "raw_test.")+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					rows := layout.Rows()
					for range 20 {
						if _, err := rows.Read(text); err != nil {
							b.Fatal(err)
						}
					}
					rows.Free()
				}
				b.SetBytes(int64(20 * len(text)))
			})
		}
		b.Run(strings.TrimPrefix(of.String(), "raw_test.")+"/decoded", func(b *testing.B) {
			text := []byte(typical[i])
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := json.Unmarshal(text, reflect.New(of).Interface()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
