package polite

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// acceptEncoding is sent with each request: what this file can unpack.
const acceptEncoding = "gzip, br, zstd"

const (
	maxZstdWindow = 8 << 20 // RFC 9659

	// Beyond ratioFrom unpacked bytes no honest page is maxRatio times smaller on the wire.
	ratioFrom = 4 << 20
	maxRatio  = 300

	maxCodings = 3
)

// LimitError says that an answer was larger than allowed. Nothing of it is to be used: it is never cut short in silence.
type LimitError struct {
	What  string // "body", "body on the wire", "compression ratio", "response header"
	Limit int64  // bytes, or the ratio
}

func (e *LimitError) Error() string {
	if e.What == "compression ratio" {
		return fmt.Sprintf("answer unpacks to more than %d times its size: taken for a decompression bomb", e.Limit)
	}
	return fmt.Sprintf("%s is larger than %d bytes (fetch.max_body, or hosts.<name>.max_body)", e.What, e.Limit)
}

// codings returns the content codings of an answer that this file unpacks, in the order in which they were applied.
// ok is false if there is one that it does not know: then the body is left as it came.
func codings(h http.Header) (list []string, ok bool) {
	for _, line := range h["Content-Encoding"] {
		for c := range strings.SplitSeq(line, ",") {
			switch c = strings.ToLower(strings.TrimSpace(c)); c {
			case "", "identity", "none", "utf-8", "utf8", "binary":
			case "gzip", "x-gzip":
				list = append(list, "gzip")
			case "br", "zstd", "deflate":
				list = append(list, c)
			default:
				return nil, false
			}
		}
	}
	return list, len(list) <= maxCodings
}

// wire reads the body as it comes, and counts it.
type wire struct {
	r     io.Reader
	n     int64
	limit int64
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.n += int64(n)
	if w.n > w.limit {
		return 0, &LimitError{"body on the wire", w.limit}
	}
	return n, err
}

// decoder is one layer of content coding. recycle may be called once, after the last Read.
type decoder struct {
	io.Reader
	recycle func()
}

// newDecoder unpacks src. It reads the first bytes only when it is read itself, so that it never blocks.
func newDecoder(coding string, src io.Reader) *decoder {
	switch coding {
	case "br":
		return newBrotli(src)
	case "zstd":
		return &decoder{Reader: &late{open: func() (io.Reader, error) { return openZstd(src) }}}
	}
	br := buffers.Get().(*bufio.Reader)
	br.Reset(src)
	l := &late{open: func() (io.Reader, error) { return openGzip(br) }}
	if coding == "deflate" {
		l.open = func() (io.Reader, error) { return openDeflate(br) }
	}
	return &decoder{l, func() {
		if g, ok := l.r.(*gzipReader); ok {
			gzips.Put(g.z)
		}
		br.Reset(nil)
		buffers.Put(br)
	}}
}

// late opens a reader at the first Read.
type late struct {
	open func() (io.Reader, error)
	r    io.Reader
	err  error
}

func (l *late) Read(p []byte) (int, error) {
	if l.r == nil && l.err == nil {
		l.r, l.err = l.open()
	}
	if l.err != nil {
		return 0, l.err
	}
	return l.r.Read(p)
}

var (
	buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4096) }}
	gzips   = sync.Pool{New: func() any { return new(gzip.Reader) }}
	brotlis = sync.Pool{New: func() any { return brotli.NewReader(nil) }}
	zstds   = sync.Pool{New: func() any {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			panic("polite: zstd options: " + err.Error()) // the options are constants
		}
		return d
	}}
)

// openGzip reads a gzip body. A body that is labelled gzip and is none is handed on as it is: some servers forget
// to compress, and none that compresses starts with other bytes.
func openGzip(br *bufio.Reader) (io.Reader, error) {
	head, err := br.Peek(2)
	if len(head) == 0 {
		return nil, err // an empty body, or the error of the wire
	}
	if !bytes.Equal(head, gzipMagic) {
		return br, nil
	}
	z := gzips.Get().(*gzip.Reader)
	if err := z.Reset(br); err != nil {
		return nil, unexpected(err)
	}
	z.Multistream(false)
	return &gzipReader{z, br}, nil
}

var gzipMagic = []byte{0x1f, 0x8b}

// gzipReader reads the members of a gzip body. What follows the last one and is no member is ignored, as browsers do.
type gzipReader struct {
	z  *gzip.Reader
	br *bufio.Reader
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.z.Read(p)
		if err != io.EOF || n > 0 {
			if err == io.EOF {
				err = nil // the next call sees it again
			}
			return n, err
		}
		head, err := g.br.Peek(2)
		if !bytes.Equal(head, gzipMagic) {
			if err != nil && err != io.EOF {
				return 0, err
			}
			return 0, io.EOF
		}
		if err := g.z.Reset(g.br); err != nil {
			return 0, unexpected(err)
		}
		g.z.Multistream(false)
	}
}

// openDeflate reads what "deflate" means by RFC 9110 (zlib) and what some servers send instead (bare deflate).
func openDeflate(br *bufio.Reader) (io.Reader, error) {
	head, err := br.Peek(2)
	if len(head) == 0 {
		return nil, err
	}
	if len(head) == 2 && head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		z, err := zlib.NewReader(br)
		return z, unexpected(err)
	}
	return flate.NewReader(br), nil
}

// brotliBody tells an empty body from a truncated one.
type brotliBody struct {
	z   *brotli.Reader
	src *counted
}

type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (b *brotliBody) Read(p []byte) (int, error) {
	n, err := b.z.Read(p)
	if err != nil && b.src.n == 0 && errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

func newBrotli(src io.Reader) *decoder {
	c := &counted{r: src}
	z := brotlis.Get().(*brotli.Reader)
	_ = z.Reset(c) // it has no way to fail
	return &decoder{&brotliBody{z, c}, func() {
		_ = z.Reset(nil)
		brotlis.Put(z)
	}}
}

// zstdBody gives its decoder back at the end of the body; one that is left in the middle is collected.
type zstdBody struct{ z *zstd.Decoder }

func openZstd(src io.Reader) (io.Reader, error) {
	z := zstds.Get().(*zstd.Decoder)
	if err := z.Reset(src); err != nil {
		return nil, err
	}
	return &zstdBody{z}, nil
}

func (b *zstdBody) Read(p []byte) (int, error) {
	if b.z == nil {
		return 0, io.EOF
	}
	n, err := b.z.Read(p)
	switch {
	case err == io.EOF:
		_ = b.z.Reset(nil)
		zstds.Put(b.z)
		b.z = nil
	case errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded):
		err = &LimitError{"zstd window", maxZstdWindow}
	}
	return n, err
}

// unexpected makes an end in the middle of a header what it is.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
