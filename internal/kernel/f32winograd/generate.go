package f32winograd

//go:generate go run ./asm -dispatch dispatch_amd64.go -out tile_amd64.s -stubs tile_amd64.go -pkg f32winograd
