package dsl

import (
	"bytes"
	"io"
	"io/fs"
	"time"
)

// mapFile and mapInfo are an open file of mapFS and what is known about one.
type mapFile struct {
	info    mapInfo
	r       *bytes.Reader
	entries []fs.DirEntry
}

func (f *mapFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *mapFile) Read(p []byte) (int, error) { return f.r.Read(p) }
func (f *mapFile) Close() error               { return nil }

// ReadDir implements fs.ReadDirFile.
func (f *mapFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(f.entries) {
		if n > 0 && len(f.entries) == 0 {
			return nil, io.EOF
		}
		n = len(f.entries)
	}
	out := f.entries[:n]
	f.entries = f.entries[n:]
	return out, nil
}

type mapInfo struct {
	name string
	size int64
	dir  bool
}

func (i mapInfo) Name() string       { return i.name }
func (i mapInfo) Size() int64        { return i.size }
func (i mapInfo) IsDir() bool        { return i.dir }
func (i mapInfo) ModTime() time.Time { return time.Time{} }
func (i mapInfo) Sys() any           { return nil }
func (i mapInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
