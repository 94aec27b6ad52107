package dsl

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func textFunc(params []string, result cty.Type, f func(s []string) (cty.Value, error)) function.Function {
	spec := &function.Spec{Type: function.StaticReturnType(result)}
	for _, p := range params {
		spec.Params = append(spec.Params, function.Parameter{Name: p, Type: cty.String})
	}
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		s := make([]string, len(args))
		for i, a := range args {
			s[i] = a.AsString()
		}
		return f(s)
	}
	return function.New(spec)
}

var (
	startsWithFunc = textFunc([]string{"str", "prefix"}, cty.Bool, func(s []string) (cty.Value, error) {
		return cty.BoolVal(strings.HasPrefix(s[0], s[1])), nil
	})
	endsWithFunc = textFunc([]string{"str", "suffix"}, cty.Bool, func(s []string) (cty.Value, error) {
		return cty.BoolVal(strings.HasSuffix(s[0], s[1])), nil
	})
	strContainsFunc = textFunc([]string{"str", "substr"}, cty.Bool, func(s []string) (cty.Value, error) {
		return cty.BoolVal(strings.Contains(s[0], s[1])), nil
	})
	baseNameFunc = textFunc([]string{"path"}, cty.String, func(s []string) (cty.Value, error) {
		return cty.StringVal(path.Base(slashed(s[0]))), nil
	})
	dirNameFunc = textFunc([]string{"path"}, cty.String, func(s []string) (cty.Value, error) {
		return cty.StringVal(path.Dir(slashed(s[0]))), nil
	})
	urlEncodeFunc = textFunc([]string{"str"}, cty.String, func(s []string) (cty.Value, error) {
		return cty.StringVal(url.QueryEscape(s[0])), nil
	})
	base64EncodeFunc = textFunc([]string{"str"}, cty.String, func(s []string) (cty.Value, error) {
		return cty.StringVal(base64.StdEncoding.EncodeToString([]byte(s[0]))), nil
	})
	base64DecodeFunc = textFunc([]string{"str"}, cty.String, func(s []string) (cty.Value, error) {
		b, err := base64.StdEncoding.DecodeString(s[0])
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(0, "the text is not base64")
		}
		if !utf8.Valid(b) {
			return cty.NilVal, function.NewArgErrorf(0, "what the base64 stands for is not text in UTF-8")
		}
		return cty.StringVal(string(b)), nil
	})
	timeCmpFunc = textFunc([]string{"timestamp_a", "timestamp_b"}, cty.Number, func(s []string) (cty.Value, error) {
		var t [2]time.Time
		for i := range t {
			var err error
			if t[i], err = time.Parse(time.RFC3339, s[i]); err != nil {
				return cty.NilVal, function.NewArgErrorf(i, "%q is not a time as in 2026-01-02T15:04:05Z", clip(s[i]))
			}
		}
		return cty.NumberIntVal(int64(t[0].Compare(t[1]))), nil
	})
)

// slashed makes paths written with Windows' separator mean the same everywhere.
func slashed(p string) string { return strings.ReplaceAll(p, `\`, "/") }

// replaceFunc replaces a text, or what a /regular expression/ matches.
var replaceFunc = textFunc([]string{"str", "substr", "replace"}, cty.String, func(s []string) (cty.Value, error) {
	if n := len(s[1]); n > 2 && s[1][0] == '/' && s[1][n-1] == '/' {
		re, err := regexp.Compile(s[1][1 : n-1])
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(1, "%s", err)
		}
		// A match can be as short as nothing, and each is replaced by the whole replacement.
		if len(re.FindAllStringIndex(s[0], -1))*(len(s[2])+expansions(s[2])*len(s[0])) > maxString {
			return cty.NilVal, tooLong()
		}
		return cty.StringVal(re.ReplaceAllString(s[0], s[2])), nil
	}
	if strings.Count(s[0], s[1])*len(s[2])+len(s[0]) > maxString {
		return cty.NilVal, tooLong()
	}
	return cty.StringVal(strings.ReplaceAll(s[0], s[1], s[2])), nil
})

// expansions counts the places where a replacement inserts what was matched.
func expansions(replacement string) int { return strings.Count(replacement, "$") }

// hashes are the hash functions by name, of texts; file functions of the same hashes put "file" before.
var hashes = map[string]func([]byte) string{
	"md5":          func(b []byte) string { h := md5.Sum(b); return hex.EncodeToString(h[:]) },
	"sha1":         func(b []byte) string { h := sha1.Sum(b); return hex.EncodeToString(h[:]) },
	"sha256":       func(b []byte) string { h := sha256.Sum256(b); return hex.EncodeToString(h[:]) },
	"sha512":       func(b []byte) string { h := sha512.Sum512(b); return hex.EncodeToString(h[:]) },
	"base64sha256": func(b []byte) string { h := sha256.Sum256(b); return base64.StdEncoding.EncodeToString(h[:]) },
	"base64sha512": func(b []byte) string { h := sha512.Sum512(b); return base64.StdEncoding.EncodeToString(h[:]) },
}

func hashFunc(h func([]byte) string) function.Function {
	return textFunc([]string{"str"}, cty.String, func(s []string) (cty.Value, error) { return cty.StringVal(h([]byte(s[0]))), nil })
}
