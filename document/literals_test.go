package document

import (
	"testing"

	"github.com/vektah/gqlparser/v2/validator"
)

func TestALiteralIsOfItsType(t *testing.T) {
	schema := publicSchema(t)
	for text, valid := range map[string]bool{
		`{me{id @skip(if:{})}}`:                                           false,
		`{me{id @include(if:{a:1})}}`:                                     false,
		`{user(id:{}){id}}`:                                               false,
		`{orders(first:{}){nodes{id}}}`:                                   false,
		`{products(category:{a:"b"}){nodes{id}}}`:                         false,
		`query($n:Int={}){orders(first:$n){nodes{id}}}`:                   false,
		`mutation{payOrder(input:{orderId:1,method:{}}){payment{id}}}`:    false,
		`mutation{payOrder(input:{orderId:{},method:CARD}){payment{id}}}`: false,
		`mutation{payOrder(input:{orderId:1,method:CARD}){payment{id}}}`:  true,
		`{orders(first:2147483648){nodes{id}}}`:                           false,
		`{orders(first:-2147483649){nodes{id}}}`:                          false,
		`{orders(first:2147483647){nodes{id}}}`:                           true,
		`{orders(first:-2147483648){nodes{id}}}`:                          true,
		`query($n:Int=99999999999){orders(first:$n){nodes{id}}}`:          false,
		`{user(id:99999999999){id}}`:                                      true,
		`mutation{placeOrder(input:{items:{productId:1,quantity:1},shippingAddress:{street:"",city:"",zip:""}}){order{id}}}`: true,
	} {
		if errs := validator.ValidateWithRules(schema, parse(t, text), Rules()); (len(errs) == 0) != valid {
			t.Errorf("%s: %v", text, errs)
		}
	}
}
