package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// What the services know at the start. Each record is a function of its id alone.

// How many records there are at the start.
const (
	userCount    int64 = 1_000
	orderCount   int64 = 5_000
	productCount int64 = 500
	paymentCount       = orderCount
)

func seedUser(id int64) user {
	first := choose(firstNames(), id-1)
	last := choose(lastNames(), (id-1)/int64(len(firstNames())))
	handle := strings.ToLower(first + "." + last)
	created := time.Date(2024, time.January, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(id*8*60+spread(id, 1, 400)) * time.Minute)
	return user{
		ID:           id,
		Name:         first + " " + last,
		Username:     handle,
		Email:        handle + "@example.com",
		Phone:        fmt.Sprintf("+1-555-%03d-%04d", 100+spread(id, 2, 900), id),
		Role:         seedRole(id),
		Status:       seedUserStatus(id),
		PasswordHash: passwordHash(id),
		APIToken:     apiToken(id),
		Address:      seedAddress(id),
		CreatedAt:    created,
		UpdatedAt:    created.Add(time.Duration(spread(id, 3, 30*24)) * time.Hour),
	}
}

func seedRole(id int64) string {
	switch {
	case id == 1 || id%100 == 0:
		return admin
	case id == 2 || id%20 == 0:
		return support
	default:
		return customer
	}
}

func seedUserStatus(id int64) string {
	if id%50 == 13 {
		return suspended
	}
	return active
}

func seedAddress(userID int64) address {
	return address{
		Street: strconv.FormatInt(userID, 10) + " " + choose(streets(), spread(userID, 4, 1000)),
		City:   choose(cities(), spread(userID, 5, 1000)),
		Zip:    strconv.FormatInt(10_000+userID*83, 10),
	}
}

func seedOrder(id int64) order {
	userID := (id-1)%userCount + 1
	items := seedLines(id)
	created := time.Date(2025, time.January, 1, 6, 0, 0, 0, time.UTC).Add(time.Duration(id*97+spread(id, 6, 90)) * time.Minute)
	status := seedOrderStatus(id)
	updated := created
	if status != pending {
		updated = created.Add(time.Duration(1+spread(id, 7, 96)) * time.Hour)
	}
	shipping := seedAddress(userID)
	shipping.Street += ", Unit " + strconv.FormatInt(id, 10)
	return order{
		ID:              id,
		UserID:          userID,
		Status:          status,
		Currency:        usd,
		Total:           totalOf(items),
		Items:           items,
		ShippingAddress: shipping,
		Notes:           choose(notes(), spread(id, 8, 1000)),
		InternalMargin:  internalMargin(id),
		WarehouseCode:   warehouseCode(id),
		CreatedAt:       created,
		UpdatedAt:       updated,
	}
}

func seedOrderStatus(id int64) string {
	userID, nth := (id-1)%userCount+1, (id-1)/userCount
	return choose([]string{pending, paid, shipped, delivered, cancelled, refunded}, userID-1+nth)
}

// seedLines takes three different products.
func seedLines(orderID int64) []line {
	items := make([]line, 0, 3)
	at := spread(orderID, 9, productCount)
	for n := int64(1); n <= 3; n++ {
		price := seedPrice(at + 1)
		quantity := 1 + spread(orderID, 10+n, 4)
		item := line{LineID: n, ProductID: at + 1, Quantity: quantity, UnitPrice: price}
		if spread(orderID, 20+n, 5) == 0 {
			item.Discount = cents(quantity) * price / 10
		}
		items = append(items, item)
		at = (at + 1 + spread(orderID, 30+n, productCount/2-1)) % productCount // two steps of less than half never meet the start
	}
	return items
}

func seedProduct(id int64) product {
	kind, style := seedKind(id)
	created := time.Date(2023, time.March, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(id*13) * time.Hour)
	return product{
		ID:           id,
		Name:         style + " " + kind.name,
		SKU:          fmt.Sprintf("%s-%04d", strings.ToUpper(kind.category[:3]), id),
		Price:        seedPrice(id),
		Currency:     usd,
		Category:     kind.category,
		Description:  kind.phrase + ", in our " + strings.ToLower(style) + " line.",
		Stock:        spread(id, 40, 240),
		SupplierCost: supplierCost(id),
		SupplierID:   supplierID(id),
		CreatedAt:    created,
		UpdatedAt:    created.Add(time.Duration(spread(id, 41, 90*24)) * time.Hour),
	}
}

// seedKind gives every product another pair of kind and style.
func seedKind(id int64) (kind, string) {
	all := kinds()
	return choose(all, id-1), choose(styles(), (id-1)/int64(len(all)))
}

func seedPrice(id int64) cents {
	kind, _ := seedKind(id)
	step := spread(id, 42, 9)
	return kind.price + kind.price/10*cents(step) + cents(spread(id, 43, 100))
}

func seedPayment(id int64) payment {
	paidFor := seedOrder(seedPaymentOf(id))
	created := paidFor.CreatedAt.Add(time.Duration(1+spread(id, 50, 40)) * time.Minute)
	return payment{
		ID:           id,
		OrderID:      paidFor.ID,
		Status:       seedPaymentStatus(paidFor),
		Amount:       paidFor.Total,
		Currency:     paidFor.Currency,
		ProcessorRef: processorRef(id),
		RiskScore:    riskScore(id),
		CreatedAt:    created,
		UpdatedAt:    latest(created, paidFor.UpdatedAt),
	}.by(choose([]string{card, paypal, card, bankTransfer, card}, id), "")
}

// seedPaymentOf is the payment of an order and, as it is its own inverse, the order of a payment.
func seedPaymentOf(orderID int64) int64 { return orderCount + 1 - orderID }

func seedPaymentStatus(paidFor order) string {
	switch paidFor.Status {
	case pending:
		return choose([]string{pending, authorized}, spread(paidFor.ID, 51, 2))
	case cancelled:
		return failed
	case refunded:
		return refunded
	default:
		return captured
	}
}

// by notes how a payment is made. Without a number, a card is one that the service keeps.
func (p payment) by(method, number string) payment {
	p.Method, p.CardNumber, p.CardCVV = method, nil, nil
	if method != card {
		return p
	}
	if number == "" {
		number = keptCard(p.ID)
	}
	code := fmt.Sprintf("cvv-canary-%d", p.ID)
	p.CardNumber, p.CardCVV = &number, &code
	return p
}

// keptCard is a card number of 16 digits that holds the payment's id and ends in Luhn's check digit.
func keptCard(paymentID int64) string {
	digits := fmt.Sprintf("400000%09d", paymentID)
	sum := 0
	for i, digit := range digits {
		n := int(digit - '0')
		if i%2 == 0 {
			n *= 2
		}
		sum += n/10 + n%10
	}
	return digits + strconv.Itoa((10-sum%10)%10)
}

func passwordHash(userID int64) string { return fmt.Sprintf("pw-hash-canary-%d", userID) }

func apiToken(userID int64) string { return fmt.Sprintf("api-token-canary-%d", userID) }

func processorRef(paymentID int64) string { return fmt.Sprintf("processor-ref-canary-%d", paymentID) }

func internalMargin(orderID int64) cents { return cents(8_100_000_81 + orderID*100) }

func supplierCost(productID int64) cents { return cents(8_200_000_82 + productID*100) }

func riskScore(paymentID int64) jsontext.Value {
	return jsontext.Value(fmt.Sprintf("0.83%06d", paymentID))
}

func supplierID(productID int64) int64 { return productID%40 + 1 }

func warehouseCode(orderID int64) string { return fmt.Sprintf("WH-%02d", orderID%12+1) }

// spread is a number below n that looks random and is the same for the same id and salt.
func spread(id, salt, n int64) int64 {
	x := id*0x5851F42D4C957F2D + salt*0x14057B7EF767814F // multipliers of Knuth's MMIX generator
	x ^= x >> 33
	x *= 0x2545F4914F6CDD1D
	x ^= x >> 29
	return (x%n + n) % n
}

func choose[T any](from []T, i int64) T { return from[i%int64(len(from))] }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
