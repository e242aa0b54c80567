package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLogIsOneLineForEachEvent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		app  app
		want string
	}{
		{"text", app{}, `level=WARN msg="source failed" source=wire duration=1.5s err="GET http://news.example/: 新闻"`},
		{"JSON", app{logJSON: true}, `"level":"WARN","msg":"source failed","source":"wire","duration":"1.5s","err":"GET http://news.example/: 新闻"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			a := tt.app
			a.stderr = &out
			a.logger().Warn("source failed", "source", "wire", "duration", 1500*time.Millisecond, "err", errors.New("GET http://news.example/: 新闻"))
			a.logger().Info("not asked for")
			if line := out.String(); !strings.HasSuffix(line, tt.want+"\n") || strings.Count(line, "\n") != 1 {
				t.Errorf("%q; want one line that ends in %q", line, tt.want)
			}
		})
	}
}
