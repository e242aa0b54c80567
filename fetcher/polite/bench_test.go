package polite

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
)

// instant answers at once, without a network.
type instant struct{ body string }

func (i instant) RoundTrip(req *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil {
		trace.GotConn(httptrace.GotConnInfo{})
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	resp := &http.Response{StatusCode: 304, Header: http.Header{}, Body: http.NoBody, Request: req}
	if i.body != "" {
		resp.StatusCode, resp.Body = 200, io.NopCloser(strings.NewReader(i.body))
	}
	return resp, nil
}

// BenchmarkOverhead is what the transport costs for each request, all that net/http costs apart.
func BenchmarkOverhead(b *testing.B) {
	for _, tt := range []struct{ name, body string }{{"304", ""}, {"200", "page"}} {
		b.Run(tt.name, func(b *testing.B) {
			tr := New(config.Fetch{UserAgent: "feedfolio/1", Timeout: 30 * time.Second, Robots: true}, nil, Options{})
			tr.direct.RegisterProtocol("http", instant{tt.body})
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://news.example/feed.xml", nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				resp, err := tr.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
}
