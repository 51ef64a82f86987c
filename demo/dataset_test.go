package demo_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// money reads two decimals without floats.
type money int64

func (m *money) UnmarshalJSON(text []byte) error {
	if !regexp.MustCompile(`^\d+\.\d\d$`).Match(text) {
		return fmt.Errorf("%s is not money with two decimals", text)
	}
	n, err := strconv.ParseInt(strings.Replace(string(text), ".", "", 1), 10, 64)
	*m = money(n)
	return err
}

type address struct{ Street, City, Zip string }

type user struct {
	ID                                         int
	Name, Username, Email, Phone, Role, Status string
	PasswordHash                               string `json:"password_hash"`
	APIToken                                   string `json:"api_token"`
	Address                                    address
	CreatedAt                                  time.Time `json:"created_at"`
	UpdatedAt                                  time.Time `json:"updated_at"`
}

type order struct {
	ID       int
	UserID   int `json:"user_id"`
	Status   string
	Currency string
	Total    money
	Items    []struct {
		LineID    int   `json:"line_id"`
		ProductID int   `json:"product_id"`
		Quantity  int   `json:"quantity"`
		UnitPrice money `json:"unit_price"`
		Discount  money `json:"discount"`
	}
	ShippingAddress address `json:"shipping_address"`
	Notes           string
	InternalMargin  money     `json:"internal_margin"`
	WarehouseCode   string    `json:"warehouse_code"`
	CreatedAt       time.Time `json:"created_at"`
	UpdatedAt       time.Time `json:"updated_at"`
}

type product struct {
	ID                                         int
	Name, SKU, Currency, Category, Description string
	Price                                      money
	Stock                                      int
	SupplierCost                               money     `json:"supplier_cost"`
	SupplierID                                 int       `json:"supplier_id"`
	CreatedAt                                  time.Time `json:"created_at"`
	UpdatedAt                                  time.Time `json:"updated_at"`
}

type payment struct {
	ID           int
	OrderID      int `json:"order_id"`
	Status       string
	Amount       money
	Currency     string
	Method       string
	CardNumber   *string     `json:"card_number"`
	CardCVV      *string     `json:"card_cvv"`
	ProcessorRef string      `json:"processor_ref"`
	RiskScore    json.Number `json:"risk_score"`
	CreatedAt    time.Time   `json:"created_at"`
	UpdatedAt    time.Time   `json:"updated_at"`
}

// everything is all records.
type everything struct {
	users    []user
	orders   []order
	products []product
	payments []payment
}

// readEverything reads all records through the services' lists.
func readEverything(t *testing.T, services *demo.Services) everything {
	t.Helper()
	all := everything{
		users:    pages[user](t, services, "/users?"),
		orders:   pages[order](t, services, "/orders?"),
		products: pages[product](t, services, "/products?"),
	}
	for first := 1; first <= len(all.orders); first += 1000 {
		more := get(t, services, "/payments?order_ids="+numbers(first, first+999))
		all.payments = append(all.payments, parse[[]payment](t, more)...)
	}
	return all
}

func TestTheRecordsOfTheStart(t *testing.T) {
	all := readEverything(t, start(t, demo.Options{MaxKeys: 1000}))
	t.Run("there are as many as promised", all.areAsManyAsPromised)
	t.Run("orders agree with their products and payments", all.agree)
	t.Run("orders have their promised owners and statuses", all.haveOwnersAndStatuses)
	t.Run("every kind of record occurs", all.haveEveryKind)
	t.Run("values of one record occur in no other", all.haveNothingTwice)
}

func pages[T any](t *testing.T, services *demo.Services, path string) []T {
	t.Helper()
	var all []T
	for {
		more := parse[[]T](t, get(t, services, fmt.Sprintf("%slimit=1000&offset=%d", path, len(all))))
		if len(more) == 0 {
			return all
		}
		all = append(all, more...)
	}
}

func numbers(first, last int) string {
	var list []string
	for n := first; n <= last; n++ {
		list = append(list, strconv.Itoa(n))
	}
	return strings.Join(list, ",")
}

func TestRecordsHaveExactlyTheMembersOfTheContract(t *testing.T) {
	services := start(t, demo.Options{})
	for _, tt := range []struct{ target, want string }{
		{"/users/1", `id name username email phone role status password_hash api_token address
			created_at updated_at`},
		{"/orders/1", `id user_id status currency total items shipping_address notes internal_margin warehouse_code
			created_at updated_at`},
		{"/products/1", `id name sku price currency category description stock supplier_cost supplier_id
			created_at updated_at`},
		{"/payments/1", `id order_id status amount currency method card_number card_cvv processor_ref risk_score
			created_at updated_at`},
	} {
		record := parse[map[string]json.RawMessage](t, get(t, services, tt.target))
		got := slices.Sorted(maps.Keys(record))
		want := slices.Sorted(slices.Values(strings.Fields(tt.want)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", tt.target, diff)
		}
	}
	record := parse[struct {
		Items           []map[string]json.RawMessage
		ShippingAddress map[string]json.RawMessage `json:"shipping_address"`
	}](t, get(t, services, "/orders/1"))
	if len(record.Items[0]) != 5 || len(record.ShippingAddress) != 3 {
		t.Errorf("got %v, want lines of 5 members and an address of 3", record)
	}
}

func (all everything) areAsManyAsPromised(t *testing.T) {
	got := []int{len(all.users), len(all.orders), len(all.products), len(all.payments)}
	if want := []int{1000, 5000, 500, 5000}; !slices.Equal(got, want) {
		t.Fatalf("got %v users, orders, products and payments, want %v", got, want)
	}
	for i := range 1000 {
		if all.users[i].ID != i+1 {
			t.Fatalf("got user %d at %d", all.users[i].ID, i)
		}
	}
	ordersOf := map[int]int{}
	for i, order := range all.orders {
		if order.ID != i+1 {
			t.Fatalf("got order %d at %d", order.ID, i)
		}
		if len(order.Items) != 3 {
			t.Errorf("order %d: got %d items, want 3", order.ID, len(order.Items))
		}
		ordersOf[order.UserID]++
	}
	for _, user := range all.users {
		if ordersOf[user.ID] != 5 {
			t.Errorf("user %d: got %d orders, want 5", user.ID, ordersOf[user.ID])
		}
	}
}

func (all everything) agree(t *testing.T) {
	paid := map[int]payment{}
	for _, payment := range all.payments {
		if want := 5001 - payment.ID; payment.OrderID != want {
			t.Errorf("payment %d: got order %d, want %d", payment.ID, payment.OrderID, want)
		}
		paid[payment.OrderID] = payment
	}
	for _, order := range all.orders {
		payment, total := paid[order.ID], all.totalOf(t, order)
		if order.Total != total || total <= 0 {
			t.Errorf("order %d: got total %d, want the %d of its lines", order.ID, order.Total, total)
		}
		if payment.Amount != total || payment.Currency != order.Currency {
			t.Errorf("order %d: got payment %+v, want %d %s", order.ID, payment, total, order.Currency)
		}
		if !slices.Contains(statusesOfPayments()[order.Status], payment.Status) {
			t.Errorf("order %d is %s, its payment %s", order.ID, order.Status, payment.Status)
		}
		times := []time.Time{order.CreatedAt, payment.CreatedAt, payment.UpdatedAt}
		if !slices.IsSortedFunc(times, time.Time.Compare) || order.UpdatedAt.Before(order.CreatedAt) {
			t.Errorf("order %d: times run backwards", order.ID)
		}
	}
}

// totalOf adds up an order's lines, and checks them on the way.
func (all everything) totalOf(t *testing.T, order order) money {
	t.Helper()
	var total money
	seen := map[int]bool{}
	for i, item := range order.Items {
		product := all.products[item.ProductID-1]
		if item.LineID != i+1 || item.Quantity < 1 || seen[item.ProductID] {
			t.Errorf("order %d: got line %+v", order.ID, item)
		}
		if item.UnitPrice != product.Price || order.Currency != product.Currency {
			t.Errorf("order %d: got line %+v for %+v", order.ID, item, product)
		}
		seen[item.ProductID] = true
		total += money(item.Quantity)*item.UnitPrice - item.Discount
	}
	return total
}

// statusesOfPayments are those that fit each status of an order.
func statusesOfPayments() map[string][]string {
	return map[string][]string{
		"pending": {"pending", "authorized"}, "paid": {"captured"}, "shipped": {"captured"}, "delivered": {"captured"},
		"cancelled": {"failed"}, "refunded": {"refunded"},
	}
}

func (all everything) haveOwnersAndStatuses(t *testing.T) {
	statuses := []string{"pending", "paid", "shipped", "delivered", "cancelled", "refunded"}
	for _, order := range all.orders {
		if want := (order.ID-1)%1000 + 1; order.UserID != want {
			t.Fatalf("order %d: got user %d, want %d", order.ID, order.UserID, want)
		}
		if want := statuses[(order.UserID-1+(order.ID-1)/1000)%6]; order.Status != want {
			t.Fatalf("order %d: got %s, want %s", order.ID, order.Status, want)
		}
	}
}

func (all everything) haveEveryKind(t *testing.T) {
	got := map[string]int{}
	for _, user := range all.users {
		got[user.Role]++
		got[user.Status]++
	}
	for i, want := range []string{"admin", "support", "customer"} {
		if all.users[i].Role != want {
			t.Errorf("user %d: got role %s, want %s", i+1, all.users[i].Role, want)
		}
	}
	for _, payment := range all.payments {
		got["payment "+payment.Status]++
		got["payment "+payment.Method]++
	}
	for _, product := range all.products {
		got["category "+product.Category]++
	}
	for _, want := range []string{
		"customer", "support", "admin", "active", "suspended", "payment pending", "payment authorized", "payment captured",
		"payment refunded", "payment failed", "payment card", "payment paypal", "payment bank_transfer", "category kitchen",
	} {
		if got[want] == 0 {
			t.Errorf("there is no %s", want)
		}
	}
}

func (all everything) haveNothingTwice(t *testing.T) {
	seen := map[string]string{}
	once := func(where string, id int, value string) {
		t.Helper()
		here := fmt.Sprintf("%s of %d", where, id)
		if there, ok := seen[value]; ok {
			t.Errorf("%s: got %q, as in %s", here, value, there)
		}
		seen[value] = here
	}
	for _, user := range all.users {
		for name, value := range map[string]string{
			"name": user.Name, "username": user.Username, "email": user.Email, "phone": user.Phone, "street": user.Address.Street,
			"zip": user.Address.Zip, "hash": user.PasswordHash, "token": user.APIToken,
		} {
			once(name, user.ID, value)
		}
	}
	for _, order := range all.orders {
		once("margin", order.ID, strconv.Itoa(int(order.InternalMargin)))
		once("street", order.ID, order.ShippingAddress.Street)
	}
	for _, product := range all.products {
		once("name", product.ID, product.Name)
		once("sku", product.ID, product.SKU)
		once("cost", product.ID, strconv.Itoa(int(product.SupplierCost)))
	}
	for _, payment := range all.payments {
		once("reference", payment.ID, payment.ProcessorRef)
		once("risk", payment.ID, payment.RiskScore.String())
		byCard := payment.Method == "card"
		if byCard != (payment.CardNumber != nil) || byCard != (payment.CardCVV != nil) {
			t.Fatalf("payment %d by %s: got card %v and code %v", payment.ID, payment.Method, payment.CardNumber, payment.CardCVV)
		}
		if payment.CardNumber != nil {
			once("card", payment.ID, *payment.CardNumber)
			once("code", payment.ID, *payment.CardCVV)
		}
	}
}

func TestSensitiveValuesGiveThemselvesAway(t *testing.T) {
	services := start(t, demo.Options{})
	for _, tt := range []struct{ target, want string }{
		{"/users/17", `"password_hash":"pw-hash-canary-17"`},
		{"/users/17", `"api_token":"api-token-canary-17"`},
		{"/orders/17", `"internal_margin":8100017.81`},
		{"/products/17", `"supplier_cost":8200017.82`},
		{"/payments/17", `"processor_ref":"processor-ref-canary-17"`},
		{"/payments/17", `"risk_score":0.83000017`},
		{"/payments/17", `"card_cvv":"cvv-canary-17"`},
		{"/payments/17", `"card_number":"4000000000000176"`},
	} {
		if got := get(t, services, tt.target); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %s, want %s in it", tt.target, got, tt.want)
		}
	}
}

func TestEveryStartServesTheSameBytes(t *testing.T) {
	one, other := start(t, demo.Options{}), start(t, demo.Options{Endpoints: 1})
	for _, target := range []string{
		"/users?limit=1000", "/orders?limit=1000&offset=4000", "/products?limit=1000", "/payments?order_ids=" + numbers(1, 100),
		"/users/7", "/orders?user_ids=7,8&limit_each=2",
	} {
		first, second := ask(t, one, http.MethodGet, target, ""), ask(t, other, http.MethodGet, target, "")
		if first.body != second.body {
			t.Errorf("%s: the bodies differ", target)
		}
		if first.header.Get("ETag") != second.header.Get("ETag") {
			t.Errorf("%s: got ETag %s and %s", target, first.header.Get("ETag"), second.header.Get("ETag"))
		}
	}
}
