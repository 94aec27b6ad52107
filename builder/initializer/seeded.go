package initializer

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

// seeded is embedded by initializers that draw random numbers.
type seeded struct{ seed *int }

func (s *seeded) bind(b *schema.Block) {
	b.OptInt(&s.seed, "seed", "Seed of its own; without one the run's seed is used.")
}

// random is the sequence that the weight of key gets.
func (s *seeded) random(key Key) philox.Key {
	if s.seed != nil {
		key.Seed = uint64(int64(*s.seed))
	}
	return philox.NewKey(key.Seed).Derive(key.Stream)
}
