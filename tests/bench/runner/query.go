package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
)

// The query that is measured, and the one that finds where its pages begin.
const (
	headline = `query Page($cursor: String) { orders(first: 20, after: $cursor) { nodes {
  id status total { amount currency }
  user { id name email }
  items { quantity product { id name price { amount currency } } }
  payment { id status amount { amount currency } }
} } }`
	ends = `query End($cursor: String) { orders(first: 20, after: $cursor) { pageInfo { endCursor } } }`
)

// The pages of the list of orders.
const (
	pageSize  = 20
	pageCount = 250
)

// request is the text of a POST, by a caller or by nobody. No cursor is the beginning.
func request(address, authorization, query, cursor string) []byte {
	variables := map[string]string{}
	if cursor != "" {
		variables["cursor"] = cursor
	}
	body, _ := json.Marshal(map[string]any{"query": query, "variables": variables}) //nolint:errchkjson // texts always marshal
	head := "POST /graphql HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: bench\r\nAccept: application/json\r\n"
	if authorization != "" {
		head += "Authorization: " + authorization + "\r\n"
	}
	head += "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	return append([]byte(head), body...)
}

// pages asks a peer for every page once, finds each one's beginning as a client would, and compares the answers with those that
// the services' records make.
func (s *server) pages(ctx context.Context, want []any) ([]question, error) {
	c, err := dial(ctx, s.listen)
	if err != nil {
		return nil, err
	}
	defer c.close()
	all := make([]question, len(want))
	cursor := ""
	for i := range all {
		all[i].request = request(s.listen, s.authorization, headline, cursor)
		answer, err := c.ask(all[i].request)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", i, err)
		}
		if err := compare(answer, want[i]); err != nil {
			return nil, fmt.Errorf("page %d: %w", i, err)
		}
		all[i].answer = append([]byte(nil), answer...)
		if cursor, err = c.end(s, cursor); err != nil {
			return nil, fmt.Errorf("the end of page %d: %w", i, err)
		}
	}
	return all, nil
}

// end asks for the cursor after a page.
func (c *connection) end(s *server, cursor string) (string, error) {
	answer, err := c.ask(request(s.listen, s.authorization, ends, cursor))
	if err != nil {
		return "", err
	}
	var found struct {
		Data struct {
			Orders struct {
				PageInfo struct {
					EndCursor string `json:"endCursor"` //nolint:tagliatelle // GraphQL's
				} `json:"pageInfo"` //nolint:tagliatelle // GraphQL's
			} `json:"orders"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer, &found); err != nil {
		return "", fmt.Errorf("read %.200s: %w", answer, err)
	}
	return found.Data.Orders.PageInfo.EndCursor, nil
}
