package dsl

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format returns src with canonical spacing, as `dlrun fmt` writes it. JSON comes back as it is. A file
// that does not parse is an error and comes back as it is.
func Format(name string, src []byte) ([]byte, hcl.Diagnostics) {
	_, diags := parseFile(name, src, nil)
	if diags.HasErrors() || strings.HasSuffix(name, ".json") {
		return src, diags
	}
	return hclwrite.Format(src), nil
}
