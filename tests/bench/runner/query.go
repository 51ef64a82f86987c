package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// shape is a query, asked with other variables each time.
type shape struct {
	query string
	// list is the connection of which each request asks for another page. Without one, each asks for another record by its id.
	list string
	// own makes each user ask, and not support: the record's id is the user's.
	own bool
	// size is how many records a page has, and count how many pages or records are asked for, one after the other.
	size, count int
	// reference is the right answer to one of them, from 0 on, made from the services' records.
	reference func(ctx context.Context, s *services, n int) (any, error)
}

// headline is the query that the gateway is measured by: a page of orders with all that is around them.
func headline() shape { return pageOf(20) }

// pageOf asks for as many orders.
func pageOf(size int) shape {
	const all, most = 5000, 250
	return shape{
		query: fmt.Sprintf(`query Page($cursor: String) { orders(first: %d, after: $cursor) { nodes {
  id status total { amount currency }
  user { id name email }
  items { quantity product { id name price { amount currency } } }
  payment { id status amount { amount currency } }
} } }`, size),
		list: "orders", size: size, count: min(most, all/size),
		reference: func(ctx context.Context, s *services, n int) (any, error) { return orderPage(ctx, s, size, n) },
	}
}

// request is the text of a POST, by a caller or by nobody.
func request(address, authorization, query string, variables map[string]string) []byte {
	body, _ := json.Marshal(map[string]any{"query": query, "variables": variables}) //nolint:errchkjson // texts always marshal
	head := "POST /graphql HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: bench\r\nAccept: application/json\r\n"
	if authorization != "" {
		head += "Authorization: " + authorization + "\r\n"
	}
	head += "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	return append([]byte(head), body...)
}

// references are the right answers to all that is asked, made from the services' records one by one, without any peer.
func (q shape) references(ctx context.Context, s *services) ([]any, error) {
	all := make([]any, q.count)
	for i := range all {
		answer, err := q.reference(ctx, s, i)
		if err != nil {
			return nil, fmt.Errorf("make out answer %d: %w", i, err)
		}
		all[i] = normalise(answer)
	}
	return all, nil
}

// questions asks a peer for everything once, finds each page's beginning as a client would, and compares the answers with those
// that the services' records make.
func (q shape) questions(ctx context.Context, s *server, want []any) ([]question, error) {
	c, err := dial(ctx, s.listen)
	if err != nil {
		return nil, err
	}
	defer c.close()
	all := make([]question, len(want))
	variables, now := q.first(), time.Now()
	for i := range all {
		authorization := s.authorization
		if q.own {
			authorization = customer(now, i+1)
		}
		all[i].request = request(s.listen, authorization, q.query, variables)
		answer, err := c.ask(all[i].request)
		if err != nil {
			return nil, fmt.Errorf("answer %d: %w", i, err)
		}
		if err := compare(answer, want[i]); err != nil {
			return nil, fmt.Errorf("answer %d: %w", i, err)
		}
		all[i].answer = append([]byte(nil), answer...)
		if variables, err = q.next(c, s, variables, i); err != nil {
			return nil, fmt.Errorf("the end of page %d: %w", i, err)
		}
	}
	return all, nil
}

// first are the variables of the first request. A page without a cursor is the first one.
func (q shape) first() map[string]string {
	if q.list == "" {
		return map[string]string{"id": "1"}
	}
	return map[string]string{}
}

// next are the variables after those of the request with a number.
func (q shape) next(c *connection, s *server, variables map[string]string, n int) (map[string]string, error) {
	if q.list == "" {
		return map[string]string{"id": strconv.Itoa(n + 2)}, nil
	}
	cursor, err := q.end(c, s, variables)
	return map[string]string{"cursor": cursor}, err
}

// end asks for the cursor after a page.
func (q shape) end(c *connection, s *server, variables map[string]string) (string, error) {
	const ends = `query End($cursor: String) { page: %s(first: %d, after: $cursor) { pageInfo { endCursor } } }`
	answer, err := c.ask(request(s.listen, s.authorization, fmt.Sprintf(ends, q.list, q.size), variables))
	if err != nil {
		return "", err
	}
	var found struct {
		Data struct {
			Page struct {
				PageInfo struct {
					EndCursor string `json:"endCursor"` //nolint:tagliatelle // GraphQL's
				} `json:"pageInfo"` //nolint:tagliatelle // GraphQL's
			} `json:"page"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer, &found); err != nil {
		return "", fmt.Errorf("read %.200s: %w", answer, err)
	}
	return found.Data.Page.PageInfo.EndCursor, nil
}
