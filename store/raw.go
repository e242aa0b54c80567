package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxFile bounds what is read into memory of one file, packed or not.
const maxFile = 256 << 20

// A raw page is a zstd frame, so that `zstdcat` shows it as it came. Address, status and headers are in a skippable frame
// before it, which zstd tools pass over.
const skippable = 0x184D2A5F

func (s *Store) packRaw(raw *Raw) ([]byte, error) {
	head, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	out := binary.LittleEndian.AppendUint32(make([]byte, 0, 8+len(head)+len(raw.Body)/4), skippable)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(head)))
	out = append(out, head...)
	return s.pages.EncodeAll(raw.Body, out), nil
}

func (s *Store) unpackRaw(data []byte) (*Raw, error) {
	if len(data) < 8 || binary.LittleEndian.Uint32(data) != skippable {
		return nil, errors.New("no page that feedfolio kept: it does not begin with its headers")
	}
	n := int64(binary.LittleEndian.Uint32(data[4:]))
	data = data[8:]
	if n > int64(len(data)) {
		return nil, errors.New("the page is cut off")
	}
	var raw Raw
	if err := json.Unmarshal(data[:n], &raw); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	body, err := s.unpack.DecodeAll(data[n:], nil)
	if err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	raw.Body = body
	return &raw, nil
}

// readAll reads r to its end, or fails beyond limit bytes; limit <= 0 means none.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	if limit <= 0 {
		return io.ReadAll(r)
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, fmt.Errorf("longer than %d bytes", limit)
	}
	return data, err
}
