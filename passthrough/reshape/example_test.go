package reshape_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/concierge-gateway/concierge/passthrough/reshape"
)

func Example() {
	user := reshape.Object(map[string]*reshape.Shape{
		"id":       reshape.Scalar(),
		"username": reshape.Scalar(),
		"address":  reshape.Object(map[string]*reshape.Shape{"street": reshape.Scalar(), "city": reshape.Scalar()}),
	})
	plan, err := reshape.Compile(reshape.Spec{
		Shape: user,
		Moves: []reshape.Move{{From: "username", To: "user_name"}, {From: "address/city", To: "city"}},
		Adds:  []string{"version"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := `[{"id": 7, "username": "ada", "password_hash": "…", "address": {"city": "London"}}]`
	err = plan.Stream(os.Stdout, strings.NewReader(answer), reshape.With{Values: reshape.Values{[]byte(`"v2"`)}}, 1<<20)
	if err != nil {
		fmt.Println(err)
	}
	// Output: [{"id":7,"user_name":"ada","address":{},"city":"London","version":"v2"}]
}
