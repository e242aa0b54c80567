package fetcher

import "testing"

func TestUsableImage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, url string
		want      bool
	}{
		{"a picture of the news", "https://img.example/2026/11/port-cranes.jpg", true},
		{"a folder named default holds any picture", "https://bank.example/sites/default/files/2026-11/governor.jpg", true},
		{"a QR code", "https://n.example/finance/qr.png", false},
		{"the site's logo", "https://img.example/static/logo-600x60.png", false},
		{"what a site shows where there is no picture", "https://img.example/img/share-default.png", false},
		{"the same by another name", "https://img.example/og_image_default.jpg?v=2", false},
		{"an article about a default", "https://img.example/2026/bond-default-chart.png", true},
		{"a picture with no path", "https://img.example/", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := usable(tt.url); got != tt.want {
				t.Errorf("usable(%q) = %v; want %v", tt.url, got, tt.want)
			}
		})
	}
}
