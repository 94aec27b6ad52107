package train

import (
	"errors"
	"fmt"

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
