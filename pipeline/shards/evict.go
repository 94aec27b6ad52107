package shards

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// used notes that rows are in use now: in the time at which a file beside them was written. Where that cannot be, as on a disk that
// is only read from, they count as used when they were made.
func (c *Cache) used(group, key string) {
	_ = os.WriteFile(c.path(group, key, ".used"), []byte{'\n'}, 0o666)
}

// kept are rows of the cache.
type kept struct {
	path string // of the Arrow file
	size int64
	used time.Time
}

// evict removes rows, those first that were not used for longest, until the cache takes no more than its limit; never those at path,
// which were just written. Rows that a process has mapped stay readable for it, or stay where the system does not remove such files.
func (c *Cache) evict(path string) error {
	if c.Limit <= 0 {
		return nil
	}
	found, err := filepath.Glob(filepath.Join(c.Dir, "*", "*.arrow"))
	if err != nil {
		return err
	}
	var all []kept
	total := int64(0)
	for _, file := range found {
		info, err := os.Stat(file)
		if err != nil {
			continue // another process was first
		}
		k := kept{file, info.Size(), info.ModTime()}
		if u, err := os.Stat(strings.TrimSuffix(file, ".arrow") + ".used"); err == nil {
			k.used = u.ModTime()
		}
		all = append(all, k)
		total += k.size
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Or(a.used.Compare(b.used), strings.Compare(a.path, b.path)) })
	for _, k := range all {
		if total <= c.Limit {
			break
		}
		if k.path == path {
			continue
		}
		// The index first: without it nobody finds the rows.
		for _, ending := range []string{".json", ".used", ".arrow"} {
			err = os.Remove(strings.TrimSuffix(k.path, ".arrow") + ending)
		}
		if err == nil {
			total -= k.size
		}
		_ = os.Remove(filepath.Dir(k.path)) // where nothing is left in it; a lock file may be
	}
	return nil
}
