package gpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(bindConv2D, "Size", "Strides", "Dilation", "Same", "Groups", "Bias", "Relu")
	_ = register(bindConv2DGrad, "Size", "Strides", "Dilation", "Same", "Groups", "Bias", "Relu")
	_ = register(bindConv2DTranspose, "Size", "Strides", "Dilation", "Same")
	_ = register(bindMaxPool2D, "Size", "Strides", "Dilation", "Same")
	_ = register(bindMaxPool2DGrad, "Size", "Strides", "Dilation", "Same", "X")
	_ = register(bindAvgPool2D, "Size", "Strides", "Dilation", "Same")
	_ = register(bindAvgPool2DGrad, "Size", "Strides", "Dilation", "Same", "X")
)

// placed is a window over an image: strides, dilations, and the padding before the first cell.
type placed struct{ size, stride, dilation, before [2]int32 }

func place(w op.Window, image []int) placed {
	var p placed
	for a := range 2 {
		p.size[a], p.stride[a] = int32(w.Size[a]), int32(w.Strides[a])
		p.dilation[a], p.before[a] = int32(max(1, w.Dilation[a])), int32(w.Before(a, image[1+a]))
	}
	return p
}

type convParams struct {
	x, w, bias, dy, out            Ptr
	batch, height, width, channels int32
	rows, columns, filters         int32
	placed
	groups, parts, kPart, relu int32
	_                          int32
}

// convolution describes a convolution of images of shape x to outputs of shape y.
func convolution(c op.Conv2D, x, y []int) convParams {
	return convParams{
		batch: int32(x[0]), height: int32(x[1]), width: int32(x[2]), channels: int32(x[3]), rows: int32(y[1]), columns: int32(y[2]), filters: int32(y[3]),
		placed: place(c.Window, x), groups: int32(c.Groups), parts: 1,
	}
}

// fewFilters is up to how many channels or filters of a group have kernels of their own.
const fewFilters = 4

func (p *convParams) few() bool {
	return p.groups > 1 && p.channels/p.groups <= fewFilters && p.filters/p.groups <= fewFilters
}

// tiles are the blocks of a product over side x side results.
func (b *Bound) tiles(m, n, batch int) ([3]int, error) {
	g := [3]int{(n + 63) / 64, (m + 63) / 64, batch}
	if g[1] > 65535 || g[2] > 65535 || m > 1<<31-1 {
		return g, b.unsupported("%d positions in %d groups and parts", m, batch)
	}
	return g, nil
}

func bindConv2D(c op.Conv2D, b *Bound) error {
	p := convolution(c, b.In[0].Shape, b.Out[0].Shape)
	p.x, p.w, p.out = b.In[0].Ptr, b.In[1].Ptr, b.Out[0].Ptr
	if c.Bias {
		p.bias = b.In[2].Ptr
	}
	if c.Relu {
		p.relu = 1
	}
	return b.convolve(p)
}

// convolve launches a convolution.
func (b *Bound) convolve(p convParams) error {
	n := int(p.batch * p.rows * p.columns)
	if p.few() {
		each(b, "conv_few", n*int(p.filters), p)
		return nil
	}
	grid, err := b.tiles(n, int(p.filters/p.groups), int(p.groups))
	if n*int(p.filters) > 0 {
		launch(b, "conv"+b.precision.suffix(), grid, threads, p)
	}
	return err
}

// convDX launches the gradient with respect to the input.
func (b *Bound) convDX(p convParams) error {
	n := int(p.batch * p.height * p.width)
	if p.few() {
		each(b, "conv_few_dx", n*int(p.channels), p)
		return nil
	}
	grid, err := b.tiles(n, int(p.channels/p.groups), int(p.groups))
	if n > 0 {
		launch(b, "conv_dx"+b.precision.suffix(), grid, threads, p)
	}
	return err
}

// convDW launches the gradient with respect to the kernel.
func (b *Bound) convDW(p convParams) error {
	of := int(p.size[0] * p.size[1] * p.channels / p.groups)
	n := of * int(p.filters)
	positions := int(p.batch * p.rows * p.columns)
	count, part := parts(n, positions)
	p.parts, p.kPart = int32(count), int32(part)
	out := p.out
	if count > 1 {
		p.out = b.temporary(count * n)
	}
	if p.few() {
		launch(b, "conv_few_dw", [3]int{(int(p.filters) + 31) / 32, of, count}, threads, p)
	} else {
		grid, err := b.tiles(of, int(p.filters/p.groups), int(p.groups)*count)
		if err != nil {
			return err
		}
		launch(b, "conv_dw"+b.precision.suffix(), grid, threads, p)
	}
	if count > 1 {
		b.join(p.out, out, n, count, product{n: n, alpha: 1})
	}
	return nil
}

func bindConv2DGrad(c op.Conv2DGrad, b *Bound) error {
	y := b.In[2].Shape
	n := b.In[3].Elems()
	p := convolution(c.Conv2D, b.In[0].Shape, b.In[3].Shape)
	p.x, p.w, p.dy = b.In[0].Ptr, b.In[1].Ptr, b.In[3].Ptr
	if c.Relu {
		p.dy = b.reluMask(b.In[2].Ptr, p.dy, n)
	}
	if !b.Out[0].Unread() {
		dx := p
		dx.out = b.Out[0].Ptr
		if err := b.convDX(dx); err != nil {
			return err
		}
	}
	if !b.Out[1].Unread() {
		dw := p
		dw.out = b.Out[1].Ptr
		if err := b.convDW(dw); err != nil {
			return err
		}
	}
	if c.Bias && !b.Out[2].Unread() {
		b.columnSums(p.dy, b.Out[2].Ptr, n/max(1, y[3]), y[3])
	}
	return nil
}

// bindConv2DTranspose is the gradient of a convolution whose output is x.
func bindConv2DTranspose(c op.Conv2DTranspose, b *Bound) error {
	p := convolution(c.Forward(), b.Out[0].Shape, b.In[0].Shape)
	p.dy, p.w, p.out = b.In[0].Ptr, b.In[1].Ptr, b.Out[0].Ptr
	return b.convDX(p)
}

type poolParams struct {
	x, dy, y, dx, where                           Ptr
	batch, height, width, channels, rows, columns int32
	placed
}

func pooling(w op.Window, x, y []int) poolParams {
	return poolParams{
		batch: int32(x[0]), height: int32(x[1]), width: int32(x[2]), channels: int32(x[3]), rows: int32(y[1]), columns: int32(y[2]), placed: place(w, x),
	}
}

func bindMaxPool2D(d op.MaxPool2D, b *Bound) error {
	p := pooling(d.Window, b.In[0].Shape, b.Out[0].Shape)
	p.x, p.y, p.where = b.In[0].Ptr, b.Out[0].Ptr, b.Out[1].Ptr
	each(b, "max_pool", b.Out[0].Elems(), p)
	return nil
}

func bindMaxPool2DGrad(d op.MaxPool2DGrad, b *Bound) error {
	p := pooling(d.Window, d.X, b.In[1].Shape)
	p.where, p.dy, p.dx = b.In[0].Ptr, b.In[1].Ptr, b.Out[0].Ptr
	each(b, "max_pool_grad", b.Out[0].Elems(), p)
	return nil
}

func bindAvgPool2D(d op.AvgPool2D, b *Bound) error {
	p := pooling(d.Window, b.In[0].Shape, b.Out[0].Shape)
	p.x, p.y = b.In[0].Ptr, b.Out[0].Ptr
	each(b, "avg_pool", b.Out[0].Elems(), p)
	return nil
}

func bindAvgPool2DGrad(d op.AvgPool2DGrad, b *Bound) error {
	p := pooling(d.Window, d.X, b.In[0].Shape)
	p.dy, p.dx = b.In[0].Ptr, b.Out[0].Ptr
	each(b, "avg_pool_grad", b.Out[0].Elems(), p)
	return nil
}
