package dsl

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl/schema"
)

// Download is a file of a dataset that is fetched: what it is, where it is to be had.
type Download struct {
	Name      string // of the file
	Addresses []string
	SHA256    string // in lower case
	Size      int64
	Licence   string
	Unpack    bool  // it is an archive, and its files are wanted
	Unpacked  int64 // bytes that they have at most; 0 for what is usual
	DeclRange hcl.Range
}

// downloadBlock is a download block as it is written.
type downloadBlock struct {
	address, sha256, licence string
	mirrors                  []string
	size, unpacked           int
	unpack                   bool
}

// Schema describes a download block.
func (b *downloadBlock) Schema(s *schema.Block) {
	s.Doc("A file that the dataset is read from, fetched when it is first needed, verified, and kept by its content.", "dlrun",
		"Its label is the name of the file. Where a dataset has such blocks, the relative paths in its source start from the folder where their files are.",
		"A transfer that breaks off goes on where it ended, also in a later run; DLRUN_DATASETS_MIRROR is looked at first, then address, then each of mirrors. With DLRUN_OFFLINE=1 nothing is fetched.")
	s.String(&b.address, "address", "Where the file is to be had: an address with https:// or http://, or a path.", schema.Path())
	s.Strings(&b.mirrors, "mirrors", "Other addresses of the same file, tried in turn.", schema.Optional(), schema.Path())
	s.String(&b.sha256, "sha256", "The SHA-256 of the file, in hexadecimal digits: any other content is refused.")
	s.Int(&b.size, "size", "How many bytes the file has.", schema.AtLeast(1))
	s.String(&b.licence, "licence", "The licence that the data is under, as its authors name it.")
	s.Bool(&b.unpack, "unpack", "Whether it is an archive (.zip, .tar, .tar.gz, .tgz, .tar.zst) whose files are wanted.", schema.Default(false))
	s.Int(&b.unpacked, "unpacked_size", "How many bytes the files of the archive have at most; 20 times its size where it is left out, and at least 1 GiB.", schema.Optional(), schema.AtLeast(1))
}

// Validate implements schema.Validator.
func (b *downloadBlock) Validate() error {
	if len(b.sha256) != 64 || strings.Trim(strings.ToLower(b.sha256), "0123456789abcdef") != "" {
		return schema.Atf("sha256", "64 hexadecimal digits are wanted, as sha256sum writes them; got %q", b.sha256)
	}
	for _, a := range append([]string{b.address}, b.mirrors...) {
		if u, err := url.Parse(a); a == "" || strings.Contains(a, "://") && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			return schema.Atf("address", "an address with https:// or http://, or a path is wanted; got %q", a)
		}
	}
	if b.licence == "" {
		return schema.Atf("licence", "whoever uses the data should know what they may do with it; \"none stated\" where its authors do not say")
	}
	if b.unpacked > 0 && !b.unpack {
		return schema.Atf("unpacked_size", "the file is not unpacked: unpack is false")
	}
	return nil
}

// download reads a download block.
func (r *reader) download(d *Dataset, b *hcl.Block, ctx *hcl.EvalContext) {
	name := b.Labels[0]
	at := header(b)
	if len(b.LabelRanges) > 0 {
		at = b.LabelRanges[0]
	}
	if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "/\\:*?\"<>|\x00") || name != filepath.Base(name) {
		r.fail(&at, "Bad file name", "The label of a download block is the name that the file gets, without folders; got %q.", name)
		return
	}
	for _, other := range d.Downloads {
		if strings.EqualFold(other.Name, name) {
			r.fail(&at, "Duplicate download", "There is a download %q on %s already.", other.Name, lineOf(other.DeclRange, header(b)))
			return
		}
	}
	var db downloadBlock
	out, diags := schema.Decode(b.Body, ctx, &db, "download \""+name+"\"", header(b))
	if r.diags = append(r.diags, diags...); diags.HasErrors() {
		return
	}
	if len(out.Unknown) > 0 {
		d.OpenDownloads = true
		return
	}
	w := &Download{
		Name: name, SHA256: strings.ToLower(db.sha256), Size: int64(db.size), Licence: db.licence, Unpack: db.unpack, Unpacked: int64(db.unpacked), DeclRange: header(b),
	}
	for _, a := range append([]string{db.address}, db.mirrors...) {
		if !strings.Contains(a, "://") && !filepath.IsAbs(a) {
			a = filepath.Join(d.Dir, a)
		}
		w.Addresses = append(w.Addresses, a)
	}
	d.Downloads = append(d.Downloads, w)
}
