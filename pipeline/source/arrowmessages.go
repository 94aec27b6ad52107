package source

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// arrowMessages reads the messages of Arrow's IPC stream. The library's own reader believes what a
// message says about itself, and takes as much memory as that: this one looks at each first.
// Format: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
type arrowMessages struct {
	r    io.Reader
	left int64 // bytes of the file
	mem  *Allocator
}

// Retain and Release are the interface's; nothing is counted.
func (m *arrowMessages) Retain() {}

// Release does nothing.
func (m *arrowMessages) Release() {}

const continuation = 0xffffffff

// Message returns the next message; io.EOF at the end of the stream.
func (m *arrowMessages) Message() (*ipc.Message, error) {
	size, err := m.word()
	if err == io.EOF {
		return nil, err
	}
	if err == nil && size == continuation { // messages before Arrow 0.15 lack it
		size, err = m.word()
	}
	if err != nil {
		return nil, damaged(err)
	}
	if size == 0 {
		return nil, io.EOF
	}
	meta, err := m.bytes(int64(size))
	if err != nil {
		return nil, err
	}
	body, err := checkMessage(meta)
	if err != nil {
		return nil, fmt.Errorf("a message of the file is damaged: %w", err)
	}
	raw, err := m.bytes(body)
	if err != nil {
		return nil, err
	}
	return ipc.NewMessage(memory.NewBufferBytes(meta), memory.NewBufferBytes(raw)), nil
}

func (m *arrowMessages) word() (uint32, error) {
	var b [4]byte
	if _, err := io.ReadFull(m.r, b[:]); err != nil {
		return 0, err
	}
	m.left -= 4
	return binary.LittleEndian.Uint32(b[:]), nil
}

func (m *arrowMessages) bytes(n int64) ([]byte, error) {
	if n > m.left {
		return nil, fmt.Errorf("a message of %d bytes is said to come where %d are left: the file is damaged or cut short", n, m.left)
	}
	m.mem.take(int(n))
	b := make([]byte, n)
	if _, err := io.ReadFull(m.r, b); err != nil {
		return nil, damaged(err)
	}
	m.left -= n
	return b, nil
}

// The tables of a message, by the places of their fields. Format: Message.fbs and Schema.fbs of Arrow.
const (
	messageKind, messageHeader, messageBody = 1, 2, 3
	schemaFields, schemaMetadata            = 1, 2
	fieldName, fieldType, fieldDictionary   = 0, 3, 4
	fieldChildren, fieldMetadata            = 5, 6
	batchLength, batchNodes, batchBuffers   = 0, 1, 2
	dictionaryData                          = 1

	kindSchema, kindDictionary, kindBatch = 1, 2, 3
)

// checkMessage checks what a reader will believe of a message: that all its tables, texts and lists lie
// within it, that a batch's buffers lie within its body and its lengths are not below zero. It returns the
// length of the body.
func checkMessage(meta []byte) (body int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(flatError)
			if !ok {
				panic(p)
			}
			body, err = 0, errors.New(string(e))
		}
	}()
	f := flat(meta)
	message := f.table(0)
	if at, ok := message.field(messageBody); ok {
		body = int64(f.u64(at))
	}
	if body < 0 {
		panic(flatError("its body has a length below zero"))
	}
	kind := byte(0)
	if at, ok := message.field(messageKind); ok {
		kind = f.at(at, 1)[0]
	}
	at, ok := message.field(messageHeader)
	if !ok {
		panic(flatError("it has no header"))
	}
	header := f.table(at)
	switch kind {
	case kindSchema:
		budget := len(meta) / 8 // a field takes more: where there are more, one stands in several places
		header.list(schemaFields, func(at int) { checkField(f.table(at), 0, &budget) })
		header.pairs(schemaMetadata)
	case kindBatch:
		checkBatch(header, body)
	case kindDictionary:
		at, ok := header.field(dictionaryData)
		if !ok {
			panic(flatError("a dictionary has no data"))
		}
		checkBatch(f.table(at), body)
	default:
		panic(flatError("it is of an unknown kind"))
	}
	return body, nil
}

// maxNesting bounds how deep the types of a column are nested, as the library does.
const maxNesting = 64

func checkField(t flatTable, depth int, budget *int) {
	if *budget--; depth > maxNesting || *budget < 0 {
		panic(flatError("types are nested too deep"))
	}
	t.text(fieldName)
	for _, sub := range []int{fieldType, fieldDictionary} {
		if at, ok := t.field(sub); ok {
			t.f.table(at)
		}
	}
	t.list(fieldChildren, func(at int) { checkField(t.f.table(at), depth+1, budget) })
	t.pairs(fieldMetadata)
}

func checkBatch(t flatTable, body int64) {
	nodes, n := t.vector(batchNodes, 16)
	for i := range n {
		if int64(t.f.u64(nodes+16*i)) < 0 || int64(t.f.u64(nodes+16*i+8)) < 0 {
			panic(flatError("a column has a length below zero"))
		}
	}
	buffers, n := t.vector(batchBuffers, 16)
	for i := range n {
		from, size := int64(t.f.u64(buffers+16*i)), int64(t.f.u64(buffers+16*i+8))
		if from < 0 || size < 0 || from > body || size > body-from {
			panic(flatError("a column reaches beyond the message"))
		}
	}
}

// flat is a FlatBuffer that is not trusted: what does not lie within it panics with a flatError.
// Format: https://flatbuffers.dev/internals
type flat []byte

type flatError string

func (f flat) at(at, n int) []byte {
	if at < 0 || n < 0 || at > len(f)-n {
		panic(flatError("it reaches beyond its end"))
	}
	return f[at : at+n]
}

func (f flat) u16(at int) int    { return int(binary.LittleEndian.Uint16(f.at(at, 2))) }
func (f flat) u32(at int) int    { return int(binary.LittleEndian.Uint32(f.at(at, 4))) }
func (f flat) u64(at int) uint64 { return binary.LittleEndian.Uint64(f.at(at, 8)) }

// flatTable is a table: its fields are found by way of a list of their places.
type flatTable struct {
	f        flat
	at       int
	places   int
	nPlaces  int
	ownBytes int
}

// table is the table that the offset at a place leads to.
func (f flat) table(at int) flatTable {
	t := flatTable{f: f, at: at + f.u32(at)}
	t.places = t.at - int(int32(f.u32(t.at)))
	t.nPlaces, t.ownBytes = f.u16(t.places)/2-2, f.u16(t.places+2)
	f.at(t.places, max(4, 2*t.nPlaces+4))
	f.at(t.at, t.ownBytes)
	return t
}

// field is where a field lies, false where it is left out.
func (t flatTable) field(i int) (int, bool) {
	if i >= t.nPlaces {
		return 0, false
	}
	off := t.f.u16(t.places + 4 + 2*i)
	if off == 0 {
		return 0, false
	}
	if off >= t.ownBytes {
		panic(flatError("a field lies outside its table"))
	}
	return t.at + off, true
}

// vector is where a list of elements of a size begins, and how many there are.
func (t flatTable) vector(i, size int) (at, n int) {
	at, ok := t.field(i)
	if !ok {
		return 0, 0
	}
	at += t.f.u32(at)
	n = t.f.u32(at)
	if n > len(t.f) {
		panic(flatError("a list is longer than the message"))
	}
	t.f.at(at+4, n*size)
	return at + 4, n
}

func (t flatTable) text(i int) { t.vector(i, 1) }

// list calls f with the place of each element of a list of tables.
func (t flatTable) list(i int, f func(at int)) {
	at, n := t.vector(i, 4)
	for k := range n {
		f(at + 4*k)
	}
}

// pairs checks a list of keys and values.
func (t flatTable) pairs(i int) {
	t.list(i, func(at int) {
		kv := t.f.table(at)
		kv.text(0)
		kv.text(1)
	})
}

// Buffers returns the number of rows and the buffers of a record's message, over the same memory. What
// the message says of itself is checked; what the buffers hold is not.
func Buffers(message []byte) (rows int, buffers [][]byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(flatError)
			if !ok {
				panic(p)
			}
			rows, buffers, err = 0, nil, errors.New(string(e))
		}
	}()
	f := flat(message)
	if f.u32(0) != continuation {
		return 0, nil, errors.New("a message does not begin as one")
	}
	size := f.u32(4)
	meta := flat(f.at(8, size))
	length, err := checkMessage(meta)
	if err != nil {
		return 0, nil, err
	}
	m := meta.table(0)
	kind, _ := m.field(messageKind)
	header, _ := m.field(messageHeader)
	if meta.at(kind, 1)[0] != kindBatch || int64(len(message)-8-size) < length {
		return 0, nil, errors.New("a message is no record, or lacks its end")
	}
	batch := meta.table(header)
	if at, ok := batch.field(batchLength); ok {
		rows = int(meta.u64(at))
	}
	body := message[8+size:]
	places, n := batch.vector(batchBuffers, 16)
	for i := range n {
		from, size := meta.u64(places+16*i), meta.u64(places+16*i+8)
		buffers = append(buffers, body[from:from+size:from+size])
	}
	return rows, buffers, nil
}
