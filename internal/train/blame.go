package train

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/pipeline"
)

// exampleError is a mistake in one example of a batch.
type exampleError struct {
	example int
	column  string // of the feature or target
	target  bool
	err     error
}

func (e *exampleError) Error() string {
	return fmt.Sprintf("%s, example %d of the batch: %v", e.column, e.example, e.err)
}

func (e *exampleError) Unwrap() error { return e.err }

// blame names the file, row and column of what an example of a batch has caused. Other errors it returns
// as they are.
func (e *engine) blame(err error, s *stepper, b *pipeline.Batch, data *pipeline.Data) error {
	var (
		example *exampleError
		label   *op.LabelError
		index   *op.IndexError
	)
	switch {
	case errors.As(err, &example):
	case errors.As(err, &label):
		example = &exampleError{example: label.Position * b.Size / label.Labels, err: err}
		for i, h := range e.program.Heads {
			if t := s.targets[i].I; len(t) == label.Labels && t[label.Position] == label.Label {
				example.column, example.target = h.Target, true
				break
			}
		}
	case errors.As(err, &index) && len(index.Position) > 0:
		example = &exampleError{example: index.Position[0], column: e.readBy(index.Layer), err: err}
	default:
		return err
	}
	if example.example >= len(b.Rows) { // a layer has put others in the examples' places
		return err
	}
	return data.Blame(int(b.Rows[example.example]), example.column, example.target, example.err)
}

// readBy is the input of the model that a layer is fed by alone, or "".
func (e *engine) readBy(layer string) string {
	name := ""
	for _, u := range e.program.Model.Uses {
		if u.Layer.Path != layer || len(u.In) == 0 {
			continue
		}
		for _, in := range e.program.Model.Inputs {
			if in.Tensor == u.In[0] {
				if name != "" && name != in.Name {
					return ""
				}
				name = in.Name
			}
		}
	}
	return name
}

// notFinite says, the first time that the loss is not a finite number, which value of the batch is none, or that all are.
func (l *loop) notFinite(loss float32, b *pipeline.Batch) {
	if l.notedLoss || finite(loss) {
		return
	}
	l.notedLoss = true
	text := "all that the batch holds is finite; a lower learning rate, or the optimizer's clipnorm, may help"
	if err := l.strange(b); err != nil {
		text = err.Error()
	}
	l.watch.Note(fmt.Sprintf("Warning: the loss of step %d is not a finite number: %s.", l.step, text))
}

// strange names the place of the first value of a batch that is not finite.
func (l *loop) strange(b *pipeline.Batch) error {
	for i, t := range slices.Concat(b.Features, b.Targets) {
		for k, v := range t.F32 {
			if !finite(v) {
				return l.data.Blame(int(b.Rows[k*b.Size/len(t.F32)]), t.Name, i >= len(b.Features), fmt.Errorf("the value is %g", v))
			}
		}
	}
	for i, w := range b.Weights {
		for k, v := range w {
			if !finite(v) {
				return l.data.Blame(int(b.Rows[k*b.Size/len(w)]), "", true, fmt.Errorf("the weight of target %q is %g", b.Targets[i].Name, v))
			}
		}
	}
	return nil
}

func finite(v float32) bool { return v-v == 0 }
