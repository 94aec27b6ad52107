// Package shards keeps decoded rows on the disk: in Arrow's IPC file format, cut into shards of about a
// mebibyte each, mapped into memory when they are read. It is where data goes that is larger than the memory
// it may take.
//
// A Cache is a folder. What a way of reading gives has a group, a folder of its own; within it each content has
// two files, KEY.arrow and KEY.json: the index, which is written last, so that where it is the rows are whole.
// The index holds a checksum of each shard, which is compared when a process first touches the shard. A group
// has one writer at a time, by a lock that goes with the process; readers take none, since a file does not
// change once its index is there. What an interrupted writer left is removed by the next one.
package shards

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// format is the version of the files; another one is as if they were not there.
const format = 1

// Cache is a folder of decoded rows. Several processes may use it.
type Cache struct {
	Dir   string
	Limit int64 // bytes that its rows may take once new ones are there, which stay whatever they take; 0 for any
}

// Index is what is known of a file of shards.
type Index struct {
	Format int             `json:"format"`
	Size   int64           `json:"size"` // of the Arrow file
	Fields []field         `json:"fields"`
	Shards []shard         `json:"shards"`
	Files  []string        `json:"files"` // that shards came from
	Note   json.RawMessage `json:"note"`  // the writer's own
}

type field struct {
	Name    string      `json:"name"`
	Kind    column.Kind `json:"kind"`
	Shape   []int       `json:"shape"`
	Classes []string    `json:"classes,omitempty"`
}

// shard says where a record lies in the file.
type shard struct {
	At   int64  `json:"at"`   // of its message
	Size int64  `json:"size"` // of the message, body included
	Rows int    `json:"rows"`
	Sum  uint32 `json:"sum"`  // CRC-32C of the message
	File int    `json:"file"` // index of Index.Files
	Row  int64  `json:"row"`  // of the first row, there
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// DamagedError says that a file of the cache is not what was written. It has been removed.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the cached rows in %s are damaged (%v); they were removed, and are made again by the next run", e.Path, e.Err)
}
func (e *DamagedError) Unwrap() error { return e.Err }

func (c *Cache) path(group, key, ending string) string {
	return filepath.Join(c.Dir, group, key+ending)
}

// Has tells whether a group has any rows.
func (c *Cache) Has(group string) bool {
	found, err := filepath.Glob(c.path(group, "*", ".json"))
	return err == nil && len(found) > 0
}

// Find opens rows; fs.ErrNotExist where there are none that can be used.
func (c *Cache) Find(group, key string) (*Rows, error) {
	index, err := readIndex(c.path(group, key, ".json"))
	if err != nil {
		return nil, err
	}
	path := c.path(group, key, ".arrow")
	f, size, err := durable.OpenRegular(path)
	if err != nil {
		return nil, fs.ErrNotExist
	}
	defer f.Close() // the mapping outlives it; it was only read from
	r := &Rows{Index: index, path: path, seen: make([]atomic.Bool, len(index.Shards))}
	for _, f := range index.Fields {
		out := column.Tensor(f.Name, f.Kind, f.Shape...)
		out.Classes = f.Classes
		r.fields = append(r.fields, out)
	}
	if err := index.check(size); err != nil {
		return nil, r.damaged(err)
	}
	if r.bytes, err = mapFile(f, size); err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	c.used(group, key)
	return r, nil
}

// readIndex reads an index, whose first line is the checksum of the rest; fs.ErrNotExist where there is none
// that is whole.
func readIndex(path string) (*Index, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fs.ErrNotExist
	}
	sum, rest, ok := strings.Cut(string(text), "\n")
	if !ok || sum != fmt.Sprintf("%08x", crc32.Checksum([]byte(rest), castagnoli)) {
		return nil, fs.ErrNotExist
	}
	return parseIndex([]byte(rest))
}

func parseIndex(text []byte) (*Index, error) {
	x := new(Index)
	if err := json.Unmarshal(text, x); err != nil || x.Format != format {
		return nil, fs.ErrNotExist
	}
	return x, nil
}

// check holds an index against the size of its file.
func (x *Index) check(size int64) error {
	if size != x.Size {
		return fmt.Errorf("the file has %d bytes, not %d", size, x.Size)
	}
	for _, s := range x.Shards {
		if s.At < 0 || s.Size < 8 || s.At > size-s.Size || s.Rows < 1 || s.File < 0 || s.File >= len(x.Files) {
			return errors.New("its index does not fit")
		}
	}
	return nil
}

// Rows are decoded rows on the disk. They may be used by several goroutines.
type Rows struct {
	*Index
	path   string
	bytes  []byte
	fields []column.Field
	seen   []atomic.Bool
}

// Path is the file that the rows are in.
func (r *Rows) Path() string { return r.path }

// Fields say what the columns hold.
func (r *Rows) Fields() []column.Field { return r.fields }

// Count is the number of shards.
func (r *Rows) Count() int { return len(r.Shards) }

// Len is the number of rows of a shard.
func (r *Rows) Len(shard int) int { return r.Shards[shard].Rows }

// Bytes is how much of the file a shard takes.
func (r *Rows) Bytes(shard int) int64 { return r.Shards[shard].Size }

// Origin is where a shard's rows were read.
func (r *Rows) Origin(shard int) column.Origin {
	s := r.Shards[shard]
	return column.Origin{File: r.Files[s.File], Row: s.Row}
}

// Column returns a column of a shard over the mapped memory; text is copied. The values must not be used after
// Release of the shard by the same user, nor be written to.
func (r *Rows) Column(i, col int) (*column.Values, error) {
	s := r.Shards[i]
	message := r.bytes[s.At:][:s.Size:s.Size]
	var v *column.Values
	err := Guarded(r.path, func() error {
		if !r.seen[i].Load() {
			if sum := crc32.Checksum(message, castagnoli); sum != s.Sum {
				return fmt.Errorf("the checksum of shard %d is %08x, not %08x", i+1, sum, s.Sum)
			}
			r.seen[i].Store(true)
		}
		rows, buffers, err := source.Buffers(message)
		if err == nil && rows != s.Rows {
			err = fmt.Errorf("shard %d has %d rows, not %d", i+1, rows, s.Rows)
		}
		if err == nil {
			v, err = pick(r.fields, col, s.Rows, buffers)
		}
		return err
	})
	if err != nil {
		return nil, r.damaged(err)
	}
	return v, nil
}

// pick makes the values of a column of a record's buffers: a list of fixed length has one of its own, a text
// three, anything else two. The first is of missing values, and there are none.
func pick(fields []column.Field, col, rows int, buffers [][]byte) (*column.Values, error) {
	for i, f := range fields {
		n := 2
		if f.Kind == column.String || f.Kind == column.List {
			n = 3
		}
		if len(f.Shape) > 0 {
			n++
		}
		if len(buffers) < n {
			return nil, errors.New("a record lacks buffers")
		}
		if i == col {
			return column.FromBuffers(f, rows, buffers[len(f.Shape[:min(1, len(f.Shape))])+1:n])
		}
		buffers = buffers[n:]
	}
	return nil, errors.New("a record lacks columns")
}

// Ahead says that a shard will be read soon.
func (r *Rows) Ahead(i int) {
	s := r.Shards[i]
	ahead(r.bytes, s.At, s.Size)
}

// Release says that a shard is not needed for now, so that it takes no memory of the process.
func (r *Rows) Release(i int) {
	s := r.Shards[i]
	release(r.bytes, s.At, s.Size)
}

// damaged removes the rows, so that they are made again.
func (r *Rows) damaged(err error) error {
	// The index first: without it nobody finds the rows. Either may be gone, or in use on Windows; then the
	// error says nothing that the damage does not.
	_ = os.Remove(strings.TrimSuffix(r.path, ".arrow") + ".json")
	_ = os.Remove(r.path)
	return &DamagedError{r.path, err}
}

// Guarded calls f, which reads mapped memory of the file at path: where the disk fails, or someone has cut the
// file short, that is an error rather than the end of the process.
func Guarded(path string, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		p := recover()
		if fault, ok := p.(interface{ Addr() uintptr }); ok && fault != nil {
			err = fmt.Errorf("%s cannot be read: the disk failed, or it was cut short", path)
		} else if p != nil {
			panic(p)
		}
	}()
	return f()
}

// Begin becomes the writer of a group, waiting for another one; waiting is called once where that is so.
func (c *Cache) Begin(ctx context.Context, group string, waiting func(pid int)) (*Writer, error) {
	dir := filepath.Join(c.Dir, group)
	if err := durable.MkdirAll(dir); err != nil {
		return nil, err
	}
	const patience = 200 * time.Millisecond
	for first := true; ; first = false {
		lock, err := durable.Lock(dir)
		if err == nil {
			w := &Writer{cache: c, group: group, lock: lock}
			if err := w.begin(); err != nil {
				return nil, errors.Join(err, lock.Unlock())
			}
			return w, nil
		}
		var held *durable.LockedError
		if !errors.As(err, &held) {
			return nil, err
		}
		if first && waiting != nil {
			waiting(held.PID)
		}
		select {
		case <-time.After(patience):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// offset is a file that knows where it stands and sums what is written.
type offset struct {
	f   *os.File
	buf []byte
	at  int64
	sum uint32
}

func (o *offset) Write(p []byte) (int, error) {
	o.at += int64(len(p))
	o.sum = crc32.Update(o.sum, castagnoli, p)
	if len(o.buf)+len(p) > cap(o.buf) {
		if err := o.flush(); err != nil {
			return 0, err
		}
	}
	if len(p) > cap(o.buf) {
		return o.f.Write(p)
	}
	o.buf = append(o.buf, p...)
	return len(p), nil
}

func (o *offset) flush() error {
	_, err := o.f.Write(o.buf)
	o.buf = o.buf[:0]
	return err
}

// Seek tells where the file stands, which is all that Arrow's writer wants of it.
func (o *offset) Seek(by int64, whence int) (int64, error) {
	if by != 0 || whence != io.SeekCurrent {
		return 0, errors.New("shards are written from the beginning to the end")
	}
	return o.at, nil
}
