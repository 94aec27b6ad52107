package train

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/models"
)

const mlp = `
model "m" {
  input "x" {
    shape = [784]
  }
  layer "dense" "a" {
    for_each   = [512, 512]
    units      = each.value
    activation = "relu"
  }
  layer "dropout" "d" {
    rate = 0.2
  }
  layer "dense" "c" {
    units      = 10
    activation = "softmax"
  }
}
`

const cnn = `
model "m" {
  input "x" {
    shape = [32, 32, 3]
  }
  layer "conv2d" "conv1" {
    filters     = 32
    kernel_size = 3
    activation  = "relu"
  }
  layer "max_pooling2d" "pool1" {}
  layer "conv2d" "conv2" {
    filters     = 64
    kernel_size = 3
    activation  = "relu"
  }
  layer "max_pooling2d" "pool2" {}
  layer "flatten" "flat" {}
  layer "dense" "hidden" {
    units      = 128
    activation = "relu"
  }
  layer "dense" "class" {
    units      = 10
    activation = "softmax"
  }
}
`

const resnet = `
import "resnet" {
  source = "dlrun:resnet"
}
model "m" {
  input "x" {
    shape = [32, 32, 3]
  }
  layer "resnet.conv_bn" "stem" {
    filters = 16
  }
  layer "resnet.stage" "stage" {
    for_each = [16, 32, 64]
    filters  = each.value
    strides  = each.key == 0 ? 1 : 2
    depth    = 3
  }
  layer "global_average_pooling2d" "pool" {}
  layer "dense" "class" {
    units      = 10
    activation = "softmax"
  }
}
`

const fitClasses = `
dataset "d" {
  source "npz" {
    path = "none.npz"
  }
  feature "x" {}
  target "y" {}
}
train "t" {
  model = model.m
  data  = dataset.d
  loss  = "sparse_categorical_crossentropy"
  optimizer "adam" {}
}
`

// BenchmarkStep times a training step on data that is there already.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name, model string
		batch       int
	}{{"mlp-128", mlp, 128}, {"cnn-32", cnn, 32}, {"cnn-128", cnn, 128}, {"resnet-128", resnet, 128}} {
		b.Run(c.name, func(b *testing.B) {
			e, s := benchStep(b, c.model+fitClasses, c.batch)
			ctx := cpu.Context{Seed: 1}
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				e.steer(i+1, func(*builder.Group) float64 { return 0.001 })
				ctx.Step = uint64(i)
				if err := s.program.Run(&ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func benchStep(tb testing.TB, source string, batch int) (*engine, *stepper) {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "model.hcl")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		tb.Fatal(err)
	}
	doc, diags := dsl.Load(file, dsl.Options{Library: models.Library})
	if diags.HasErrors() {
		tb.Fatal(diags)
	}
	m, diags := builder.Walk(doc, doc.Models[0])
	if diags.HasErrors() {
		tb.Fatal(diags)
	}
	t, diags := builder.DecodeTraining(doc, doc.Trains[0])
	if diags.HasErrors() {
		tb.Fatal(diags)
	}
	p, diags := builder.Link(m, t, &builder.Data{
		Features: []builder.Column{{Name: "x", Spec: m.Inputs[0].Tensor.Spec}},
		Targets:  []builder.Column{{Name: "y", Spec: shape.Spec{Shape: shape.Shape{}, DType: shape.Int32, Known: true}}},
	})
	if diags.HasErrors() {
		tb.Fatal(diags)
	}
	machine := &cpu.Machine{Pool: cpu.NewPool(2), ISA: isa.Detect()}
	tb.Cleanup(machine.Close)
	e := newEngine(p, machine, [][]int{nil})
	if err := e.initialize(1); err != nil {
		tb.Fatal(err)
	}
	s, err := e.train(batch, true)
	if err != nil {
		tb.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range s.inputs[0].F {
		s.inputs[0].F[i] = r.Float32()
	}
	for i := range s.targets[0].I {
		s.targets[0].I[i] = int32(r.IntN(10))
	}
	return e, s
}

// TestStepAllocatesNothing holds the executor to its promise.
func TestStepAllocatesNothing(t *testing.T) {
	for name, model := range map[string]string{"mlp": mlp, "cnn": cnn, "resnet": resnet} {
		e, s := benchStep(t, model+fitClasses, 128)
		e.steer(1, func(*builder.Group) float64 { return 0 })
		var c cpu.Context
		if n := testing.AllocsPerRun(5, func() {
			if err := s.program.Run(&c); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: a step allocates %v times", name, n)
		}
		p, err := e.predictor(4)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(5, func() {
			if err := p.program.Run(&c); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: a prediction allocates %v times", name, n)
		}
	}
}
