package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

const wordsFile = `
dataset "d" {
  source "csv" {
    path = "d.csv"
  }
  feature "word" {
    column = "w"
  }
  target "class" {
    column = "c"
  }
}
model "m" {
  input "word" {
    shape = []
    dtype = "int32"
  }
  layer "embedding" "table" {
    input_dim  = 10
    output_dim = 2
  }
  layer "dense" "class" {
    units      = 3
    activation = "softmax"
  }
}
train "t" {
  model      = model.m
  data       = dataset.d
  loss       = "sparse_categorical_crossentropy"
  batch_size = 4
}
`

// What an example makes a step fail with is told by its row in the file, however it was shuffled.
func TestRowAtFault(t *testing.T) {
	for _, c := range []struct{ row, want string }{
		{"3,2", ""},
		{"3,3", `d.csv, row 6, column "c": the label is 3, and the output has 3 classes, 0 to 2`},
		{"3,-1", `d.csv, row 6, column "c": the label is -1, and the output has 3 classes, 0 to 2`},
		{"10,1", `d.csv, row 6, column "w": layer table: index 10 is outside the table, whose rows are 0 to 9`},
	} {
		dir := t.TempDir()
		rows := append([]string{"w,c"}, strings.Split(strings.Repeat("1,2\n9,0\n0,1\n", 3), "\n")[:9]...)
		rows[6] = c.row
		for name, text := range map[string]string{"words.hcl": wordsFile, "d.csv": strings.Join(rows, "\n")} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		_, diags, err := Fit(t.Context(), FitOptions{
			Settings: Settings{Threads: 1, ISA: isa.Generic, Version: "test", Now: time.Now},
			Load: func(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics) {
				return dsl.Load(filepath.Join(dir, "words.hcl"), dsl.Options{Info: info})
			},
			RunDir: filepath.Join(dir, "run"),
		})
		switch {
		case diags.HasErrors():
			t.Fatal(diags)
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)):
			t.Errorf("%s: %v, want %s", c.row, err, c.want)
		}
	}
}

const numbersFile = `
dataset "d" {
  source "csv" {
    path = "d.csv"
  }
  feature "x" {
    columns = ["a", "b"]
    transform "rescaling" {
      scale = 1e20
    }
  }
  target "y" {}
}
model "m" {
  input "x" {
    shape = [2]
  }
  layer "dense" "y" {
    units = 1
  }
}
train "t" {
  model      = model.m
  data       = dataset.d
  loss       = "mse"
  batch_size = 2
  shuffle    = false
}
`

// warned keeps what is said.
type warned struct {
	Silent
	notes *[]string
}

func (w warned) Note(text string) { *w.notes = append(*w.notes, text) }

// The first loss that is not finite is told once, with the place of what caused it in the data.
func TestLossNotFinite(t *testing.T) {
	for _, c := range []struct{ row, want string }{
		{"0,0,1", ""},
		{"1,1e35,1", `d.csv, row 4, column "x": the value is +Inf.`},
		{"1,1,1", `is not a finite number: all that the batch holds is finite; a lower learning rate, or the optimizer's clipnorm, may help.`},
	} {
		dir := t.TempDir()
		rows := []string{"a,b,y", "0,0,1", "0,0,2", "0,0,1", c.row, "0,0,2", "0,0,1"}
		for name, text := range map[string]string{"numbers.hcl": numbersFile, "d.csv": strings.Join(rows, "\n")} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		var notes []string
		_, diags, err := Fit(t.Context(), FitOptions{
			Settings: Settings{Threads: 1, ISA: isa.Generic, Version: "test", Now: time.Now, Observer: warned{notes: &notes}},
			Load: func(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics) {
				return dsl.Load(filepath.Join(dir, "numbers.hcl"), dsl.Options{Info: info})
			},
			RunDir: filepath.Join(dir, "run"),
		})
		if diags.HasErrors() || err != nil {
			t.Fatal(diags, err)
		}
		said := strings.Join(notes, "\n")
		if n := strings.Count(said, "not a finite number"); c.want == "" && n > 0 || c.want != "" && (n != 1 || !strings.Contains(said, c.want)) {
			t.Errorf("%s: %q, want %q", c.row, said, c.want)
		}
	}
}
