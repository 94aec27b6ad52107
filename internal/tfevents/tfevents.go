// Package tfevents writes the event files that TensorBoard shows.
//
// A file is a sequence of records: the length of the data as eight bytes, a check sum of these, the data, a check sum of that. The data is
// an Event of TensorFlow's protocol buffers (tensorflow/core/util/event.proto), of which this package writes the few fields that a
// number, a histogram or an image needs. The forms are those of tf.summary, version 2: a tensor, and the name of
// the plugin that shows it.
package tfevents

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"strconv"
	"time"
)

// At is when an event happened: the step it belongs to, and the time of day.
type At struct {
	Step int64
	Time time.Time
}

// The element types of tensors, as tensorflow/core/framework/types.proto numbers them.
const (
	float32s = 1
	float64s = 2
	strings  = 7
)

// The kinds of what a plugin shows, as tensorflow/core/framework/summary.proto numbers them.
const (
	classScalar = 1
	classTensor = 2
	classBlobs  = 3
)

// Version is the record that every file begins with.
func Version(at At) []byte { return record(text(event(at), 3, "brain.Event:2")) }

// Scalar is a record of one number.
func Scalar(at At, tag string, v float32) []byte {
	t := number(nil, 1, float32s)
	t = bytes(t, 2, nil) // the shape: no axes
	t = bytes(t, 5, binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
	return summary(at, tag, "scalars", classScalar, t)
}

// buckets is how many parts a histogram has, as in TensorBoard.
const buckets = 30

// Histogram is a record of how values are spread: over 30 parts of the same width from the smallest to the largest. What is not finite
// is left out.
func Histogram(at At, tag string, values []float32) []byte {
	low, high, n := math.Inf(1), math.Inf(-1), 0
	for _, v := range values {
		if x := float64(v); x-x == 0 {
			low, high, n = min(low, x), max(high, x), n+1
		}
	}
	var rows [buckets][3]float64
	switch {
	case n > 0 && low == high: // of one value the last part holds all
		for i := range rows {
			rows[i] = [3]float64{high, high, 0}
		}
		rows[buckets-1][2] = float64(n)
	case n > 0:
		width := (high - low) / buckets
		for i := range rows {
			rows[i][0], rows[i][1] = low+float64(float64(i)*width), low+float64(float64(i+1)*width)
		}
		rows[buckets-1][1] = high
		for _, v := range values {
			if x := float64(v); x-x == 0 {
				rows[min(int((x-low)/width), buckets-1)][2]++
			}
		}
	}
	var content []byte
	for _, row := range rows {
		for _, x := range row {
			content = binary.LittleEndian.AppendUint64(content, math.Float64bits(x))
		}
	}
	t := number(nil, 1, float64s)
	t = bytes(t, 2, axes(buckets, 3))
	t = bytes(t, 4, content)
	return summary(at, tag, "histograms", classTensor, t)
}

// Images is a record of images of one size, each encoded as PNG.
func Images(at At, tag string, width, height int, images [][]byte) []byte {
	t := number(nil, 1, strings)
	t = bytes(t, 2, axes(2+len(images)))
	t = text(text(t, 8, strconv.Itoa(width)), 8, strconv.Itoa(height))
	for _, png := range images {
		t = bytes(t, 8, png)
	}
	return summary(at, tag, "images", classBlobs, t)
}

// axes is the shape of a tensor.
func axes(sizes ...int) []byte {
	var out []byte
	for _, n := range sizes {
		out = bytes(out, 2, number(nil, 1, uint64(n)))
	}
	return out
}

// event begins an event.
func event(at At) []byte {
	b := binary.LittleEndian.AppendUint64([]byte{1<<3 | 1}, math.Float64bits(float64(at.Time.UnixNano())/1e9))
	return number(b, 2, uint64(at.Step))
}

// summary is a record of a tensor.
func summary(at At, tag, plugin string, class uint64, tensor []byte) []byte {
	meta := number(bytes(nil, 1, text(nil, 1, plugin)), 4, class)
	value := bytes(bytes(text(nil, 1, tag), 9, meta), 8, tensor)
	return record(bytes(event(at), 5, bytes(nil, 1, value)))
}

// record frames an event.
func record(data []byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	out = binary.LittleEndian.AppendUint32(out, masked(out))
	out = append(out, data...)
	return binary.LittleEndian.AppendUint32(out, masked(data))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the check sum of records: CRC-32C, turned by 15 bits and shifted, so that a check sum of data that hold
// check sums is no trouble.
func masked(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// number appends field k of a protocol buffer, a whole number.
func number(b []byte, k int, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(k)<<3), v)
}

// bytes appends field k, some bytes: a string, a message, or packed numbers.
func bytes(b []byte, k int, v []byte) []byte {
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(k)<<3|2), uint64(len(v)))
	return append(b, v...)
}

// text is bytes of a string.
func text(b []byte, k int, v string) []byte { return bytes(b, k, []byte(v)) }
