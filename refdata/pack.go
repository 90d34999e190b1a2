// SPDX-License-Identifier: Apache-2.0

package refdata

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// A pack is one version of one table in a file:
//
//	"WLPACK1\n"   magic
//	uint32        length of the header, big endian
//	header        Meta as JSON
//	payload       zstd frame of the columns, one after another
//
// A text column is a dictionary (count, then length and bytes of each) and an
// index a row; a number column is the difference to the row above, zigzag varint.
const magic = "WLPACK1\n"

// maxPayload bounds what a pack may unpack to.
const maxPayload = 512 << 20

// Pack writes the table as a pack.
func (t *Table) Pack(w io.Writer) error {
	payload := t.encode()
	meta := t.Meta
	sum := sha256.Sum256(payload)
	meta.PayloadSHA256 = hex.EncodeToString(sum[:])
	meta.Imported = false
	header, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString(magic)
	b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(header))))
	b.Write(header)
	b.Write(enc.EncodeAll(payload, nil))
	_, err = w.Write(b.Bytes())
	return err
}

// WriteFile writes the table as a pack at path; an interrupted write leaves what
// was there before.
func (t *Table) WriteFile(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".pack-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := t.Pack(f); err != nil {
		f.Close()
		return err
	}
	if err := errors.Join(f.Sync(), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// FileName is the name under which a pack of this table is kept.
func (m *Meta) FileName() string { return m.ID + "@" + m.Version + ".pack" }

func (t *Table) encode() []byte {
	var b []byte
	for i, c := range t.Columns {
		if c.Kind != Text {
			prev := int64(0)
			for _, v := range t.nums[i] {
				b = binary.AppendVarint(b, v-prev)
				prev = v
			}
			continue
		}
		index := map[string]uint64{}
		var words []string
		rows := make([]uint64, len(t.text[i]))
		for r, s := range t.text[i] {
			k, ok := index[s]
			if !ok {
				k = uint64(len(words))
				index[s] = k
				words = append(words, s)
			}
			rows[r] = k
		}
		b = binary.AppendUvarint(b, uint64(len(words)))
		for _, s := range words {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
		for _, k := range rows {
			b = binary.AppendUvarint(b, k)
		}
	}
	return b
}

// readHeader splits a pack into its Meta and the compressed payload.
func readHeader(pack []byte) (Meta, []byte, error) {
	var m Meta
	if len(pack) < len(magic)+4 || string(pack[:len(magic)]) != magic {
		return m, nil, errors.New("not a Woodlawn table pack")
	}
	n := int(binary.BigEndian.Uint32(pack[len(magic):]))
	rest := pack[len(magic)+4:]
	if n > len(rest) {
		return m, nil, errors.New("the pack is cut short")
	}
	if err := json.Unmarshal(rest[:n], &m); err != nil {
		return m, nil, fmt.Errorf("header of the pack: %w", err)
	}
	if m.Rows < 0 || m.ID == "" {
		return m, nil, errors.New("header of the pack: no table id")
	}
	return m, rest[n:], nil
}

// Unpack decodes a pack and checks its hash.
func Unpack(pack []byte) (*Table, error) {
	meta, body, err := readHeader(pack)
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPayload))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	payload, err := dec.DecodeAll(body, nil)
	if err != nil {
		return nil, fmt.Errorf("table %s %s: %w", meta.ID, meta.Version, err)
	}
	sum := sha256.Sum256(payload)
	if hex.EncodeToString(sum[:]) != meta.PayloadSHA256 {
		return nil, fmt.Errorf("table %s %s: the content does not match its hash; import it again", meta.ID, meta.Version)
	}
	t := &Table{Meta: meta}
	if err := t.decode(payload); err != nil {
		return nil, fmt.Errorf("table %s %s: %w", meta.ID, meta.Version, err)
	}
	return t, nil
}

var errShort = errors.New("the pack's content is cut short")

func (t *Table) decode(b []byte) error {
	if t.Rows > len(b) && len(t.Columns) > 0 { // a row takes at least a byte a column
		return errShort
	}
	blob := string(b)
	pos := 0
	uvarint := func() (uint64, bool) {
		v, n := binary.Uvarint(b[pos:])
		if n <= 0 {
			return 0, false
		}
		pos += n
		return v, true
	}
	t.text = make([][]string, len(t.Columns))
	t.nums = make([][]int64, len(t.Columns))
	for i, c := range t.Columns {
		if c.Kind != Text {
			col, prev := make([]int64, t.Rows), int64(0)
			for r := range col {
				v, n := binary.Varint(b[pos:])
				if n <= 0 {
					return errShort
				}
				pos += n
				prev += v
				col[r] = prev
			}
			t.nums[i] = col
			continue
		}
		count, ok := uvarint()
		if !ok || count > uint64(len(b)-pos) {
			return errShort
		}
		words := make([]string, count)
		for k := range words {
			n, ok := uvarint()
			if !ok || n > uint64(len(b)-pos) {
				return errShort
			}
			words[k] = blob[pos : pos+int(n)]
			pos += int(n)
		}
		col := make([]string, t.Rows)
		for r := range col {
			k, ok := uvarint()
			if !ok || k >= count {
				return errShort
			}
			col[r] = words[k]
		}
		t.text[i] = col
	}
	return nil
}
