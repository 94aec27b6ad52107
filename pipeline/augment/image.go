package augment

import (
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

// images is what augmentations of images have in common. Their Check, Apply and the like see [height, width, channels];
// see Finish for the other data format.
type images struct{ dataFormat string }

func (f *images) bindFormat(b *schema.Block) {
	b.Enum(&f.dataFormat, "data_format", "Which axis the channels are.", []string{"channels_last", "channels_first"}, schema.Default("channels_last"))
}

func (f *images) channelsFirst() bool { return f.dataFormat == "channels_first" }

// Check implements Augment.
func (f *images) Check(in column.Field) error { return isImage(in) }

// IsImage says why a field holds no images.
func IsImage(in column.Field) error { return isImage(in) }

// isImage checks that a field holds images.
func isImage(in column.Field) error {
	if in.Kind == column.String {
		return fmt.Errorf("it takes images, and column %q holds text", in.Name)
	}
	if in.Known && len(in.Shape) != 3 {
		return fmt.Errorf("it takes images of shape [height, width, channels], and %q is %s", in.Name, in.Describe())
	}
	return nil
}

// colours is what augmentations have in common that leave every pixel where it is: a mask is left alone, and so are boxes.
type colours struct{ images }

// OfMask is nil: nothing is done to a mask.
func (*colours) OfMask() Augment { return nil }

// hasRGB checks for three channels; or one, where that will do too.
func hasRGB(in column.Field, grey bool) error {
	if err := isImage(in); err != nil || !in.Known {
		return err
	}
	if c := in.Shape[2]; c >= 0 && c != 3 && !(grey && c == 1) {
		return fmt.Errorf("it takes images of 3 channels, red, green and blue, and those of %q have %d", in.Name, c)
	}
	return nil
}

// Finish is an augmentation as it is to be used for this role, nil where it does nothing, and in its data format.
func Finish(a Augment, what Role) Augment {
	if _, ok := a.(Mixer); ok {
		return a
	}
	mask := what == Masks
	if what == Labels {
		return nil
	}
	f, ok := a.(interface{ channelsFirst() bool })
	first := ok && f.channelsFirst()
	if m, ok := a.(Blender); ok && mask {
		if a = m.OfMask(); a == nil {
			return nil
		}
	}
	if first {
		return &transposed{a}
	}
	return a
}

// transposed is an augmentation of images [channels, height, width].
type transposed struct{ Augment }

func (t *transposed) Check(in column.Field) error {
	if in.Known && len(in.Shape) == 3 {
		in.Shape = []int{in.Shape[1], in.Shape[2], in.Shape[0]}
	}
	return t.Augment.Check(in)
}

func (t *transposed) Apply(dst, src []float32, shape []int, d *Draw) {
	c, n := shape[0], shape[1]*shape[2]
	in, out := d.Scratch(len(src)), d.Scratch(len(src))
	for ch := range c {
		for i, v := range src[ch*n : (ch+1)*n] {
			in[i*c+ch] = v
		}
	}
	t.Augment.Apply(out, in, []int{shape[1], shape[2], c}, d)
	for ch := range c {
		plane := dst[ch*n : (ch+1)*n]
		for i := range plane {
			plane[i] = out[i*c+ch]
		}
	}
}
