package raster

// Window is a part of a picture, or a larger area around it.
type Window struct{ Top, Left, Height, Width int } // Top and Left are below 0 where it is larger

// Ways to bring a picture to other proportions before it is resized.
const (
	Distort = iota // not at all
	Crop           // the largest middle part of the proportions
	Pad            // borders around it
)

// Fit is the window of a picture that is resized to another height and width. Keras:
// utils/image_utils.py, smart_resize, and ops/image.py, resize.
func Fit(from, to [2]int, how int) Window {
	h, w := from[0], from[1]
	high, wide := w*to[0]/to[1], h*to[1]/to[0] // of the wanted proportions
	switch how {
	case Crop:
		h, w = min(h, max(1, high)), min(w, max(1, wide))
	case Pad:
		// Keras adds the same number of pixels on both sides.
		h, w = h+max(0, high-h)/2*2, w+max(0, wide-w)/2*2
	}
	return Window{(from[0] - h) / 2, (from[1] - w) / 2, h, w}
}

// Cut copies the window of a picture of some height, width and channels to dst; what lies outside of it
// becomes fill.
func Cut[T uint8 | float32](win Window, dst []float32, src []T, height, width, channels int, fill float32) {
	if win.Top < 0 || win.Left < 0 || win.Top+win.Height > height || win.Left+win.Width > width {
		for i := range dst {
			dst[i] = fill
		}
	}
	left := max(0, -win.Left)
	n := (min(win.Width, width-win.Left) - left) * channels
	for y := max(0, -win.Top); y < win.Height && y+win.Top < height; y++ {
		out := dst[(y*win.Width+left)*channels:][:n]
		for i, v := range src[((y+win.Top)*width+win.Left+left)*channels:][:n] {
			out[i] = float32(v)
		}
	}
}
