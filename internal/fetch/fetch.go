// Package fetch brings files from elsewhere: it is the one package that opens connections.
//
// What comes is written beside its place and only takes it once its size and checksum are right, so that whatever
// a server does (lie, cut, stall, send something else) the file is the right one or is not there. A transfer that
// broke off is continued where it ended, also by a later process.
package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dlrun/dlrun/internal/durable"
)

// File is a file to bring.
type File struct {
	Name    string
	Address string
	Size    int64    // 0 where it is not known
	Sums    []string // SHA-256 of the contents that will do; none where none is known
}

// Client brings files. The zero value has no mirror.
type Client struct {
	// Mirror is a folder, or the address of one, that is looked at first: for a file of the name there.
	Mirror string

	// Offline is set where no connection may be opened: files come from folders alone.
	Offline bool

	// Note, where it is set, is told what goes on, a line at a time.
	Note func(text string)

	Retries int           // of each address; 0 for DefaultRetries
	Pause   time.Duration // before the first one, then twice as long each time; 0 for DefaultPause
	Stall   time.Duration // without a byte, after which a transfer is broken off; 0 for DefaultStall
}

// What counts where Client says nothing.
const (
	DefaultRetries = 4
	DefaultPause   = 500 * time.Millisecond
	DefaultStall   = 30 * time.Second
)

// maxUnknown bounds a file whose size is not known.
const maxUnknown = 16 << 30

// permanent is an error that trying again does not mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Verify tells whether the file at path is f; the error says what is wrong.
func Verify(path string, f File) error {
	size, sum, err := Sum(path)
	if err != nil {
		return err
	}
	return f.Check(size, sum)
}

// Sum returns the size and the SHA-256 of the file at path.
func Sum(path string) (size int64, sum string, err error) {
	in, size, err := durable.OpenRegular(path)
	if err != nil {
		return 0, "", err
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return 0, "", err
	}
	return size, hex.EncodeToString(h.Sum(nil)), nil
}

// Check tells whether a file of a size and SHA-256 is f.
func (f File) Check(size int64, sum string) error {
	if len(f.Sums) > 0 && !slices.Contains(f.Sums, sum) {
		return fmt.Errorf("its SHA-256 is %s, and %s is wanted: it is not the file that was published", sum, f.Sums[0])
	}
	if len(f.Sums) == 0 && f.Size > 0 && size != f.Size {
		return fmt.Errorf("it has %d bytes, and %d are wanted", size, f.Size)
	}
	return nil
}

// Get brings f to path, whose folder must exist. A right file that is there already is kept.
func (c *Client) Get(ctx context.Context, f File, path string) error {
	if err := Verify(path, f); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		c.note("%s: %v; it is fetched again", path, err)
	}
	var errs []error
	for _, address := range c.addresses(f) {
		if c.Offline && strings.Contains(address, "://") {
			errs = append(errs, fmt.Errorf("%s: nothing is fetched offline", address))
			continue
		}
		err := c.from(ctx, f, address, path)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		errs = append(errs, fmt.Errorf("%s: %w", address, err))
		c.note("%s: %v", address, err)
	}
	if len(errs) == 0 {
		return fmt.Errorf("it is not known where %s is to be had", f.Name)
	}
	return errors.Join(errs...)
}

func (c *Client) note(format string, a ...any) {
	if c.Note != nil {
		c.Note(fmt.Sprintf(format, a...))
	}
}

// addresses are where f may be, in the order of trying.
func (c *Client) addresses(f File) []string {
	var out []string
	if c.Mirror != "" {
		if u, err := url.Parse(c.Mirror); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
			out = append(out, u.JoinPath(f.Name).String())
		} else {
			out = append(out, filepath.Join(strings.TrimPrefix(c.Mirror, "file://"), f.Name))
		}
	}
	if f.Address != "" {
		out = append(out, f.Address)
	}
	return out
}

// from brings f from one address.
func (c *Client) from(ctx context.Context, f File, address, path string) error {
	if !strings.Contains(address, "://") {
		return c.copy(f, address, path)
	}
	part := path + ".part"
	pause, retries := c.Pause, c.Retries
	if pause == 0 {
		pause = DefaultPause
	}
	if retries == 0 {
		retries = DefaultRetries
	}
	for try := 0; ; try++ {
		err := c.transfer(ctx, f, address, part)
		if err == nil {
			if err = Verify(part, f); err == nil {
				return errors.Join(os.Rename(part, path), durable.SyncDir(filepath.Dir(path)))
			}
			// What came before a break may be another file's: once more from the beginning.
			err = errors.Join(err, os.Remove(part))
		}
		var final permanent
		if errors.As(err, &final) || try == retries || ctx.Err() != nil {
			return err
		}
		c.note("%s: %v; once more in %v", address, err, pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause *= 2
	}
}

// copy takes a file of a mirror that is a folder.
func (c *Client) copy(f File, from, path string) error {
	if err := Verify(from, f); err != nil {
		return err
	}
	in, _, err := durable.OpenRegular(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return durable.WriteChecked(path, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	}, func(temporary string) error { return Verify(temporary, f) })
}

// transfer appends what is missing to the file part.
func (c *Client) transfer(ctx context.Context, f File, address, part string) error {
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return permanent{err}
	}
	defer out.Close() // what matters was synced
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return permanent{err}
	}
	limit := f.Size
	if limit == 0 {
		limit = maxUnknown
	}
	if f.Size > 0 && have == f.Size {
		return nil
	}
	stalled := c.Stall
	if stalled == 0 {
		stalled = DefaultStall
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(stalled, func() { cancel(fmt.Errorf("nothing came for %v", stalled)) })
	defer watch.Stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return permanent{err}
	}
	r.Header.Set("Accept-Encoding", "identity") // the file's own bytes are wanted
	if have > 0 && have <= limit {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	} else {
		have = 0
	}
	a, err := client.Do(r)
	if err != nil {
		return cause(ctx, err)
	}
	defer a.Body.Close()
	switch {
	case a.StatusCode == http.StatusPartialContent && begins(a.Header.Get("Content-Range"), have):
	case a.StatusCode == http.StatusOK:
		have = 0
	case a.StatusCode == http.StatusRequestedRangeNotSatisfiable || a.StatusCode == http.StatusPartialContent:
		return errors.Join(errors.New("the server does not continue where the transfer ended"), out.Truncate(0))
	case a.StatusCode == http.StatusTooManyRequests || a.StatusCode == http.StatusRequestTimeout || a.StatusCode >= 500:
		return fmt.Errorf("the server says %s", a.Status)
	default:
		return permanent{fmt.Errorf("the server says %s", a.Status)}
	}
	if err := out.Truncate(have); err != nil {
		return permanent{err}
	}
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return permanent{err}
	}
	c.note("Fetching %s", address)
	buf := make([]byte, 256<<10)
	for {
		n, err := a.Body.Read(buf)
		if n > 0 {
			watch.Reset(stalled)
			if have += int64(n); have > limit {
				return permanent{errors.Join(fmt.Errorf("the server sends more than the %d bytes that the file has", limit), out.Truncate(0))}
			}
			if _, err := out.Write(buf[:n]); err != nil {
				return permanent{err}
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return cause(ctx, err)
		}
	}
	if f.Size > 0 && have < f.Size {
		return fmt.Errorf("the transfer ended after %d of %d bytes", have, f.Size)
	}
	if err := out.Sync(); err != nil {
		return permanent{err}
	}
	return nil
}

// cause is the reason for which a context ended where that is what an error is about.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); why != nil {
		return why
	}
	return err
}

// begins tells whether a Content-Range begins at a byte.
func begins(header string, at int64) bool {
	return strings.HasPrefix(header, fmt.Sprintf("bytes %d-", at))
}

// client follows redirections, though never from https to http.
var client = &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return permanent{errors.New("it leads from one address to the next without end")}
	}
	if via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
		return permanent{fmt.Errorf("it leads from https to %s, which nobody vouches for", r.URL.Redacted())}
	}
	return nil
}}
