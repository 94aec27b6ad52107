package gpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(bindSGD, "Momentum", "Nesterov")
	_ = register(bindAdam, "Beta1", "Beta2", "Epsilon", "AMSGrad")
	_ = register(bindRMSprop, "Rho", "Momentum", "Epsilon", "Centered")
	_ = register(bindAdagrad, "Epsilon")
	_ = register(bindAdadelta, "Rho", "Epsilon")
	_ = register(bindAdamax, "Beta1", "Beta2", "Epsilon")
	_ = register(bindNadam, "Beta1", "Beta2", "Epsilon")
	_ = register(bindLion, "Beta1", "Beta2")
	_ = register(bindFtrl, "LearningRatePower", "L1", "Shrinkage")
	_ = register(bindAverage, "At")
	_ = register(bindNonNeg)
	_ = register(bindAccumulate, "Clear")
)

// The numbers of update.cu.
const (
	updateSGD = iota
	updateMomentum
	updateNesterov
	updateAdam
	updateAMSGrad
	updateRMSprop
	updateAdagrad
	updateAdadelta
	updateAdamax
	updateNadam
	updateLion
	updateFtrl
	updateScheduleFree
	updateMuon
	updateAverage
	updateNonNeg
	updateAddUp
	updateClear
)

type updateParams struct {
	tensors, chunks, hyper, faults Ptr
	fn, centered, at               int32
	a, b, c, d                     float32
	_                              int32
}

type tensorParams struct {
	w, g Ptr
	slot [3]Ptr
	n    int64
}

type chunkParams struct{ tensor, number int32 }

// updateChunk is how many elements a block updates.
const updateChunk = 4096

// tensorUpdate is what is to be done to one tensor; neighbours with the same params go into one launch.
type tensorUpdate struct {
	params updateParams
	tensor tensorParams
}

// update notes an update of input 0 by input 1, with slots from input 3 on.
func (b *Bound) update(p updateParams, slots ...Mem) {
	t := tensorParams{w: b.In[0].Ptr, n: int64(b.In[0].Elems())}
	if len(b.In) > 1 {
		t.g = b.In[1].Ptr
	}
	if len(b.In) > 2 {
		p.hyper = b.In[2].Ptr
	}
	for i, s := range slots {
		t.slot[i] = s.Ptr
	}
	b.launches = append(b.launches, call{step: b.step, update: &tensorUpdate{p, t}})
}

// joinUpdates makes launches of the updates: one for all that follow each other and do the same.
func joinUpdates(calls []call, own *ownMemory, faults Ptr) []call {
	var out []call
	for i := 0; i < len(calls); {
		if calls[i].update == nil {
			out = append(out, calls[i])
			i++
			continue
		}
		p := calls[i].update.params
		var tensors, chunks []byte
		blocks, count, j := 0, int32(0), i
		written := map[Ptr]bool{}
		for ; j < len(calls) && calls[j].update != nil && calls[j].update.params == p; j++ {
			t := calls[j].update.tensor
			if written[t.w] || written[t.g] { // by an update before, which must have run
				break
			}
			written[t.w] = true
			tensors = append(tensors, bytesOf(&t)...)
			for k := range int32((t.n + updateChunk - 1) / updateChunk) {
				chunks = append(chunks, bytesOf(&chunkParams{count, k})...)
				blocks++
			}
			count++
		}
		p.tensors, p.chunks, p.faults = own.at+Ptr(own.add(tensors)), own.at+Ptr(own.add(chunks)), faults
		if blocks > 0 {
			out = append(out, call{Launch: Launch{Kernel: "update", Grid: [3]int{blocks, 1, 1}, Block: [3]int{threads, 1, 1}, Params: bytesOf(&p)}, step: calls[j-1].step})
		}
		i = j
	}
	return out
}

func bindSGD(d op.SGD, b *Bound) error {
	switch {
	case d.Momentum == 0:
		b.update(updateParams{fn: updateSGD})
	case d.Nesterov:
		b.update(updateParams{fn: updateNesterov, a: float32(d.Momentum)}, b.In[3])
	default:
		b.update(updateParams{fn: updateMomentum, a: float32(d.Momentum)}, b.In[3])
	}
	return nil
}

func bindAdam(d op.Adam, b *Bound) error {
	p := updateParams{fn: updateAdam, a: float32(1 - d.Beta1), b: float32(1 - d.Beta2), c: float32(d.Epsilon)}
	if d.AMSGrad {
		p.fn = updateAMSGrad
	}
	b.update(p, b.In[3:]...)
	return nil
}

func bindRMSprop(d op.RMSprop, b *Bound) error {
	p := updateParams{fn: updateRMSprop, a: float32(d.Rho), b: float32(d.Momentum), c: float32(d.Epsilon), d: float32(1 - d.Rho)}
	if d.Centered {
		p.centered = 1
	}
	b.update(p, b.In[3:]...)
	return nil
}

func bindAdagrad(d op.Adagrad, b *Bound) error {
	b.update(updateParams{fn: updateAdagrad, c: float32(d.Epsilon)}, b.In[3])
	return nil
}

func bindAdadelta(d op.Adadelta, b *Bound) error {
	b.update(updateParams{fn: updateAdadelta, a: float32(d.Rho), c: float32(d.Epsilon), d: float32(1 - d.Rho)}, b.In[3:]...)
	return nil
}

func bindAdamax(d op.Adamax, b *Bound) error {
	b.update(updateParams{fn: updateAdamax, a: float32(1 - d.Beta1), b: float32(d.Beta2), c: float32(d.Epsilon)}, b.In[3:]...)
	return nil
}

// bindNadam subtracts from 1 in float32, as Keras does.
func bindNadam(d op.Nadam, b *Bound) error {
	b.update(updateParams{fn: updateNadam, a: 1 - float32(d.Beta1), b: 1 - float32(d.Beta2), c: float32(d.Epsilon)}, b.In[3:]...)
	return nil
}

func bindLion(d op.Lion, b *Bound) error {
	b.update(updateParams{fn: updateLion, a: float32(d.Beta1), b: float32(d.Beta2)}, b.In[3])
	return nil
}

func bindFtrl(d op.Ftrl, b *Bound) error {
	b.update(updateParams{fn: updateFtrl, a: float32(-d.LearningRatePower), b: float32(d.L1), c: float32(2 * d.Shrinkage)}, b.In[3:]...)
	return nil
}

func bindAverage(d op.Average, b *Bound) error {
	p := updateParams{fn: updateAverage, at: int32(d.At), hyper: b.In[2].Ptr}
	t := tensorParams{w: b.In[0].Ptr, n: int64(b.In[0].Elems()), slot: [3]Ptr{b.In[1].Ptr}}
	b.launches = append(b.launches, call{step: b.step, update: &tensorUpdate{p, t}})
	return nil
}

func bindNonNeg(_ op.NonNeg, b *Bound) error {
	b.launches = append(b.launches, call{step: b.step, update: &tensorUpdate{updateParams{fn: updateNonNeg}, tensorParams{w: b.In[0].Ptr, n: int64(b.In[0].Elems())}}})
	return nil
}

func bindAccumulate(d op.Accumulate, b *Bound) error {
	t := tensorParams{w: b.In[0].Ptr, n: int64(b.In[0].Elems())}
	p := updateParams{fn: updateClear}
	if !d.Clear {
		p.fn, t.g = updateAddUp, b.In[1].Ptr
	}
	b.launches = append(b.launches, call{step: b.step, update: &tensorUpdate{p, t}})
	return nil
}
