//go:build !amd64

package f32conv2d

import "github.com/dlrun/dlrun/internal/kernel/isa"

func poolsInTile(isa.ISA) bool { return false }

func tilesFor(isa.ISA) tiles { return genericTiles }

func slide(_ isa.ISA, t *slideTile) { slideGeneric(t) }
func outer(_ isa.ISA, t *outerTile) { outerGeneric(t) }

func depth(_ isa.ISA, t *depthTile)           { depthGeneric(t) }
func depthOuter(_ isa.ISA, t *depthOuterTile) { depthOuterGeneric(t) }
