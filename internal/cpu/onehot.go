package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(oneHot[float32], oneHot[float64])

func oneHot[T Float](o op.OneHot, b *Bound[T]) Run {
	labels, y := b.In[0].I, b.Out[0].F
	rows := b.grouped(len(labels), o.Classes, func(i, _ int) {
		row := y[i*o.Classes:][:o.Classes]
		clear(row)
		row[labels[i]] = 1
	})
	return func(c *Context) {
		for i, l := range labels {
			if l < 0 || int(l) >= o.Classes {
				c.Fail(&op.LabelError{Label: l, Classes: o.Classes, Position: i, Labels: len(labels)})
				return
			}
		}
		rows(c)
	}
}
