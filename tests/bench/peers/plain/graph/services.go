package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Services are the REST services behind the graph.
type Services struct {
	Client *http.Client
	// User, Order, Product and Payment are base URLs.
	User, Order, Product, Payment string
}

func get[T any](ctx context.Context, client *http.Client, url string) (T, error) {
	var out T
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return out, err
	}
	res, err := client.Do(req)
	if err != nil {
		return out, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return out, fmt.Errorf("get %s: %s", req.URL.Path, res.Status)
	}
	err = json.NewDecoder(res.Body).Decode(&out)
	return out, err
}

func join(keys []int) string {
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = strconv.Itoa(key)
	}
	return strings.Join(texts, ",")
}
