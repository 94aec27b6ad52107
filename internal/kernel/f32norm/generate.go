package f32norm

//go:generate go run ./asm -dispatch dispatch_amd64.go -out kernel_amd64.s -stubs kernel_amd64.go -pkg f32norm
