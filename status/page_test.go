package status_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/status"
)

// elements calls for each element of a page.
func elements(t interface{ Fatal(args ...any) }, page string, each func(node *html.Node)) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for node := range root.Descendants() {
		if node.Type == html.ElementNode {
			each(node)
		}
	}
}

func attribute(node *html.Node, name string) string {
	for _, each := range node.Attr {
		if each.Key == name {
			return each.Val
		}
	}
	return ""
}

func filled() *site {
	s := newSite()
	s.requests.WithLabelValues("rest", "", "404").Inc()
	s.Finish(status.Finished{
		Door: "graphql", Operation: "Mine", Status: 502, Code: "UPSTREAM_ERROR", RequestID: "id-1", Cost: 4,
		Duration: time.Second, Services: []string{"user", "order"},
	})
	s.Finish(status.Finished{Door: "rest", Operation: "GET /v1/users", Status: 404, Code: "NOT_FOUND", RequestID: "id-2"})
	return s
}

func TestThePageHangsTogether(t *testing.T) {
	page := body(t, get(filled().Page, "text/html"))
	ids, wanted, found := map[string]bool{}, map[string]bool{}, map[string]int{}
	elements(t, page, func(node *html.Node) {
		found[node.Data]++
		if id := attribute(node, "id"); id != "" {
			if ids[id] {
				t.Errorf("there are two of %s", id)
			}
			ids[id] = true
		}
		if by := attribute(node, "aria-labelledby"); by != "" {
			wanted[by] = true
		}
		if to, ok := strings.CutPrefix(attribute(node, "href"), "#"); ok {
			wanted[to] = true
		}
		if node.Data == "th" && attribute(node, "scope") == "" {
			t.Error("a heading of a table has no scope")
		}
	})
	for id := range wanted {
		if !ids[id] {
			t.Errorf("%s is named, and not there", id)
		}
	}
	if found["table"] < 8 || found["caption"] != found["table"] || found["h1"] != 1 {
		t.Errorf("got %v", found)
	}
	for _, want := range []string{"UPSTREAM_ERROR", "user, order", "shop.example", "v1.2.3", "abc123", "id-2"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestThePageBringsNothingFromElsewhereAndNothingInline(t *testing.T) {
	elements(t, body(t, get(filled().Page, "text/html")), func(node *html.Node) {
		for _, each := range node.Attr {
			if strings.HasPrefix(each.Key, "on") || each.Key == "style" {
				t.Errorf("%s has %s", node.Data, each.Key)
			}
			if (each.Key == "href" || each.Key == "src") && strings.ContainsAny(each.Val, ":") || strings.HasPrefix(each.Val, "/") {
				t.Errorf("%s leads to %s", node.Data, each.Val)
			}
		}
		if node.Data == "style" || node.Data == "script" && node.FirstChild != nil {
			t.Errorf("there is a %s within the page", node.Data)
		}
	})
}

// Whatever strangers call their operations, the page has the same elements and attributes.
func TestNoTextBecomesMarkup(t *testing.T) {
	shape := func(t *rapid.T, text string) string {
		s := newSite()
		s.service = status.Service{
			Name: text, Unusable: text, Breaker: text, Endpoints: []status.Endpoint{{Name: text, State: text}},
		}
		s.requests.WithLabelValues(strings.ToValidUTF8(text, ""), "", "404").Inc()
		for _, code := range []int{500, 404} {
			s.Finish(status.Finished{
				Door: text, Operation: text, Document: text, Status: code, Code: text, Services: []string{text}, Cost: 1,
				Duration: time.Second, RequestID: text, TraceID: text,
			})
		}
		var said strings.Builder
		elements(t, pageOf(s), func(node *html.Node) {
			said.WriteString(" " + node.Data)
			for _, each := range node.Attr {
				said.WriteString(" " + each.Key)
			}
		})
		return said.String()
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.String(),
			rapid.SampledFrom([]string{
				`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onfocus='alert(1)`, `</td></table><h1>`, `&lt;script&gt;`,
				"\n\ndata: x", "\r\nevent: x", `<!--`, `]]>`, `javascript:alert(1)`, "\x00<b>", "\u202e<i>",
			}),
		).Draw(t, "text")
		if got, want := shape(t, "a"+text), shape(t, "a"); got != want {
			t.Fatalf("%q makes the page\n%s\nwant\n%s", text, got, want)
		}
	})
}

func pageOf(s *site) string {
	w := get(s.Page, "text/html")
	var text strings.Builder
	buffer := make([]byte, 1<<20)
	for {
		n, err := w.Body.Read(buffer)
		text.Write(buffer[:n])
		if err != nil {
			return text.String()
		}
	}
}
