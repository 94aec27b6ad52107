package schedule

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("one_cycle", func() Schedule { return new(oneCycle) })

// oneCycle rises to a high learning rate and falls far below where it began (Smith and Topin, 2017,
// arXiv:1708.07120), with the phases of torch.optim.lr_scheduler.OneCycleLR.
type oneCycle struct {
	highest, steps  float64
	rise            float64
	linear          string
	divide, divide2 float64
	three           bool
}

func (s *oneCycle) Schema(b *schema.Block) {
	b.Doc("Rises to its highest and falls far below where it began, once over the whole training.", "torch.optim.lr_scheduler.OneCycleLR",
		"After the last step it stays where it is.")
	b.Float(&s.highest, "max_learning_rate", "Highest learning rate.", schema.AtLeast(0))
	b.Float(&s.steps, "total_steps", "Steps of the whole cycle, as steps_per_epoch times the epochs.", schema.AtLeast(2), schema.MayBeUnknown())
	b.Float(&s.rise, "pct_start", "Share of the steps in which it rises.", schema.Default(0.3), schema.Above(0), schema.Below(1))
	b.Enum(&s.linear, "anneal_strategy", "Along half a period of the cosine, or a straight line.", []string{"cos", "linear"}, schema.Default("cos"))
	b.Float(&s.divide, "div_factor", "Highest learning rate over that of the first step.", schema.Default(25.0), schema.Above(0))
	b.Float(&s.divide2, "final_div_factor", "Learning rate of the first step over that of the last.", schema.Default(1e4), schema.Above(0))
	b.Bool(&s.three, "three_phase", "Whether it falls to the first step's in as many steps as it rises, and then further.", schema.Default(false))
}

// At is the learning rate after so many steps.
func (s *oneCycle) At(step int) float64 {
	first := s.highest / s.divide
	type phase struct{ end, from, to float64 }
	last := phase{s.steps - 1, s.highest, first / s.divide2}
	phases := []phase{{s.rise*s.steps - 1, first, s.highest}, last}
	if s.three {
		phases = []phase{{s.rise*s.steps - 1, first, s.highest}, {float64(2*s.rise*s.steps) - 2, s.highest, first}, {last.end, first, last.to}}
	}
	at, start := min(float64(step), s.steps-1), 0.0
	for i, p := range phases {
		if at > p.end && i < len(phases)-1 {
			start = p.end
			continue
		}
		share := 1.0
		if p.end > start {
			share = (at - start) / (p.end - start)
		}
		if s.linear == "linear" {
			return p.from + float64((p.to-p.from)*share)
		}
		return p.to + float64((p.from-p.to)*cosine(share))
	}
	return last.to
}
