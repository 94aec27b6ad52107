"""The splits that dlrun makes of rows: Philox4x32-10 keyed by seed, as internal/kernel/philox and pipeline/split.go have it."""

import numpy as np

MASK = np.uint64(0xFFFFFFFF)


def philox(key, counter):
    """The four words of each counter, a list of four arrays or numbers."""
    c = [np.asarray(x, np.uint64) for x in counter]
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    for _ in range(10):
        p, q = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(q >> np.uint64(32)) ^ c[1] ^ k0, q & MASK, (p >> np.uint64(32)) ^ c[3] ^ k1, p & MASK]
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & MASK, (k1 + np.uint64(0xBB67AE85)) & MASK
    return c


def numbers(n, seed):
    """A number of 64 bits for each of n rows."""
    tag, stream = 0x64726C6E, 0x5350_4C49
    w = philox(((seed & 0xFFFFFFFF) ^ tag, seed >> 32), (stream, 0, 0, 0))
    rows = np.arange(n, dtype=np.uint64)
    zero = np.zeros(n, np.uint64)
    b = philox((w[0], w[1]), (rows // np.uint64(2), zero, zero + w[2], zero + w[3]))
    odd = rows % np.uint64(2) == 1
    return np.where(odd, b[2] | b[3] << np.uint64(32), b[0] | b[1] << np.uint64(32))


def by_row(n, seed, validation, test):
    """Row numbers of train, validation and test."""
    u = (numbers(n, seed) >> np.uint64(11)) * 2.0**-53
    held, rows = test + validation, np.arange(n)
    return rows[u >= held], rows[(u >= test) & (u < held)], rows[u < test]


def by_class(classes, seed, validation, test=0.0):
    """The same, each class divided in the same shares."""
    u, parts = numbers(len(classes), seed), ([], [], [])
    for c in np.unique(classes):
        rows = np.flatnonzero(classes == c)
        rows = rows[np.argsort(u[rows], kind="stable")]
        t = int(np.floor(len(rows) * test + 0.5))
        v = min(int(np.floor(len(rows) * validation + 0.5)), len(rows) - t)
        for part, some in zip(parts, (rows[t + v :], rows[t : t + v], rows[:t])):
            part.append(some)
    return tuple(np.sort(np.concatenate(p)) for p in parts)
