package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// blockBytes is about how long a block of text is.
const blockBytes = 1 << 20

// slack is room for a line end and what may be read beyond it.
const slack = 1 + padded

// maxLine bounds a row of text: a file without line ends would otherwise be read as one row.
const maxLine = 64 << 20

// maxZstdWindow is how far back a text compressed by Zstandard may refer, which is held in memory: as with zstd --ultra.
const maxZstdWindow = 128 << 20

// block is a run of whole rows of a text, followed in memory by slack bytes that are nobody's. Where err is set
// reading failed, or a row would not end, and the rows that text begins with are all there are.
type block struct {
	text []byte
	err  error
	last bool // the text ends with it
}

// blocks cuts a text into blocks, by its bytes alone: the same blocks however it arrives.
type blocks struct {
	r     io.Reader
	size  int    // of a block, about
	quote bool   // a line end between quotes ends no row
	rest  []byte // read, and not yet part of a block
	ended bool
	free  sync.Pool
}

// next returns the next block; false at the end of the text, or after an error.
func (b *blocks) next() (block, bool) {
	if b.ended {
		return block{}, false
	}
	buf := b.buffer()
	buf = append(buf, b.rest...)
	b.rest = b.rest[:0]
	for want := max(b.size, len(buf)+1); ; want *= 2 {
		from := len(buf)
		if cap(buf) < want+slack {
			buf = append(make([]byte, 0, want+slack), buf...)
		}
		n, err := io.ReadFull(b.r, buf[from:want])
		buf = buf[:from+n]
		if err != nil {
			b.ended = true
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return block{text: buf, last: true}, len(buf) > 0
			}
			return block{text: buf, err: err}, true
		}
		if end := b.end(buf); end > 0 {
			b.rest = append(b.rest, buf[end:]...)
			return block{text: buf[:end]}, true
		}
		if want > maxLine {
			b.ended = true
			return block{text: buf, err: fmt.Errorf("a row is longer than %s; is a quote left open?", Bytes(maxLine))}, true
		}
	}
}

// end is where the last whole row of a text that begins a row ends, 0 where none does. A line end within
// quotes has an odd number of quotes before it; in a text that is not well-formed the count may mislead,
// but only behind the mistake.
func (b *blocks) end(text []byte) int {
	quotes := 0
	if b.quote {
		quotes = bytes.Count(text, []byte{'"'})
	}
	for {
		end := bytes.LastIndexByte(text, '\n') + 1
		if b.quote {
			quotes -= bytes.Count(text[end:], []byte{'"'})
		}
		if end == 0 || quotes%2 == 0 {
			return end
		}
		text = text[:end-1]
	}
}

func (b *blocks) buffer() []byte {
	if p, ok := b.free.Get().(*[]byte); ok {
		return (*p)[:0]
	}
	return make([]byte, 0, b.size+slack)
}

// release takes a block's memory back.
func (b *blocks) release(k block) {
	text := k.text[:0]
	b.free.Put(&text)
}

// unpacked is a reader of what a decompressor gives. That ends with io.ErrUnexpectedEOF where its file was cut short,
// which whoever fills a buffer takes for the end of a short text.
type unpacked struct{ r io.Reader }

func (u unpacked) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err == io.ErrUnexpectedEOF {
		err = errCut
	}
	return n, err
}

var errCut = errors.New("the compressed data is cut short")

// Unpacked is the name of a file without what says how it is compressed.
func Unpacked(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
}

// unpack returns a text as it was before compression, a byte order mark left out.
func unpack(path string, f io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(f, 64<<10)
	// A look ahead that fails finds a short file, which reading then reports.
	if magic, _ := b.Peek(4); bytes.HasPrefix(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, &Error{File: path, Err: fmt.Errorf("it is damaged: %w", err)}
		}
		b = bufio.NewReaderSize(unpacked{z}, 64<<10)
	} else if bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		// One goroutine, the reader's own: there is nothing to be closed.
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return nil, &Error{File: path, Err: fmt.Errorf("it is damaged: %w", err)}
		}
		b = bufio.NewReaderSize(unpacked{z}, 64<<10)
	}
	if bom, _ := b.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		if _, err := b.Discard(3); err != nil {
			return nil, &Error{File: path, Err: err}
		}
	}
	return b, nil
}
