package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/internal/train"
)

// predictOptions are the options of predict.
type predictOptions struct {
	machineOptions
	input, output string
}

func predictCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "predict model.dlrun -input FILE -output FILE [options]",
		Short: "Apply a trained model to the rows of a file.",
		Long: "Applies a trained model to the rows of a file. It needs nothing but the model.dlrun, which fit saved.\n\n" +
			"The input is csv or npz and has the columns of the features. The output is csv, with a column for each\n" +
			"element of an output, OUTPUT or OUTPUT_i, and OUTPUT_class where class names are known; or json, with an\n" +
			"object for each row.",
		Example: "dlrun predict runs/iris/0001/model.dlrun -input flowers.csv -output species.csv",
		Args:    oneFile("a model.dlrun"),
	}
	var o predictOptions
	c.Flags().StringVar(&o.input, "input", "", "The `file` with the rows: .csv or .npz.")
	c.Flags().StringVar(&o.output, "output", "", "The `file` for the predictions: .csv or .json.")
	o.bind(c)
	c.RunE = func(c *cobra.Command, args []string) error { return a.predict(c.Context(), args[0], o) }
	return c
}

// predictResult is what predict -json writes.
type predictResult struct {
	Rows   int    `json:"rows"`
	Output string `json:"output"`
}

func (a *app) predict(ctx context.Context, path string, o predictOptions) error {
	bundle, ok, err := bundlePath(path)
	switch {
	case err != nil:
		return err
	case !ok && strings.HasSuffix(path, ".hcl"):
		return usagef("predict wants a trained model.dlrun, got %s; train it first: dlrun fit %s", path, path)
	case !ok:
		return usagef("predict wants a trained model.dlrun, got %s", path)
	case o.input == "":
		return usagef("predict needs the option -input: a file with the rows")
	case o.output == "":
		return usagef("predict needs the option -output: a file for the predictions, .csv or .json")
	case !slices.Contains([]string{".csv", ".json"}, strings.ToLower(filepath.Ext(o.output))):
		return usagef("option -output: predictions are written as .csv or .json, got %q", o.output)
	}
	if err := needFile(o.input); err != nil {
		return err
	}
	set, err := a.settings(o.machineOptions, noting{view: a.view})
	if err != nil {
		return err
	}
	rows, diags, err := train.Predict(ctx, train.PredictOptions{Settings: set, Bundle: bundle, Input: o.input, Output: o.output})
	if err := a.view.outcome(diags, nil, err); err != nil {
		return err
	}
	a.view.result(predictResult{Rows: rows, Output: o.output})
	a.view.printf("Wrote %s to %s.", plural(rows, "row"), o.output)
	return nil
}
