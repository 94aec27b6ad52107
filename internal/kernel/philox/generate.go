package philox

//go:generate go run ./asm -out bernoulli_amd64.s -stubs bernoulli_amd64.go -pkg philox
