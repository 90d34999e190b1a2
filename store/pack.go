// SPDX-License-Identifier: Apache-2.0

package store

import (
	_ "embed"
	"errors"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// Kept bodies begin with how they are packed.
const (
	plain = 'j'
	// zstandard is what earlier releases wrote.
	zstandard = 'z'
	// shared1 is S2 with the first dictionary: half the size of zstandard without one,
	// at a fifth of the time.
	shared1 = '1'
	// packFrom is the size from which packing pays.
	packFrom = 64
	// maxBody bounds what a damaged body may unpack to.
	maxBody = 256 << 20
)

// tools/fhirdict made it. It never changes: bodies are kept that need it.
//
//go:embed fhir1.dict
var dictionary1 []byte

var (
	shared  = s2.NewDict(dictionary1)
	decoder = newDecoder()
	buffers = sync.Pool{New: func() any { return new([]byte) }} // for packing
)

func newDecoder() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecoderConcurrency(0))
	if err != nil {
		panic(err)
	}
	return d
}

// pack makes what is kept of a tail.
func pack(tail []byte) []byte {
	if len(tail) >= packFrom {
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		if need := s2.MaxEncodedLen(len(tail)); need > cap(*buf) {
			*buf = make([]byte, need)
		}
		if small := shared.Encode((*buf)[:cap(*buf)], tail); len(small) < len(tail) {
			return append(append(make([]byte, 0, 1+len(small)), shared1), small...)
		}
	}
	return append(append(make([]byte, 0, 1+len(tail)), plain), tail...)
}

var errDamaged = errors.New("a kept resource is damaged")

// unpack is the tail of what is kept; it may share the body's bytes.
func unpack(body []byte) ([]byte, error) {
	switch {
	case len(body) == 0:
		return nil, nil
	case body[0] == plain:
		return body[1:], nil
	case body[0] == shared1:
		if n, err := s2.DecodedLen(body[1:]); err != nil || n > maxBody {
			return nil, errDamaged
		}
		return shared.Decode(nil, body[1:])
	case body[0] == zstandard:
		return decoder.DecodeAll(body[1:], nil)
	}
	return nil, errDamaged
}
