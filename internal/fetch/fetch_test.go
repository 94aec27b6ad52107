package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var content = bytes.Repeat([]byte("the rows of a data set, over and over again. "), 20000)

func wanted(address string) File {
	sum := sha256.Sum256(content)
	return File{Name: "set.bin", Address: address, Size: int64(len(content)), Sums: []string{hex.EncodeToString(sum[:])}}
}

// quick is a client that does not keep a test waiting.
func quick() *Client {
	return &Client{Pause: time.Millisecond, Stall: 200 * time.Millisecond, Retries: 3}
}

// TestServers holds Get to servers that do what servers do.
func TestServers(t *testing.T) {
	serve := func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "set.bin", time.Time{}, bytes.NewReader(content))
	}
	cut := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:len(content)/3])
		panic(http.ErrAbortHandler)
	}
	for _, c := range []struct {
		name   string
		handle func(try int, w http.ResponseWriter, r *http.Request)
		begun  []byte // what an earlier process left
		want   string // in the error; "" for success
		tries  int
	}{
		{"as it should", func(_ int, w http.ResponseWriter, r *http.Request) { serve(w, r) }, nil, "", 1},
		{"cut, then continued", func(try int, w http.ResponseWriter, r *http.Request) {
			if try == 1 {
				cut(w)
			}
			if r.Header.Get("Range") == "" {
				t.Error("it begins anew")
			}
			serve(w, r)
		}, nil, "", 2},
		{"continued from an earlier process", func(_ int, w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "bytes=1000-" {
				t.Errorf("range %q", r.Header.Get("Range"))
			}
			serve(w, r)
		}, content[:1000], "", 1},
		{"what was there is another file's", func(_ int, w http.ResponseWriter, r *http.Request) { serve(w, r) }, []byte("something else"), "", 2},
		{"it cannot continue", func(try int, w http.ResponseWriter, r *http.Request) {
			if try == 1 {
				cut(w)
			}
			r.Header.Del("Range")
			serve(w, r)
		}, nil, "", 2},
		{"it lies about where it continues", func(try int, w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(content)-1, len(content)))
				w.WriteHeader(http.StatusPartialContent)
				w.Write(content)
				return
			}
			if try == 1 {
				cut(w)
			}
			serve(w, r)
		}, nil, "", 3},
		{"busy at first", func(try int, w http.ResponseWriter, r *http.Request) {
			if try < 3 {
				http.Error(w, "busy", http.StatusServiceUnavailable)
				return
			}
			serve(w, r)
		}, nil, "", 3},
		{"not there", func(_ int, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, nil, "404", 1},
		{"something else", func(_ int, w http.ResponseWriter, r *http.Request) {
			other := bytes.Clone(content)
			other[5] ^= 1
			w.Write(other)
		}, nil, "not the file that was published", 4},
		{"without end", func(_ int, w http.ResponseWriter, r *http.Request) {
			for range 5 {
				w.Write(content)
			}
		}, nil, "sends more than", 1},
		{"too short", func(_ int, w http.ResponseWriter, r *http.Request) { w.Write(content[:10]) }, nil, "ended after 10 of", 4},
		{"stalls, then goes on", func(try int, w http.ResponseWriter, r *http.Request) {
			if try == 1 {
				w.Header().Set("Content-Length", fmt.Sprint(len(content)))
				w.Write(content[:5000])
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				return
			}
			serve(w, r)
		}, nil, "", 2},
		{"always stalls", func(try int, w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil, "nothing came for", 4},
		{"leads in circles", func(try int, w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }, nil, "without end", 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			tries := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				tries++
				c.handle(tries, w, r)
			}))
			defer s.Close()
			path := filepath.Join(t.TempDir(), "set.bin")
			if c.begun != nil {
				if err := os.WriteFile(path+".part", c.begun, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			err := quick().Get(context.Background(), wanted(s.URL+"/set.bin"), path)
			if c.want == "" {
				got, readErr := os.ReadFile(path)
				if err != nil || readErr != nil || !bytes.Equal(got, content) {
					t.Errorf("%v, %v, %d bytes", err, readErr, len(got))
				}
			} else if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; %q is wanted", err, c.want)
			} else if _, err := os.Stat(path); err == nil {
				t.Error("there is a file all the same")
			}
			if tries != c.tries {
				t.Errorf("%d requests, not %d", tries, c.tries)
			}
		})
	}
}

func TestMirrors(t *testing.T) {
	tries := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tries++
		w.Write(content)
	}))
	defer s.Close()
	folder := t.TempDir()
	f := wanted(s.URL + "/set.bin")
	for i, c := range []struct {
		mirror string
		put    []byte
		tries  int
	}{{folder, content, 0}, {folder, []byte("wrong"), 1}, {s.URL + "/mirror", nil, 1}, {"http://127.0.0.1:1/closed", nil, 1}} {
		if c.put != nil {
			if err := os.WriteFile(filepath.Join(folder, f.Name), c.put, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		tries = 0
		client := quick()
		client.Mirror = c.mirror
		path := filepath.Join(t.TempDir(), "f")
		if err := client.Get(context.Background(), f, path); err != nil || tries != c.tries {
			t.Errorf("mirror %d: %v, %d requests", i, err, tries)
		}
		tries = 0
		if err := client.Get(context.Background(), f, path); err != nil || tries != 0 {
			t.Errorf("mirror %d: %v: it is fetched again, %d requests", i, err, tries)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer s.Close()
	if err := quick().Get(ctx, wanted(s.URL), filepath.Join(t.TempDir(), "f")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
