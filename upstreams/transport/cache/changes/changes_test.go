package changes_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

// orders are a service of known records.
func orders() *changes.Knowledge {
	return &changes.Knowledge{
		Service: "order", Collection: "/orders", Members: []string{"user_id"},
		Touches: []changes.Touch{{Service: "product", Collection: "/products", Members: []string{"items/product_id"}}},
	}
}

// files are a service of whose records nothing is known.
func files() *changes.Knowledge { return &changes.Knowledge{Service: "file"} }

// write is a call, such as "POST /orders", and its answer.
func write(call string, status int, more ...func(w *changes.Write)) changes.Write {
	method, path, _ := strings.Cut(call, " ")
	w := changes.Write{Method: method, URL: &url.URL{Scheme: "http", Host: "order", Path: path}, Status: status, Header: http.Header{}}
	for _, each := range more {
		each(&w)
	}
	return w
}

func sent(text string) func(w *changes.Write) {
	return func(w *changes.Write) { w.Sent = []byte(text) }
}

func answered(text string) func(w *changes.Write) {
	return func(w *changes.Write) { w.Answer = []byte(text) }
}

func disguised(w *changes.Write) { w.Disguised = true }

func says(name string, values ...string) func(w *changes.Write) {
	return func(w *changes.Write) { w.Header[name] = values }
}

// named are the tags that the tests know, by their names.
func named() map[purge.Tag]string {
	names := map[purge.Tag]string{
		purge.All(): "all", purge.Service("order"): "order", purge.Service("product"): "product", purge.Service("file"): "file",
		purge.Lists("order"): "order lists", purge.Lists("product"): "product lists", purge.Lists("file"): "file lists",
	}
	for _, service := range []string{"order", "product", "file"} {
		for _, path := range []string{
			"/", "/orders", "/orders/", "/products", "/a", "/a/b", "/a/b/c", "/a/b/", "/a/../a/b", "/x", "/orders/7/items", "/orders/7/refund", "/orders/latest",
			"/orders/07", "/ordersmore", "/search", "/b", "/b/",
		} {
			names[purge.Path(service, path)] = service + " " + path
		}
		for id := range int64(20) {
			for _, member := range []string{"id", "user_id"} {
				names[purge.Record(service, member, id)] = fmt.Sprintf("%s %s=%d", service, member, id)
			}
			for _, collection := range []string{"/orders", "/products"} {
				names[purge.Path(service, fmt.Sprintf("%s/%d", collection, id))] = fmt.Sprintf("%s %s/%d", service, collection, id)
			}
		}
		for _, group := range []string{"a", "b", "ä", `a "b"`} {
			names[purge.Group(service, group)] = service + " group " + group
		}
	}
	return names
}

// read are the names of tags, sorted. One that has none is empty.
func read(tags []purge.Tag) (read []string) {
	names := named()
	for _, each := range tags {
		read = append(read, names[each])
	}
	slices.Sort(read)
	return read
}

// order7 is what a write of order 7 changes where all is known, without what it touches.
func order7(more ...string) []string {
	return append([]string{"order /", "order /orders", "order /orders/7", "order id=7", "order lists"}, more...)
}

// product are the tags of touched products.
func product(ids ...int) []string {
	tags := []string{"product /", "product /products", "product lists"}
	for _, id := range ids {
		tags = append(tags, fmt.Sprintf("product id=%d", id), fmt.Sprintf("product /products/%d", id))
	}
	return tags
}

func with(tags ...[]string) []string { return slices.Concat(tags...) }

func TestAWriteChanges(t *testing.T) {
	const seven = `{"id":7,"user_id":3,"items":[{"product_id":4},{"product_id":5}]}`
	const list = `[` + seven + `,{"id":8,"user_id":null,"items":[]}]`
	nothing, whole, all := []string(nil), []string{"order"}, []string{"order", "product"}
	eight := []string{"order id=8", "order /orders/8"}
	of3 := []string{"order user_id=3"}
	for name, tt := range map[string]struct {
		known *changes.Knowledge
		write changes.Write
		want  []string
	}{
		"a read is none":                    {orders(), write("GET /orders/7", 200, answered(seven)), nothing},
		"nor are the others":                {orders(), write("HEAD /orders/7", 500), nothing},
		"nor is a query":                    {orders(), write("QUERY /orders", 200, answered(list)), nothing},
		"nor is a method without a name":    {orders(), write(" /orders", 200, answered(list)), nothing},
		"what was refused":                  {orders(), write("PATCH /orders/7", 404, sent(`{"status":"paid"}`)), nothing},
		"what was refused with a place":     {orders(), write("POST /orders", 409, says("Location", "/orders/7")), nothing},
		"what was never sent":               {orders(), write("PATCH /orders/7", 0, func(w *changes.Write) { w.Unsent = true }), nothing},
		"a record, created":                 {orders(), write("POST /orders", 201, answered(seven)), with(order7(), of3, product(4, 5))},
		"records, created":                  {orders(), write("POST /orders", 200, answered(list)), with(order7(), of3, eight, product(4, 5))},
		"one at a place":                    {orders(), write("POST /orders/", 201, answered(seven), says("Location", "/orders/7")), with(order7("order /orders/"), of3, product(4, 5))},
		"created, unanswered":               {orders(), write("POST /orders", 201, sent(`{"user_id":3,"items":[{"product_id":4}]}`)), with(whole, product(4))},
		"created, unknown":                  {orders(), write("POST /orders", 201), all},
		"created, in an envelope":           {orders(), write("POST /orders", 201, answered(`{"data":`+seven+`}`)), all},
		"created, not whose":                {orders(), write("POST /orders", 201, answered(`{"id":7,"items":[]}`)), whole},
		"created, for nobody":               {orders(), write("POST /orders", 201, answered(`{"id":7,"user_id":null,"items":null}`)), order7()},
		"created, no list":                  {orders(), write("POST /orders", 200, answered(`[]`)), all},
		"created, not all of it":            {orders(), write("POST /orders", 201, answered(seven[:40])), all},
		"created, or not":                   {orders(), write("POST /orders", 500, sent(`{"user_id":3,"items":[{"product_id":4}]}`), answered(seven)), with(whole, product(4))},
		"changed":                           {orders(), write("PATCH /orders/7", 200, sent(`{"status":"paid"}`), answered(seven)), with(order7(), of3, product(4, 5))},
		"changed, unanswered":               {orders(), write("PATCH /orders/7", 204, sent(`{"status":"paid"}`)), with(order7(), []string{"product"})},
		"changed, broken off":               {orders(), write("PATCH /orders/7", 0, sent(`{"status":"paid"}`)), with(order7(), []string{"product"})},
		"changed, or not":                   {orders(), write("PATCH /orders/7", 503, sent(`{"status":"paid"}`), answered(seven)), with(order7(), []string{"product"})},
		"changed, unknown how":              {orders(), write("PATCH /orders/7", 200, answered(seven)), with(order7(), of3, []string{"product"})},
		"changed, all unknown":              {orders(), write("PATCH /orders/7", 204), all},
		"changed, as another record":        {orders(), write("PATCH /orders/7", 200, sent(`{}`), answered(strings.Replace(seven, "7", "8", 1))), with(order7(), []string{"product"})},
		"moved":                             {orders(), write("PATCH /orders/7", 200, sent(`{"user_id":3}`), answered(seven)), with(whole, product(4, 5))},
		"moved, in other letters":           {orders(), write("PATCH /orders/7", 200, sent(`{"User_ID":3}`), answered(seven)), with(whole, product(4, 5))},
		"replaced":                          {orders(), write("PUT /orders/7", 200, sent(seven), answered(seven)), all},
		"with other items":                  {orders(), write("PATCH /orders/7", 200, sent(`{"items":[]}`), answered(seven)), with(order7(), of3, []string{"product"})},
		"by a list of changes":              {orders(), write("PATCH /orders/7", 200, sent(`[{"op":"replace","path":"/user_id","value":3}]`), answered(seven)), all},
		"by a form":                         {orders(), write("PATCH /orders/7", 200, sent(`user_id=3`), answered(seven)), all},
		"by names that come twice":          {orders(), write("PATCH /orders/7", 200, sent(`{"a":1,"a":2}`), answered(seven)), all},
		"deleted":                           {orders(), write("DELETE /orders/7", 204), with(order7(), []string{"product"})},
		"deleted, answered":                 {orders(), write("DELETE /orders/7", 200, answered(seven)), with(order7(), of3, product(4, 5))},
		"all deleted":                       {orders(), write("DELETE /orders", 200, answered(list)), all},
		"acted on":                          {orders(), write("POST /orders/7/refund", 200, sent(`{}`), answered(seven)), with(order7("order /orders/7/refund"), of3, product(4, 5))},
		"acted on, unanswered":              {orders(), write("POST /orders/7/refund", 204, sent(`{}`)), all},
		"acted on itself":                   {orders(), write("POST /orders/7", 204, sent(`{}`)), all},
		"a part of it":                      {orders(), write("POST /orders/7/items", 201, sent(`{"product_id":4}`), answered(`{"id":1,"product_id":4}`)), all},
		"a part of it, deleted":             {orders(), write("DELETE /orders/7/items", 204), all},
		"a part of it, replaced":            {orders(), write("PUT /orders/7/items", 204, sent(`{}`)), all},
		"one without a number":              {orders(), write("PATCH /orders/latest", 200, sent(`{}`), answered(seven)), all},
		"one with another number":           {orders(), write("PATCH /orders/07", 200, sent(`{}`), answered(seven)), all},
		"another path":                      {orders(), write("POST /search", 200, sent(`{}`), answered(list)), all},
		"another path that looks alike":     {orders(), write("POST /ordersmore", 200, sent(`{}`), answered(list)), all},
		"a method of its own":               {orders(), write("ARCHIVE /orders/7", 200, sent(`{}`), answered(seven)), with(order7(), of3, product(4, 5))},
		"a method in small letters":         {orders(), write("get /orders/7", 204, sent(`{}`)), all},
		"disguised":                         {orders(), write("PATCH /orders/7", 200, sent(`{"status":"paid"}`), answered(seven), disguised), all},
		"disguised, broken off":             {files(), write("PUT /a", 0, disguised), []string{"file"}},
		"disguised, and refused":            {orders(), write("PATCH /orders/7", 405, disguised), nothing},
		"by any method":                     {orders(), write("* /orders/7", 200, answered(seven)), with(order7(), of3, []string{"product"})},
		"by any method, unanswered":         {orders(), write("* /orders/7", 204, sent(`{"status":"paid"}`)), all},
		"by any method, among all":          {orders(), write("* /orders", 200, answered(seven)), all},
		"something by any method":           {files(), write("* /a/b", 204), []string{"file /", "file /a", "file /a/b", "file lists"}},
		"something":                         {files(), write("PUT /a/b", 204), []string{"file /", "file /a", "file /a/b", "file lists"}},
		"something, by another spelling":    {files(), write("PUT /a/../a/b", 204), []string{"file /", "file /a", "file /a/b", "file /a/../a/b", "file lists"}},
		"something at a place":              {files(), write("POST /a", 201, says("Location", "/a/b/c"), says("Content-Location", "b/")), []string{"file /", "file /a", "file /a/b", "file /a/b/c", "file /b/", "file /b", "file lists"}},
		"something at the same place":       {files(), write("POST /a", 201, says("Location", "HTTP://ORDER/a/b")), []string{"file /", "file /a", "file /a/b", "file lists"}},
		"something at a place elsewhere":    {files(), write("POST /a", 201, says("Location", "https://order/x"), says("Content-Location", "//other/x")), []string{"file /", "file /a", "file lists"}},
		"something at no place":             {files(), write("POST /a", 201, says("Location", "http://[/x"), says("Content-Location", "mailto:x")), []string{"file /", "file /a", "file lists"}},
		"something that failed, at a place": {files(), write("POST /a", 500, says("Location", "/x")), []string{"file /", "file /a", "file lists"}},
		"something far below":               {files(), write("PUT "+strings.Repeat("/a", 33), 204), []string{"file"}},
		"groups":                            {files(), write("POST /a", 200, says("Cache-Group-Invalidation", `"a", "b";x=1`, `"a \"b\""`)), []string{"file /", "file /a", "file lists", "file group a", "file group b", `file group a "b"`}},
		"groups, though it refused":         {files(), write("POST /a", 404, says("Cache-Group-Invalidation", `"a"`)), []string{"file group a"}},
		"groups of a read":                  {files(), write("GET /a", 200, says("Cache-Group-Invalidation", `"a"`)), nothing},
		"groups that are none":              {files(), write("POST /a", 404, says("Cache-Group-Invalidation", `"a", b`)), nothing},
		"too many groups":                   {files(), write("POST /a", 404, says("Cache-Group-Invalidation", strings.Repeat(`"a",`, 64)+`"b"`)), []string{"file"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := tt.known.Of(tt.write)
			slices.Sort(tt.want)
			tags := read(got.Tags)
			if diff := cmp.Diff(tt.want, tags); diff != "" {
				t.Error(diff)
			}
			for _, service := range got.Whole {
				if !slices.Contains(tags, service) {
					t.Errorf("the whole of %s is told, and not purged", service)
				}
			}
		})
	}
}
