package main

import (
	"testing"
	"time"
)

func TestWaitText(t *testing.T) {
	for _, c := range []struct {
		waited, of, all time.Duration
		want            string
	}{
		{time.Second, 4 * time.Second, time.Second, " - waiting for data 25%"},
		{50 * time.Millisecond, 100 * time.Millisecond, 3 * time.Second, " - waiting for data 50%"},
		{50 * time.Millisecond, 100 * time.Millisecond, 400 * time.Millisecond, ""}, // too little to speak of
		{time.Second, 11 * time.Second, time.Second, ""},
		{time.Second, 0, time.Second, ""},
	} {
		if got := waitText(c.waited, c.of, c.all); got != c.want {
			t.Errorf("%v of %v: %q, not %q", c.waited, c.of, got, c.want)
		}
	}
}
