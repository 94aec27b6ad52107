package augment

// eps is the distance from 1 to the next float32.
const eps = 0x1p-23

// hsv returns hue, saturation and value of a colour. Keras: ops.image.rgb_to_hsv on JAX.
func hsv(r, g, b float32) (h, s, v float32) {
	r, g, b = dropped(r), dropped(g), dropped(b)
	v = max(r, g, b)
	span := v - min(r, g, b)
	if v > 0 {
		s = span / v
	}
	if span > 0 {
		norm := 1 / (6 * span)
		switch v {
		case r:
			h = float32(norm * (g - b))
		case g:
			h = float32(norm*(b-r)) + 2.0/6.0
		default:
			h = float32(norm*(r-g)) + 4.0/6.0
		}
		if h < 0 {
			h++
		}
	}
	return h, s, v
}

// dropped is 0 for what is next to it.
func dropped(x float32) float32 {
	if x > -eps && x < eps {
		return 0
	}
	return x
}

// rgb is the colour of a hue, saturation and value. Keras: ops.image.hsv_to_rgb on JAX.
func rgb(h, s, v float32) (r, g, b float32) {
	turn := h - float32(below(h))
	at := float32(turn * 6)
	part := func(x float32) float32 { return float32(v * (1 - s + float32(s*min(max(x, 0), 1)))) }
	return part(abs(at-3) - 1), part(2 - abs(at-2)), part(2 - abs(at-4))
}

func abs(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}

// grey is the lightness of a colour. Keras: ops.image.rgb_to_grayscale.
func grey(r, g, b float32) float32 {
	return float32(float32(r*0.2989)+float32(g*0.5870)) + float32(b*0.1140)
}
