package plan_test

import (
	"encoding/json"
	"testing"
)

func TestArgumentsAreReadAsGqlgenReadsThem(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		query     string
		variables map[string]any
		want      string
	}{
		"an id as a number":             {`{ user(id: 7) {id} }`, nil, `{"user":{"id":"7"}}`},
		"an id as a text":               {`{ user(id: "7") {id} }`, nil, `{"user":{"id":"7"}}`},
		"an id as a variable":           {`query ($id: ID!) { user(id: $id) {id} }`, map[string]any{"id": "7"}, `{"user":{"id":"7"}}`},
		"a number as a variable":        {`query ($id: ID!) { user(id: $id) {id} }`, map[string]any{"id": json.Number("7")}, `{"user":{"id":"7"}}`},
		"an id by default":              {`query ($id: ID! = 7) { user(id: $id) {id} }`, nil, `{"user":{"id":"7"}}`},
		"an id that is no number":       {`{ user(id: "seven") {id} me {id} }`, nil, `{"user":null,"me":{"id":"100"}} | user BAD_USER_INPUT`},
		"an id that is spelt otherwise": {`{ user(id: "07") {id} }`, nil, `{"user":null} | user BAD_USER_INPUT`},
		"an id of nobody":               {`{ user(id: 0) {id} }`, nil, `{"user":null} | user BAD_USER_INPUT`},
		"an id that is too large":       {`{ user(id: 9007199254740992) {id} }`, nil, `{"user":null} | user BAD_USER_INPUT`},
		"a page of the default size":    {`{ products {nodes {id}} }`, nil, `{"products":{"nodes":[{"id":"1"},{"id":"2"},{"id":"4"}]}}`},
		"a size that is null":           {`query ($n: Int) { products(first: $n) {nodes {id}} }`, map[string]any{"n": nil}, `{"products":{"nodes":[{"id":"1"},{"id":"2"},{"id":"4"}]}}`},
		"a size that is not given":      {`query ($n: Int) { products(first: $n) {nodes {id}} }`, nil, `{"products":{"nodes":[{"id":"1"},{"id":"2"},{"id":"4"}]}}`},
		"a size":                        {`query ($n: Int) { products(first: $n) {nodes {id}} }`, map[string]any{"n": json.Number("1")}, `{"products":{"nodes":[{"id":"1"}]}}`},
		"less than nothing":             {`{ products(first: -1) {nodes {id}} }`, nil, `{"products":null} | products BAD_USER_INPUT`},
		"more than is given":            {`{ products(first: 101) {nodes {id}} }`, nil, `{"products":null} | products BAD_USER_INPUT`},
		"more than a number has room":   {`query ($n: Int) { products(first: $n) {nodes {id}} }`, map[string]any{"n": json.Number("1099511627776")}, `{"products":null} | products BAD_USER_INPUT`},
		"after a cursor":                {`{ products(first: 1, after: "bzow") {edges {cursor node {id}}} }`, nil, `{"products":{"edges":[{"cursor":"bzox","node":{"id":"2"}}]}}`},
		"after no cursor":               {`{ products(after: "x") {nodes {id}} }`, nil, `{"products":null} | products BAD_USER_INPUT`},
		"after an empty text":           {`{ products(after: "") {nodes {id}} }`, nil, `{"products":null} | products BAD_USER_INPUT`},
		"after null":                    {`{ products(after: null, first: 1) {nodes {id}} }`, nil, `{"products":{"nodes":[{"id":"1"}]}}`},
		"of a name":                     {`query ($c: String) { products(category: $c) {nodes {id}} }`, map[string]any{"c": "kitchen"}, `{"products":{"nodes":[{"id":"4"}]}}`},
		"of no name":                    {`{ products(category: "", first: 1) {nodes {id}} }`, nil, `{"products":{"nodes":[{"id":"1"}]}}`},
		"of a record":                   {`{ orders(userId: 8) {nodes {id}} }`, nil, `{"orders":{"nodes":[{"id":"81"}]}}`},
		"of no record":                  {`{ orders(userId: null, first: 1) {nodes {id}} }`, nil, `{"orders":{"nodes":[{"id":"71"}]}}`},
		"of what is no id":              {`{ orders(userId: "x", first: -1, after: "x") {nodes {id}} }`, nil, `{"orders":null} | orders BAD_USER_INPUT`},
		"an error at each place": {
			`{ users(first: 2) {nodes {orders(after: "x") {nodes {id}}} edges {node {x: orders(first: 999) {nodes {id}}}}} }`, nil,
			`{"users":{"nodes":[{"orders":null},{"orders":null}],"edges":[{"node":{"x":null}},{"node":{"x":null}}]}} | users.edges[0].node.x BAD_USER_INPUT | users.edges[1].node.x BAD_USER_INPUT | users.nodes[0].orders BAD_USER_INPUT | users.nodes[1].orders BAD_USER_INPUT`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := s.ask(t, support, c.query, c.variables).String(); got != c.want {
				t.Errorf("%s\nis answered %s\nwant        %s", c.query, got, c.want)
			}
		})
	}
}
