//go:build cuda

package main

import _ "github.com/dlrun/dlrun/gpu/cuda" // the device "cuda"
