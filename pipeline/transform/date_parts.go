package transform

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("date_parts", func() Transform { return new(dateParts) })

// dateParts turns dates and times into numbers.
type dateParts struct {
	parts  []string
	cyclic bool
	format string
	layout string
}

// datePart is a number of a time: from least on, of which there are so many before it begins anew; 0 where it never does.
type datePart struct {
	of            func(t time.Time) int
	least, number int
}

var dateKinds = map[string]datePart{
	"year":        {time.Time.Year, 0, 0},
	"quarter":     {func(t time.Time) int { return (int(t.Month())-1)/3 + 1 }, 1, 4},
	"month":       {func(t time.Time) int { return int(t.Month()) }, 1, 12},
	"week":        {func(t time.Time) int { _, w := t.ISOWeek(); return w }, 1, 53},
	"day":         {time.Time.Day, 1, 31},
	"weekday":     {func(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }, 0, 7},
	"day_of_year": {time.Time.YearDay, 1, 366},
	"hour":        {time.Time.Hour, 0, 24},
	"minute":      {time.Time.Minute, 0, 60},
	"second":      {time.Time.Second, 0, 60},
}

func (t *dateParts) Schema(b *schema.Block) {
	b.Doc("Turns dates and times into numbers: years, months, days, hours.", "dlrun",
		"Parts are year, quarter, month, week (of ISO 8601), day, weekday (Monday is 0), day_of_year, hour, minute and second, as the text has them: times are not moved to another zone.")
	b.Strings(&t.parts, "parts", "The numbers to make, in this order.", schema.Default([]string{"year", "month", "day", "weekday"}))
	b.Bool(&t.cyclic, "cyclic", "Make sine and cosine of each part that begins anew, so that December is next to January.", schema.Default(false))
	b.String(&t.format, "format", `How dates are written, as in "%d.%m.%Y %H:%M". Default: as ISO 8601, the time left out or not.`, schema.Optional())
}

// directives are those of strftime that are read.
var directives = strings.NewReplacer("%Y", "2006", "%y", "06", "%m", "01", "%d", "02", "%H", "15", "%I", "03", "%p", "PM", "%M", "04", "%S", "05",
	"%b", "Jan", "%B", "January", "%a", "Mon", "%A", "Monday", "%z", "-0700", "%%", "%")

// Validate checks the parts and the format.
func (t *dateParts) Validate() error {
	if len(t.parts) == 0 {
		return schema.Atf("parts", "the list is empty")
	}
	for i, p := range t.parts {
		var known []string
		for k := range dateKinds {
			known = append(known, k)
		}
		slices.Sort(known)
		if _, ok := dateKinds[p]; !ok {
			return schema.Atf("parts", "%q is no part of a date.%s", p, schema.Suggest(p, known))
		}
		if slices.Contains(t.parts[:i], p) {
			return schema.Atf("parts", "%q is listed twice", p)
		}
	}
	if t.format != "" {
		if t.layout = directives.Replace(t.format); strings.Contains(t.layout, "%") {
			return schema.Atf("format", "of %%Y %%y %%m %%d %%H %%I %%p %%M %%S %%b %%B %%a %%A %%z there is none like in %q", t.format)
		}
	}
	return nil
}

// Takes asks for text.
func (t *dateParts) Takes() column.Kind { return column.String }

// width is how many numbers a date becomes.
func (t *dateParts) width() int {
	n := len(t.parts)
	if t.cyclic {
		for _, p := range t.parts {
			if dateKinds[p].number > 0 {
				n++
			}
		}
	}
	return n
}

func (t *dateParts) Out(in column.Field) (column.Field, error) {
	if in.Kind != column.String && in.Kind != column.Unknown {
		return in, fmt.Errorf("it takes dates as text, and column %q holds %s", in.Name, in.Kind)
	}
	if !in.Known {
		return in.WithKind(column.Float32), nil
	}
	return in.With(column.Float32, append(slices.Clone(in.Shape), t.width())), nil
}

// CanFail is true: a text may be no date.
func (t *dateParts) CanFail() bool { return true }

// isoLayouts are what is read without a format.
var isoLayouts = []string{"2006-01-02", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04", "2006-01-02 15:04", "20060102", "20060102T150405"}

func (t *dateParts) time(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if t.layout != "" {
		d, err := time.Parse(t.layout, s)
		if err != nil {
			err = fmt.Errorf("%q is no date as %q", s, t.format)
		}
		return d, err
	}
	for _, l := range isoLayouts {
		if d, err := time.Parse(l, s); err == nil {
			return d, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date as in 2024-02-29 or 2024-02-29T23:59:00; format says how others are written", s)
}

func (t *dateParts) Apply(dst, src *column.Values) error {
	out := dst.F32[:0]
	for i, s := range src.Str {
		d, err := t.time(s)
		if err != nil {
			return &column.RowError{Row: i / max(1, src.Size()), Err: err}
		}
		for _, p := range t.parts {
			k := dateKinds[p]
			if n := k.of(d); !t.cyclic || k.number == 0 {
				out = append(out, float32(n))
			} else {
				angle := 6.283185307179586 * (float64(n-k.least) / float64(k.number))
				out = append(out, float32(f32vec.Sin64(angle)), float32(f32vec.Cos64(angle)))
			}
		}
	}
	return nil
}
