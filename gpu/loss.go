package gpu

import (
	"encoding/binary"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(bindSoftmax, "Axis", "Log")
	_ = register(bindSoftmaxGrad, "Axis", "Log")
	_ = register(bindCrossentropy, "FromLogits", "Axis", "Sparse", "HasIgnore", "Ignore", "Smoothing")
	_ = register(bindCrossentropyGrad, "FromLogits", "Axis", "Sparse", "HasIgnore", "Ignore", "Smoothing")
	_ = register(bindPointLoss, "Fn", "A", "B", "C", "Axis", "Sum")
	_ = register(bindPointLossGrad, "Fn", "A", "B", "C", "Axis", "Sum")
	_ = register(bindCircle, "Gamma", "Margin", "Self")
	_ = register(bindCircleGrad, "Gamma", "Margin", "Self")
	_ = register(bindCTC, "Blank")
)

// along are the rows of a value along an axis: n elements, stride apart.
type along struct{ n, stride int32 }

// rowsAlong are the rows along an axis and how many there are.
func rowsAlong(shape []int, axis int) (along, int) {
	a, count := along{int32(shape[axis]), 1}, 1
	for i, d := range shape {
		if i > axis {
			a.stride *= int32(d)
		}
		if i != axis {
			count *= d
		}
	}
	return a, count
}

type softmaxParams struct {
	x, dy, out Ptr
	rows       along
	log, _     int32
}

func bindSoftmax(d op.Softmax, b *Bound) error {
	a, count := rowsAlong(b.In[0].Shape, d.Axis)
	p := softmaxParams{x: b.In[0].Ptr, out: b.Out[0].Ptr, rows: a}
	if d.Log {
		p.log = 1
	}
	if a.n > 0 {
		rows(b, "softmax", count, int(a.n), p)
	}
	return nil
}

func bindSoftmaxGrad(d op.SoftmaxGrad, b *Bound) error {
	a, count := rowsAlong(b.In[0].Shape, d.Axis)
	p := softmaxParams{x: b.In[0].Ptr, dy: b.In[1].Ptr, out: b.Out[0].Ptr, rows: a}
	if d.Log {
		p.log = 1
	}
	if a.n > 0 {
		rows(b, "softmax_grad", count, int(a.n), p)
	}
	return nil
}

type crossentropyParams struct {
	labels, y, x, dv        Ptr
	values, prob, valid, dx Ptr
	faults                  Ptr
	rows                    along
	step                    uint32
	fromLogits              int32
	hasIgnore, ignore       int32
	keep, add               float32
}

func (b *Bound) crossentropy(d op.Crossentropy) (crossentropyParams, int) {
	a, count := rowsAlong(b.In[1].Shape, d.Axis)
	p := crossentropyParams{
		x: b.In[1].Ptr, faults: b.faults, rows: a, step: uint32(b.step), ignore: int32(d.Ignore),
		keep: float32(1 - d.Smoothing), add: float32(d.Smoothing / float64(a.n)),
	}
	if d.Sparse {
		p.labels = b.In[0].Ptr
	} else {
		p.y = b.In[0].Ptr
	}
	if d.FromLogits {
		p.fromLogits = 1
	}
	if d.HasIgnore {
		p.hasIgnore = 1
	}
	return p, count
}

func bindCrossentropy(d op.Crossentropy, b *Bound) error {
	p, count := b.crossentropy(d)
	p.values, p.prob, p.valid = b.Out[0].Ptr, b.Out[1].Ptr, b.Out[2].Ptr
	rows(b, "crossentropy", count, int(p.rows.n), p)
	if !d.Sparse {
		return nil
	}
	labels := b.In[0]
	b.fault = func(position int, read func(m Mem) ([]byte, error)) error {
		bytes, err := read(labels)
		if err != nil {
			return err
		}
		return &op.LabelError{Label: int32(binary.LittleEndian.Uint32(bytes[4*position:])), Classes: int(p.rows.n), Position: position, Labels: count}
	}
	return nil
}

func bindCrossentropyGrad(d op.CrossentropyGrad, b *Bound) error {
	p, count := b.crossentropy(d.Crossentropy)
	p.dv, p.dx = b.In[2].Ptr, b.Out[0].Ptr
	rows(b, "crossentropy_grad", count, int(p.rows.n), p)
	return nil
}

// pointLosses are those of op.PointLoss, by the number that loss.cu gives them.
var pointLosses = []string{
	"squared", "absolute", "huber", "log_cosh", "absolute_percentage", "squared_logarithmic", "poisson", "kl_divergence", "hinge", "squared_hinge",
	"binary_crossentropy", "binary_logit_crossentropy", "binary_focal", "binary_logit_focal",
}

type pointLossParams struct {
	y, p, dv, out, zeros Ptr
	rows                 int64
	along                along
	fn, sum              int32
	a, b, c              float32
	_                    int32
}

type binariesParams struct {
	y, out Ptr
	n      int64
}

func (b *Bound) pointLoss(d op.PointLoss) (pointLossParams, error) {
	fn, err := b.number(pointLosses, d.Fn)
	a, count := rowsAlong(b.In[1].Shape, d.Axis)
	p := pointLossParams{y: b.In[0].Ptr, p: b.In[1].Ptr, out: b.Out[0].Ptr, rows: int64(count), along: a, fn: fn, a: float32(d.A), b: float32(d.B), c: float32(d.C)}
	if d.Sum {
		p.sum = 1
	}
	if slices.Contains([]string{"hinge", "squared_hinge"}, d.Fn) {
		p.zeros = b.temporary(1)
		launch(b, "binaries", [3]int{1, 1, 1}, 1024, binariesParams{b.In[0].Ptr, p.zeros, int64(b.In[0].Elems())})
	}
	return p, err
}

// longRow is from how many elements on a row of a loss is given a block.
const longRow = 64

func bindPointLoss(d op.PointLoss, b *Bound) error {
	p, err := b.pointLoss(d)
	if p.along.n >= longRow {
		rows(b, "point_loss_long", int(p.rows), int(p.along.n), p)
	} else {
		each(b, "point_loss", int(p.rows), p)
	}
	return err
}

func bindPointLossGrad(d op.PointLossGrad, b *Bound) error {
	p, err := b.pointLoss(d.PointLoss)
	p.dv = b.In[2].Ptr
	each(b, "point_loss_grad", b.Out[0].Elems(), p)
	return err
}

type circleParams struct {
	y, s, dvalues, values, counts, ds Ptr
	gamma, margin                     float64
	n, self                           int32
}

func (b *Bound) circle(d op.Circle) circleParams {
	p := circleParams{y: b.In[0].Ptr, s: b.In[1].Ptr, gamma: d.Gamma, margin: d.Margin, n: int32(b.In[0].Elems())}
	if d.Self {
		p.self = 1
	}
	return p
}

func bindCircle(d op.Circle, b *Bound) error {
	p := b.circle(d)
	p.values, p.counts = b.Out[0].Ptr, b.Out[1].Ptr
	rows(b, "circle_loss", int(p.n), int(p.n), p)
	return nil
}

func bindCircleGrad(d op.CircleGrad, b *Bound) error {
	p := b.circle(d.Circle)
	p.dvalues, p.ds = b.In[2].Ptr, b.Out[0].Ptr
	rows(b, "circle_loss_grad", int(p.n), int(p.n), p)
	return nil
}

type ctcParams struct {
	labels, x, values, grad, room, faults Ptr
	per                                   int64
	batch, steps, classes, most, blank    int32
	step                                  uint32
}

func bindCTC(d op.CTC, b *Bound) error {
	labels, x := b.In[0], b.In[1].Shape
	batch, steps, classes, most := x[0], x[1], x[2], labels.Shape[1]
	per := 3*(most+1) + 2*most + 3*steps*most + 2*steps // numbers of 64 bits
	p := ctcParams{
		labels: labels.Ptr, x: b.In[1].Ptr, values: b.Out[0].Ptr, grad: b.Out[1].Ptr, room: b.temporary(2 * batch * per), faults: b.faults, per: int64(per),
		batch: int32(batch), steps: int32(steps), classes: int32(classes), most: int32(most), blank: int32(d.Blank), step: uint32(b.step),
	}
	if batch > 0 {
		launch(b, "ctc", [3]int{batch, 1, 1}, 128, p)
	}
	b.fault = b.label(labels, classes)
	return nil
}
