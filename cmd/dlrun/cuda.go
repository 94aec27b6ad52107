//go:build nvidia

package main

import _ "github.com/dlrun/dlrun/gpu/cuda" // the device "cuda"
