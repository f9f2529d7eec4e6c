"""Products of a few rows with a matrix at the speed of memory, compiled by numba. Imports numba.

With few rows a CPU waits for weights, not for arithmetic. One reader that goes through a matrix row by row
got half of the memory bandwidth that several readers got, far enough apart for the prefetcher to follow each
(docs/lab-notes.md); so eight outputs are computed at once, each from its own part of the matrix.
"""

# mypy: ignore-errors
# numba infers the types of what it compiles.

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from generation.compiled_code import compiled

LEAST_ROWS = 4
"""More than one row are padded to a multiple of so many, and computed in groups of eight and of so many."""


@intrinsic
def widened(_: Any, value: Any) -> Any:
    """A weight as float32: of float32, of int8, or of bfloat16 as the uint16 with its bits."""

    def generate(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        if value == types.float32:
            return arguments[0]
        if value == types.int8:
            return builder.sitofp(arguments[0], ir.FloatType())
        bits = builder.shl(builder.zext(arguments[0], ir.IntType(32)), ir.Constant(ir.IntType(32), 16))
        return builder.bitcast(bits, ir.FloatType())

    return types.float32(value), generate


@intrinsic
def _bits(_: Any, value: Any) -> Any:
    def generate(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(32))

    return types.uint32(value), generate


@compiled
def rounded(value, like):
    """A float32 as an array like this one stores it: itself, or bfloat16 rounded to the nearest even."""
    if like.itemsize == 4:
        return value
    bits = _bits(value)
    return np.uint16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16))


@compiled
def multiply(weight, rows, result, start, end):
    """result[:, start:end] = rows · weight[start:end]ᵀ for one row, or for a multiple of LEAST_ROWS.

    `weight` has shape (out, in) and a type that `widened` knows; `rows` (n, in) and `result` (n, out) are
    float32.
    """
    if len(rows) == 1:
        _multiply_one(weight, rows[0], result[0], start, end)
    else:
        eights = len(rows) - len(rows) % 8
        for first in range(0, eights, 8):
            _multiply_eight(weight, rows[first : first + 8], result[first : first + 8], start, end)
        for first in range(eights, len(rows), LEAST_ROWS):
            _multiply_four(weight, rows[first : first + 4], result[first : first + 4], start, end)


@compiled
def _multiply_one(weight, row, result, start, end):
    part = -(-(end - start) // 8)
    last = end - 1
    for first in range(start, start + part):
        # Where a part would go beyond the end, its last output is computed again.
        a, b = first, min(first + part, last)
        c, d = min(first + 2 * part, last), min(first + 3 * part, last)
        e, f = min(first + 4 * part, last), min(first + 5 * part, last)
        g, h = min(first + 6 * part, last), min(first + 7 * part, last)
        at_a = at_b = at_c = at_d = at_e = at_f = at_g = at_h = np.float32(0)
        for k in range(len(row)):
            value = row[k]
            at_a += widened(weight[a, k]) * value
            at_b += widened(weight[b, k]) * value
            at_c += widened(weight[c, k]) * value
            at_d += widened(weight[d, k]) * value
            at_e += widened(weight[e, k]) * value
            at_f += widened(weight[f, k]) * value
            at_g += widened(weight[g, k]) * value
            at_h += widened(weight[h, k]) * value
        result[a], result[b], result[c], result[d] = at_a, at_b, at_c, at_d
        result[e], result[f], result[g], result[h] = at_e, at_f, at_g, at_h


@compiled
def _multiply_four(weight, rows, result, start, end):
    """Four rows and four outputs at once: as many sums as registers hold."""
    part = -(-(end - start) // 4)
    last = end - 1
    for first in range(start, start + part):
        a, b = first, min(first + part, last)
        c, d = min(first + 2 * part, last), min(first + 3 * part, last)
        a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = np.float32(0)
        c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = np.float32(0)
        for k in range(rows.shape[1]):
            of_a, of_b = widened(weight[a, k]), widened(weight[b, k])
            of_c, of_d = widened(weight[c, k]), widened(weight[d, k])
            value = rows[0, k]
            a0, b0, c0, d0 = a0 + of_a * value, b0 + of_b * value, c0 + of_c * value, d0 + of_d * value
            value = rows[1, k]
            a1, b1, c1, d1 = a1 + of_a * value, b1 + of_b * value, c1 + of_c * value, d1 + of_d * value
            value = rows[2, k]
            a2, b2, c2, d2 = a2 + of_a * value, b2 + of_b * value, c2 + of_c * value, d2 + of_d * value
            value = rows[3, k]
            a3, b3, c3, d3 = a3 + of_a * value, b3 + of_b * value, c3 + of_c * value, d3 + of_d * value
        result[0, a], result[1, a], result[2, a], result[3, a] = a0, a1, a2, a3
        result[0, b], result[1, b], result[2, b], result[3, b] = b0, b1, b2, b3
        result[0, c], result[1, c], result[2, c], result[3, c] = c0, c1, c2, c3
        result[0, d], result[1, d], result[2, d], result[3, d] = d0, d1, d2, d3


@compiled
def _multiply_eight(weight, rows, result, start, end):
    """Eight rows and three outputs at once: each weight is read and widened once for all of them."""
    part = -(-(end - start) // 3)
    last = end - 1
    for first in range(start, start + part):
        a, b, c = first, min(first + part, last), min(first + 2 * part, last)
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = np.float32(0)
        b0 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = np.float32(0)
        c0 = c1 = c2 = c3 = c4 = c5 = c6 = c7 = np.float32(0)
        for k in range(rows.shape[1]):
            of_a, of_b, of_c = widened(weight[a, k]), widened(weight[b, k]), widened(weight[c, k])
            value = rows[0, k]
            a0, b0, c0 = a0 + of_a * value, b0 + of_b * value, c0 + of_c * value
            value = rows[1, k]
            a1, b1, c1 = a1 + of_a * value, b1 + of_b * value, c1 + of_c * value
            value = rows[2, k]
            a2, b2, c2 = a2 + of_a * value, b2 + of_b * value, c2 + of_c * value
            value = rows[3, k]
            a3, b3, c3 = a3 + of_a * value, b3 + of_b * value, c3 + of_c * value
            value = rows[4, k]
            a4, b4, c4 = a4 + of_a * value, b4 + of_b * value, c4 + of_c * value
            value = rows[5, k]
            a5, b5, c5 = a5 + of_a * value, b5 + of_b * value, c5 + of_c * value
            value = rows[6, k]
            a6, b6, c6 = a6 + of_a * value, b6 + of_b * value, c6 + of_c * value
            value = rows[7, k]
            a7, b7, c7 = a7 + of_a * value, b7 + of_b * value, c7 + of_c * value
        result[0, a], result[1, a], result[2, a], result[3, a] = a0, a1, a2, a3
        result[4, a], result[5, a], result[6, a], result[7, a] = a4, a5, a6, a7
        result[0, b], result[1, b], result[2, b], result[3, b] = b0, b1, b2, b3
        result[4, b], result[5, b], result[6, b], result[7, b] = b4, b5, b6, b7
        result[0, c], result[1, c], result[2, c], result[3, c] = c0, c1, c2, c3
        result[4, c], result[5, c], result[6, c], result[7, c] = c4, c5, c6, c7
