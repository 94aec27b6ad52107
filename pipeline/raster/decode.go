// Package raster decodes pictures and brings them to a size: what an image folder and the transform
// resizing share.
package raster

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // the first picture of an animation
	_ "image/jpeg"
	_ "image/png"
	"sync"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"github.com/dlrun/dlrun/internal/jpeg"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Extensions are the endings of file names that pictures have.
var Extensions = []string{".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}

// Channels are the color modes of Keras and how many channels each has.
var Channels = map[string]int{"grayscale": 1, "rgb": 3, "rgba": 4}

// ErrTooLarge says that a picture has more pixels than are allowed.
var ErrTooLarge = errors.New("the picture is too large")

// Picture is rows of pixels of some channels each, a byte a channel.
type Picture struct {
	Height, Width, Channels int
	Pix                     []uint8
}

// Decode reads a picture of any known format with 1, 3 or 4 channels. A header that asks for more than
// limit pixels is refused before any memory is taken. Grey is the weighted sum of ITU-R BT.601, as
// libjpeg and Pillow have it; colours lose their alpha where there is no channel for it.
//
// The pixels of a JPEG file are those of libjpeg-turbo and Pillow where internal/jpeg knows its form.
func Decode(raw []byte, channels int, limit int64) (*Picture, error) {
	if p, err := decodeJPEG(raw, channels, limit); p != nil || err != nil {
		return p, err
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if errors.Is(err, image.ErrFormat) {
		return nil, errors.New("it is no picture of a format that dlrun reads (PNG, JPEG, GIF, WebP, BMP, TIFF)")
	}
	if err != nil {
		return nil, fmt.Errorf("the picture is damaged: %w", err)
	}
	if cfg.Width <= 0 || cfg.Height <= 0 {
		return nil, errors.New("the picture is damaged: it has no pixels")
	}
	if err := fits(cfg.Width, cfg.Height, limit); err != nil {
		return nil, err
	}
	img, err := decode(raw)
	if err != nil {
		return nil, fmt.Errorf("the picture is damaged: %w", err)
	}
	if b := img.Bounds(); b.Dx() != cfg.Width || b.Dy() != cfg.Height {
		return nil, errors.New("the picture is damaged: its size is not what its header says")
	}
	p := &Picture{Height: cfg.Height, Width: cfg.Width, Channels: channels, Pix: make([]uint8, cfg.Height*cfg.Width*channels)}
	p.fill(img)
	return p, nil
}

// fits tells of a picture that is too large.
func fits(width, height int, limit int64) error {
	if int64(width) > limit/int64(height) {
		return fmt.Errorf("%w: %d by %d pixels, and %d are the most", ErrTooLarge, height, width, limit)
	}
	return nil
}

// decoders are idle decoders of JPEG files, with their memory.
var decoders = sync.Pool{New: func() any { return jpeg.NewDecoder(isa.Detect()) }}

// decodeJPEG returns no picture where the file is none that internal/jpeg decodes.
func decodeJPEG(raw []byte, channels int, limit int64) (*Picture, error) {
	d := decoders.Get().(*jpeg.Decoder)
	defer decoders.Put(d)
	var p *Picture
	err := d.Decode(raw, channels, func(width, height int) ([]uint8, error) {
		if err := fits(width, height, limit); err != nil {
			return nil, err
		}
		p = &Picture{Height: height, Width: width, Channels: channels, Pix: make([]uint8, height*width*channels)}
		return p.Pix, nil
	})
	switch {
	case errors.Is(err, jpeg.ErrUnsupported):
		return nil, nil
	case errors.Is(err, ErrTooLarge):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("the picture is damaged: %w", err)
	}
	return p, nil
}

// decode calls the format's decoder, which may panic on a damaged file.
func decode(raw []byte) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	img, _, err = image.Decode(bytes.NewReader(raw))
	return img, err
}

// fill copies the pixels.
func (p *Picture) fill(img image.Image) {
	b := img.Bounds()
	at := 0
	put := func(r, g, bl, a uint8) {
		switch p.Channels {
		case 1:
			p.Pix[at] = grey(r, g, bl)
		case 3:
			p.Pix[at], p.Pix[at+1], p.Pix[at+2] = r, g, bl
		default:
			p.Pix[at], p.Pix[at+1], p.Pix[at+2], p.Pix[at+3] = r, g, bl, a
		}
		at += p.Channels
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		switch m := img.(type) {
		case *image.YCbCr:
			for x := b.Min.X; x < b.Max.X; x++ {
				yi := m.YOffset(x, y)
				if p.Channels == 1 { // a JPEG holds its grey by itself
					p.Pix[at] = m.Y[yi]
					at++
					continue
				}
				ci := m.COffset(x, y)
				r, g, bl := color.YCbCrToRGB(m.Y[yi], m.Cb[ci], m.Cr[ci])
				put(r, g, bl, 255)
			}
		case *image.Gray:
			for _, v := range m.Pix[m.PixOffset(b.Min.X, y):][:b.Dx()] {
				put(v, v, v, 255)
			}
		case *image.RGBA:
			row := m.Pix[m.PixOffset(b.Min.X, y):][:4*b.Dx()]
			for i := 0; i < len(row); i += 4 {
				if row[i+3] == 255 {
					put(row[i], row[i+1], row[i+2], 255)
					continue
				}
				c := color.NRGBAModel.Convert(color.RGBA{row[i], row[i+1], row[i+2], row[i+3]}).(color.NRGBA)
				put(c.R, c.G, c.B, c.A)
			}
		case *image.NRGBA:
			row := m.Pix[m.PixOffset(b.Min.X, y):][:4*b.Dx()]
			for i := 0; i < len(row); i += 4 {
				put(row[i], row[i+1], row[i+2], row[i+3])
			}
		default:
			for x := b.Min.X; x < b.Max.X; x++ {
				c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
				put(c.R, c.G, c.B, c.A)
			}
		}
	}
}

// grey is 0.299 R + 0.587 G + 0.114 B in 16 bits after the point, rounded.
func grey(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}
