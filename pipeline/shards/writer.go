package shards

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// Writer writes the rows of a group, which it holds until Commit or Close.
type Writer struct {
	cache  *Cache
	group  string
	lock   *durable.DirLock
	out    offset
	room   int64 // bytes that may be written
	schema *arrow.Schema
	fields []column.Field
	w      *ipc.FileWriter
	index  Index
}

// partial begins the name of a file that is being written.
const partial = ".dlrun-tmp-"

// roomShare is how much of what is free on the disk rows may take: of the rest others may want some.
const roomShare = 0.8

func (w *Writer) begin() error {
	dir := filepath.Join(w.cache.Dir, w.group)
	if _, err := durable.RemoveTemporary(dir); err != nil { // of writers that were killed
		return err
	}
	free, err := freeBytes(dir)
	if err != nil {
		return fmt.Errorf("find out what is free on the disk of %s: %w", dir, err)
	}
	w.room = int64(float64(free) * roomShare)
	f, err := os.CreateTemp(dir, partial)
	if err != nil {
		return err
	}
	w.out = offset{f: f, buf: make([]byte, 0, 256<<10)}
	w.index = Index{Format: format}
	return nil
}

// Add appends a record as a shard.
func (w *Writer) Add(rec arrow.Record) error {
	if w.w == nil {
		if err := w.start(rec); err != nil {
			return err
		}
	}
	from := column.OriginOf(rec)
	file := slices.Index(w.index.Files, from.File)
	if n := len(w.index.Files); n > 0 && w.index.Files[n-1] == from.File {
		file = n - 1 // the usual case, of however many files
	}
	if file < 0 {
		file = len(w.index.Files)
		w.index.Files = append(w.index.Files, from.File)
	}
	s := shard{At: w.out.at, Rows: int(rec.NumRows()), File: file, Row: from.Row}
	w.out.sum = 0
	if err := w.w.Write(array.NewRecord(w.schema, rec.Columns(), rec.NumRows())); err != nil {
		return w.failed(err)
	}
	s.Size, s.Sum = w.out.at-s.At, w.out.sum
	w.index.Shards = append(w.index.Shards, s)
	if w.out.at > w.room {
		return fmt.Errorf("the decoded rows take more than %s of the disk of %s, and a fifth of what was free is left to others; DLRUN_CACHE names another folder",
			source.Bytes(w.room), w.cache.Dir)
	}
	return nil
}

func (w *Writer) failed(err error) error {
	return fmt.Errorf("write the decoded rows to %s: %w", w.cache.Dir, err)
}

func (w *Writer) start(rec arrow.Record) error {
	w.schema = arrow.NewSchema(rec.Schema().Fields(), nil)
	for _, f := range w.schema.Fields() {
		own, err := column.FieldOf(f)
		if err != nil {
			return err
		}
		w.fields = append(w.fields, own)
		w.index.Fields = append(w.index.Fields, field{own.Name, own.Kind, own.Shape, own.Classes})
	}
	var err error
	if w.w, err = ipc.NewFileWriter(&w.out, ipc.WithSchema(w.schema)); err != nil {
		return w.failed(err)
	}
	// The schema goes out with the first record: one without rows, so that it is part of no shard.
	none := make([]arrow.Array, rec.NumCols())
	for i, c := range rec.Columns() {
		none[i] = array.NewSlice(c, 0, 0)
	}
	if err := w.w.Write(array.NewRecord(w.schema, none, 0)); err != nil {
		return w.failed(err)
	}
	return nil
}

// Commit ends the file and puts it in its place; note is the writer's own.
func (w *Writer) Commit(key string, note any) (_ *Rows, err error) {
	defer func() { err = errors.Join(err, w.Close()) }()
	if w.w == nil {
		return nil, errors.New("no rows were written")
	}
	if err := w.w.Close(); err != nil {
		return nil, w.failed(err)
	}
	if err := w.out.flush(); err != nil {
		return nil, w.failed(err)
	}
	w.index.Size = w.out.at
	if w.index.Note, err = json.Marshal(note); err != nil {
		return nil, err
	}
	text, err := json.Marshal(w.index)
	if err != nil {
		return nil, err
	}
	f := w.out.f
	w.out.f = nil
	err = f.Sync()
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), w.cache.path(w.group, key, ".arrow"))
	}
	if err != nil {
		return nil, errors.Join(w.failed(err), os.Remove(f.Name()))
	}
	if err := durable.WriteFile(w.cache.path(w.group, key, ".json"), func(out io.Writer) error {
		_, err := fmt.Fprintf(out, "%08x\n%s", crc32.Checksum(text, castagnoli), text)
		return err
	}); err != nil {
		return nil, err
	}
	rows, err := w.cache.Find(w.group, key)
	if err == nil {
		err = w.cache.evict(rows.path)
	}
	return rows, err
}

// Close lets the group go; what was not committed is removed.
func (w *Writer) Close() error {
	if w.lock == nil {
		return nil
	}
	var err error
	if f := w.out.f; f != nil {
		w.out.f = nil
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	err = errors.Join(err, w.lock.Unlock())
	w.lock = nil
	return err
}

// Remap replaces the names of the files that rows came from: other names may stand for the same content.
func (r *Rows) Remap(name func(string) string) {
	for i, f := range r.Files {
		r.Files[i] = name(strings.Clone(f))
	}
}
