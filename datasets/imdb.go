package datasets

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

var _ = add(&Set{
	Name:    "imdb",
	Summary: "50,000 film reviews, half of them favourable (Maas et al., 2011).",
	Home:    "https://ai.stanford.edu/~amaas/data/sentiment/",
	Licence: "none stated; Andrew Maas et al.",
	Files: []File{{
		Name:    "aclImdb_v1.tar.gz",
		Address: "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
	}},
	Columns: []column.Field{
		column.Scalar("text", column.String),
		label("label", "negative", "positive"),
	},
	Rows: map[string]int{source.Train: 25000, source.Test: 25000},
})
