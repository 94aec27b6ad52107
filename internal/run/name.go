package run

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest name of one file or folder in bytes that every common file system takes, less what is put
// round it.
const maxName = 200

// reserved are the names that Windows takes for devices, whatever extension follows.
var reserved = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true,
	"com0": true, "com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt0": true, "lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
	"com¹": true, "com²": true, "com³": true, "lpt¹": true, "lpt²": true, "lpt³": true,
}

// SafeName returns name as the name of one file or folder on any system: it replaces path separators, control
// characters, and what Windows forbids or strips, by '_', and cuts what is too long. A name that is fine is returned
// as it is, an empty one as "_".
func SafeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	for len(name) > maxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if trimmed := strings.TrimRight(name, ". "); trimmed != name {
		name = trimmed + strings.Repeat("_", len(name)-len(trimmed)) // "..", too, and the dots that Windows strips
	}
	base, _, _ := strings.Cut(strings.ToLower(name), ".")
	if name == "" || reserved[strings.TrimRight(base, " ")] {
		name = "_" + name
	}
	return name
}
