package u8pixel

//go:generate go run ./asm -out kernel_amd64.s -stubs kernel_amd64.go -pkg u8pixel
