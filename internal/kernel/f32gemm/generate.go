package f32gemm

//go:generate go run ./asm -out tile_amd64.s -stubs tile_amd64.go -pkg f32gemm
