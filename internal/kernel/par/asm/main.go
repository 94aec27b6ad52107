// Asm generates the assembly of package par.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

func main() {
	TEXT("pause", NOSPLIT, "func(n int)")
	Doc("pause executes n PAUSE instructions; n is positive.")
	n := Load(Param("n"), GP64())
	Label("loop")
	PAUSE()
	DECQ(n)
	JNZ(LabelRef("loop"))
	RET()
	Generate()
}
