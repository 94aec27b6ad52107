package par

//go:generate go run ./asm -out pause_amd64.s -stubs pause_amd64.go -pkg par
