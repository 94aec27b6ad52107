// Package run is the durable side of a training run: everything that stays on the disk when the process is gone.
//
//   - A run directory ([Dir]) belongs to one run and is held by a lock while it is open.
//   - The manifest ([Manifest]) says what was run: configuration, seed, versions, hashes of every input, machine,
//     and how it ended.
//   - The logs ([Logs]) are metrics.jsonl (a line per epoch), history.csv (the same as a table) and steps.jsonl.
//   - A checkpoint ([Checkpoint]) is all state that survives a step, in one file under checkpoints/.
//   - The bundle ([Bundle], model.dlrun) is what a prediction needs, and nothing executable.
//
// Checkpoint and bundle are archives: zip files whose entries are stored, not compressed, and whose index gives each
// entry's size and SHA-256. Nothing is used that has not been checked against its hash, and the same content gives the
// same bytes. Every file is replaced whole (package durable), so a kill at any moment leaves the last good state.
//
// The package reads no clock, environment or flags; times and facts about the machine are given to it.
package run
