// Package models is the library that is embedded in dlrun: ready models to train, and blocks to import
// with source = "dlrun:NAME". A module of the library is one file, NAME.hcl.
package models

import "embed"

// Library holds the modules, each under its file's name.
//
//go:embed *.hcl
var Library embed.FS
