package source

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
	"github.com/dlrun/dlrun/pipeline/raster"
)

var _ = Register("image_folder", func() Source { return newImageFolder() })

// imageFolder reads pictures from a folder for each class. Keras: utils/image_dataset_utils.py.
type imageFolder struct {
	folders
	imageSize     *[2]int
	size          [2]int
	hasSize       []int
	colorMode     string
	interpolation string
	crop, pad     bool
}

func newImageFolder() *imageFolder { return &imageFolder{folders: folders{endings: raster.Extensions}} }

const imageColumn = "image"

func (s *imageFolder) Schema(b *schema.Block) {
	b.Doc(`Reads pictures (PNG, JPEG, GIF, WebP, BMP, TIFF) from a folder for each class, as the columns "image" and "label".`, "keras.utils.image_dataset_from_directory",
		"Without image_size all pictures have one size, and pixels are whole numbers from 0 to 255; with it, each is resized to float32 as Keras does. Pictures in folders within a class's folder belong to the class; hidden files and links to folders are left out.")
	s.bind(b, "pictures")
	s.bindLook(b)
}

// bindLook binds what says how a picture is read.
func (s *imageFolder) bindLook(b *schema.Block) {
	b.Ints(&s.hasSize, "image_size", "Height and width that each picture is brought to.", schema.Optional())
	b.Enum(&s.colorMode, "color_mode", "The channels of a picture: 1, 3 or 4.", []string{"rgb", "grayscale", "rgba"}, schema.Default("rgb"))
	b.Enum(&s.interpolation, "interpolation", "How a picture is resized.", raster.Interpolations, schema.Default("bilinear"))
	b.Bool(&s.crop, "crop_to_aspect_ratio", "Cut out the largest middle part of the wanted proportions before resizing, rather than distort.", schema.Default(false))
	b.Bool(&s.pad, "pad_to_aspect_ratio", "Add black borders to reach the wanted proportions before resizing, rather than distort.", schema.Default(false))
}

func (s *imageFolder) Validate() error {
	if err := s.folders.Validate(); err != nil {
		return err
	}
	return s.validateLook()
}

func (s *imageFolder) validateLook() error {
	if s.hasSize != nil {
		if len(s.hasSize) != 2 || min(s.hasSize[0], s.hasSize[1]) < 1 || max(s.hasSize[0], s.hasSize[1]) > 1<<14 {
			return schema.Atf("image_size", "two lengths from 1 to %d are wanted, height and width", 1<<14)
		}
		s.size = [2]int(s.hasSize)
		s.imageSize = &s.size
	}
	for arg, on := range map[string]bool{"crop_to_aspect_ratio": s.crop, "pad_to_aspect_ratio": s.pad} {
		if on && s.imageSize == nil {
			return schema.Atf(arg, "it needs image_size")
		}
	}
	if s.crop && s.pad {
		return schema.Atf("pad_to_aspect_ratio", "a picture is either cropped or padded; keep one")
	}
	return nil
}

// Field is known from the arguments but for the size of pictures and the names of the classes.
func (s *imageFolder) Field(name string, asked column.Kind) (column.Field, error) {
	switch name {
	case labelColumn:
		if s.labels == "inferred" {
			return s.label(name, s.classNames), nil
		}
	case imageColumn:
		if s.imageSize != nil {
			return column.Tensor(name, column.Float32, s.size[0], s.size[1], raster.Channels[s.colorMode]), nil
		}
		return column.Field{Name: name, Kind: column.Uint8, Known: true, Shape: []int{-1, -1, raster.Channels[s.colorMode]}}, nil
	}
	return column.Field{}, &MissingColumn{Column: name, Have: s.columnNames()}
}

func (s *imageFolder) columnNames() []string {
	if s.labels == "none" {
		return []string{imageColumn}
	}
	return []string{imageColumn, labelColumn}
}

// At returns a source of the same form that reads another folder, or a picture alone.
func (s *imageFolder) At(path string) Source {
	t := *s
	t.folders = s.at(path)
	return &t
}

// Columns returns the names of the columns.
func (s *imageFolder) Columns(dir string) ([]string, error) {
	_, classes, err := s.list(dir, Train)
	return s.columns(imageColumn, classes), err
}

func (s *imageFolder) Read(ctx context.Context, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		files, classes, err := s.list(r.Dir, r.Part)
		if err != nil {
			yield(nil, err)
			return
		}
		have := s.columns(imageColumn, classes)
		if _, err := columnsOf("", have, r.Columns); err != nil {
			yield(nil, err)
			return
		}
		root := s.root(r.Dir, r.Part)
		notes, done := s.notes(root, r)
		r.Files = notes
		d := &imageReader{folder: s, r: r}
		for at, step := 0, 1; at < len(files); at += step {
			// The first picture tells the size of all, and how many make a record.
			if d.shape != nil || at > 0 && d.unwanted() {
				step = min(len(files)-at, chunkRows(int64(d.bytes())))
			}
			rec, err := d.record(ctx, files[at:at+step], classes, column.Origin{File: root, Row: int64(at) + 1})
			if rec == nil && err == nil {
				continue // before the first picture that can be decoded
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
		if err := done(); err != nil {
			yield(nil, err)
		}
	}
}

// imageReader reads pictures of one size.
type imageReader struct {
	folder *imageFolder
	r      Request
	shape  []int // known after the first picture
	where  string
	free   sync.Pool // of *imageScratch
}

type imageScratch struct{ in, row []float32 }

func (d *imageReader) kind() column.Kind {
	if d.folder.imageSize != nil {
		return column.Float32
	}
	return column.Uint8
}

func (d *imageReader) bytes() int {
	if d.shape == nil { // no picture is wanted
		return 4
	}
	return column.Size(d.shape) * d.kind().Bytes()
}

// record reads some files.
func (d *imageReader) record(ctx context.Context, files []rowFile, classes []string, from column.Origin) (arrow.Record, error) {
	fields, values := make([]column.Field, len(d.r.Columns)), make([]*column.Values, len(d.r.Columns))
	var wrong mistakes
	for i, w := range d.r.Columns {
		if w.Name == labelColumn {
			fields[i] = d.folder.label(w.Name, classes)
			values[i] = column.Make(column.Int32, nil, len(files))
			for j, f := range files {
				values[i].I32[j] = f.class
			}
			continue
		}
		v, found, err := d.read(ctx, files, w.Name)
		if err != nil {
			return nil, err
		}
		if v == nil {
			found.note(&d.r, func(_ int, err error) error { return err })
			return nil, nil
		}
		for row, err := range found.byRow {
			wrong.add(row, err)
		}
		fields[i], values[i] = v.Field(w.Name), v
	}
	return wrong.tell(&d.r, column.NewRecord(fields, values, len(files), from), 0, func(_ int, err error) error { return err }), nil
}

// read reads pictures, those that cannot be read where they are left out as black; nil where none so far could be read. name is the
// column's.
func (d *imageReader) read(ctx context.Context, files []rowFile, name string) (*column.Values, mistakes, error) {
	var wrong mistakes
	errs := make([]error, len(files))
	read := func(j int) (*raster.Picture, error) {
		if f := files[j]; f.wrong != nil || f.path == "" {
			return nil, f.wrong
		}
		return d.decode(files[j].path)
	}
	for j := 0; d.shape == nil && j < len(files); j++ { // the first picture tells the size of all
		p, err := read(j)
		if err != nil && !d.r.skips() {
			return nil, wrong, err
		}
		if p != nil {
			d.begin(files[j].path, p)
		} else if err != nil {
			wrong.add(j, err)
		}
	}
	if d.shape == nil {
		return nil, wrong, nil
	}
	v := column.Make(d.kind(), d.shape, len(files))
	err := parallel.Each(ctx, d.r.Workers, len(files), func(_, j int) error {
		p, err := read(j)
		if err == nil && p != nil {
			if err = d.put(v, j, p); err != nil {
				err = &Error{File: files[j].path, Column: name, Err: err}
			}
		}
		if d.r.skips() {
			errs[j] = err
			return nil
		}
		return err
	})
	for j, err := range errs {
		if err != nil {
			wrong.add(j, err)
		}
	}
	return v, wrong, err
}

// unwanted tells whether no column of pictures is asked for.
func (d *imageReader) unwanted() bool {
	return !slices.ContainsFunc(d.r.Columns, func(w Want) bool { return w.Name == imageColumn })
}

func (d *imageReader) decode(path string) (*raster.Picture, error) {
	raw, err := readWhole(path, d.r.Files)
	if err != nil {
		return nil, err
	}
	// A pixel takes four bytes while it is decoded, at least.
	p, err := raster.Decode(raw, raster.Channels[d.folder.colorMode], min(1<<28, d.r.Limit/4))
	if err != nil {
		return nil, &Error{File: path, Err: err}
	}
	return p, nil
}

// begin takes the shape from the first picture.
func (d *imageReader) begin(path string, p *raster.Picture) {
	d.where, d.shape = path, []int{p.Height, p.Width, p.Channels}
	if s := d.folder.imageSize; s != nil {
		d.shape = []int{s[0], s[1], p.Channels}
	}
}

// put writes a picture as row j.
func (d *imageReader) put(v *column.Values, j int, p *raster.Picture) error {
	n := column.Size(d.shape)
	if d.folder.imageSize == nil {
		if p.Height != d.shape[0] || p.Width != d.shape[1] {
			return fmt.Errorf("it is %d by %d pixels, %s is %d by %d: image_size brings all to one size", p.Height, p.Width, d.where, d.shape[0], d.shape[1])
		}
		copy(v.U8[j*n:], p.Pix)
		return nil
	}
	s, ok := d.free.Get().(*imageScratch)
	if !ok {
		s = new(imageScratch)
	}
	defer d.free.Put(s)
	how := raster.Distort
	switch {
	case d.folder.crop:
		how = raster.Crop
	case d.folder.pad:
		how = raster.Pad
	}
	to := *d.folder.imageSize
	win := raster.Fit([2]int{p.Height, p.Width}, to, how)
	if n := win.Height * win.Width * p.Channels; cap(s.in) < n {
		s.in = make([]float32, n)
	} else {
		s.in = s.in[:n]
	}
	raster.Cut(win, s.in, p.Pix, p.Height, p.Width, p.Channels, 0)
	dst := v.F32[j*n:][:n]
	raster.NewResizer([2]int{win.Height, win.Width}, to, d.folder.interpolation, false).Resize(dst, s.in, p.Channels, &s.row)
	return nil
}
