"""An interpolated 6-gram over tokens, as a baseline: absolute discounting, one order at a time.

Counts live in sorted arrays of 64-bit hashes, so that tens of millions of tokens fit in memory.
"""

import numpy

ORDER = 6
DISCOUNT = 0.75
MULTIPLIER = numpy.uint64(0x9E3779B97F4A7C15)


def hashes(tokens: numpy.ndarray, order: int) -> numpy.ndarray:
    """Hash of each n-gram; entry i covers tokens[i : i + order]."""
    count = len(tokens) - order + 1
    value = numpy.zeros(count, dtype=numpy.uint64)
    for offset in range(order):
        value = (value + tokens[offset:offset + count].astype(numpy.uint64) + numpy.uint64(1)) * MULTIPLIER
        value ^= value >> numpy.uint64(29)
    return value


def counts_of(keys: numpy.ndarray, table: numpy.ndarray, counts: numpy.ndarray) -> numpy.ndarray:
    """Count of each key in a sorted table, 0 where absent."""
    place = numpy.minimum(numpy.searchsorted(table, keys), len(table) - 1)
    return numpy.where(table[place] == keys, counts[place], 0)


def probabilities(training: numpy.ndarray, test: numpy.ndarray, vocabulary: int) -> numpy.ndarray:
    """P(test[i] | up to 5 tokens before it) for every i, from the counts of the training tokens."""
    result = numpy.full(len(test), 1.0 / vocabulary)
    for order in range(1, ORDER + 1):
        grams, first, counts = numpy.unique(hashes(training, order), return_index=True, return_counts=True)
        here = slice(order - 1, None)
        gram_counts = counts_of(hashes(test, order), grams, counts)
        if order == 1:
            total, kinds = numpy.full(len(test), len(training)), numpy.full(len(test), len(grams))
        else:
            context_hashes = hashes(training, order - 1)
            contexts, context_counts = numpy.unique(context_hashes[:len(training) - order + 1], return_counts=True)
            kinds_of = numpy.zeros(len(contexts), dtype=numpy.int64)
            numpy.add.at(kinds_of, numpy.searchsorted(contexts, context_hashes[first]), 1)
            keys = hashes(test, order - 1)[:len(test) - order + 1]
            total, kinds = counts_of(keys, contexts, context_counts), counts_of(keys, contexts, kinds_of)
        seen = total > 0
        divisor = numpy.maximum(total, 1)
        mixed = numpy.maximum(gram_counts - DISCOUNT, 0) / divisor + DISCOUNT * kinds / divisor * result[here]
        result[here] = numpy.where(seen, mixed, result[here])
    return result
