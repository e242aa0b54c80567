package demo

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"math/rand/v2"
	"strings"
)

// drawImage makes the image of that name: what it shows follows from the name, so it is the same at each start.
func drawImage(name, title string) (data []byte, contentType string, err error) {
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(name)) // it cannot fail
	rnd := rand.New(rand.NewPCG(seed.Sum64(), 1))
	var b bytes.Buffer
	switch {
	case strings.HasSuffix(name, ".svg"):
		fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="48"><rect width="160" height="48" fill="#12355b"/><text x="80" y="30" fill="#fff" font-size="14" text-anchor="middle">%s</text></svg>`, title)
		return b.Bytes(), "image/svg+xml", nil
	case strings.HasSuffix(name, ".gif"): // the pixel that lazy images show, and that counts visitors
		err = gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Transparent}), nil)
		return b.Bytes(), "image/gif", err
	case strings.HasSuffix(name, "/qr.png"):
		err = png.Encode(&b, drawCode(rnd))
	case strings.Contains(name, "/chart-"):
		err = png.Encode(&b, drawChart(rnd))
	default:
		err = png.Encode(&b, drawScene(rnd))
	}
	return b.Bytes(), "image/png", err
}

var (
	white = color.RGBA{255, 255, 255, 255}
	black = color.RGBA{0, 0, 0, 255}
	ink   = color.RGBA{18, 53, 91, 255}
)

func fill(img draw.Image, r image.Rectangle, c color.Color) {
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// drawCode draws what looks like a QR code: three corner marks and noise.
func drawCode(rnd *rand.Rand) image.Image {
	const modules, size = 25, 5
	img := image.NewRGBA(image.Rect(0, 0, (modules+2)*size, (modules+2)*size))
	fill(img, img.Bounds(), white)
	square := func(x, y, w int, c color.Color) {
		fill(img, image.Rect((x+1)*size, (y+1)*size, (x+w+1)*size, (y+w+1)*size), c)
	}
	for y := range modules {
		for x := range modules {
			if rnd.IntN(2) == 0 {
				square(x, y, 1, black)
			}
		}
	}
	for _, corner := range []image.Point{{0, 0}, {modules - 7, 0}, {0, modules - 7}} {
		square(corner.X, corner.Y, 7, black)
		square(corner.X+1, corner.Y+1, 5, white)
		square(corner.X+2, corner.Y+2, 3, black)
	}
	return img
}

// drawChart draws bars of a random walk over a grid.
func drawChart(rnd *rand.Rand) image.Image {
	const w, h, bar = 320, 180, 12
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	fill(img, img.Bounds(), white)
	for y := 20; y < h; y += 32 {
		fill(img, image.Rect(16, y, w-16, y+1), color.RGBA{220, 220, 220, 255})
	}
	value := 60 + rnd.IntN(50)
	for x := 20; x+bar < w-16; x += bar + 4 {
		value = min(max(value+rnd.IntN(31)-15, 15), h-30)
		fill(img, image.Rect(x, h-12-value, x+bar, h-12), ink)
	}
	return img
}

// drawScene draws houses under a sky: what stands for a photograph.
func drawScene(rnd *rand.Rand) image.Image {
	const w, h = 320, 180
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		fill(img, image.Rect(0, y, w, y+1), color.RGBA{uint8(120 + y/2), uint8(160 + y/3), 220, 255})
	}
	for x := 0; x < w; {
		width, height := 15+rnd.IntN(30), 30+rnd.IntN(90)
		shade := uint8(40 + rnd.IntN(80))
		fill(img, image.Rect(x, h-height, x+width, h), color.RGBA{shade, shade, shade + 20, 255})
		x += width + rnd.IntN(6)
	}
	return img
}
