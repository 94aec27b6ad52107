package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/dlrun/dlrun/internal/durable"
)

// An Input is something a run has read: a data file, a configuration file, starting weights, an embedded data set.
type Input struct {
	Path   string `json:"path"` // as it was given, with '/'; a name such as "dlrun:mnist/train-images" for what is embedded
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`

	// Configuration marks model files, variable files and imports: what they say is compared as the resolved
	// configuration, so their text may change (a comment, the number of epochs).
	Configuration bool `json:"configuration,omitempty"`
}

// HashFile reads the regular file at path once, as a stream, and returns its size and SHA-256. It stops with ctx's
// error when ctx is done.
func HashFile(ctx context.Context, path string) (_ Input, err error) {
	f, _, err := durable.OpenRegular(path)
	if err != nil {
		return Input{}, fmt.Errorf("hash: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in, err := HashReader(ctx, filepath.ToSlash(path), f)
	if err != nil {
		return Input{}, fmt.Errorf("hash %s: %w", path, err)
	}
	return in, nil
}

// HashReader is HashFile for what is not a file of its own.
func HashReader(ctx context.Context, path string, r io.Reader) (Input, error) {
	sum := sha256.New()
	buf := make([]byte, 1<<20)
	var n int64
	for {
		if err := ctx.Err(); err != nil {
			return Input{}, err
		}
		k, err := r.Read(buf)
		sum.Write(buf[:k])
		n += int64(k)
		if errors.Is(err, io.EOF) {
			return Input{Path: path, SHA256: hex.EncodeToString(sum.Sum(nil)), Bytes: n}, nil
		}
		if err != nil {
			return Input{}, err
		}
	}
}

// HashBytes is HashFile for content that is in memory.
func HashBytes(path string, content []byte) Input {
	sum := sha256.Sum256(content)
	return Input{Path: path, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(content))}
}

// HashFiles hashes each path once, in the order given.
func HashFiles(ctx context.Context, paths []string) ([]Input, error) {
	seen := map[string]bool{}
	var out []Input
	for _, path := range paths {
		if seen[path] {
			continue
		}
		seen[path] = true
		in, err := HashFile(ctx, path)
		if err != nil {
			return nil, err
		}
		out = append(out, in)
	}
	return out, nil
}
