"""The layers of a Llama-like model for one token in each row, as one compiled walk. Imports numba.

    each layer: norm, query·key·value ─▶ attention ─▶ output ─▶ norm, gate·up ─▶ down     then: norm, logits

Every arrow is the end of a phase (shared_walk). Whatever stands between weights is computed in 32 bit. Rows
are padded to what row_products multiply; attention leaves padded rows out.
"""

# mypy: ignore-errors
# numba infers the types of what it compiles.

from typing import Any, NamedTuple

import numpy as np
from numba import carray, types
from numba.extending import intrinsic

from generation.compiled_code import compiled
from generation.row_products import multiply, rounded, widened
from generation.shared_walk import await_others, next_piece, piece_done

PHASES_A_LAYER = 5
# Large enough for eight readers of it to be far from each other, small enough to share evenly.
_PIECE_BYTES = 2**17
_QUERY, _KEY, _VALUE, _OUT, _GATE, _UP, _DOWN = range(7)

Array = Any


class Sizes(NamedTuple):
    """Numbers that are the same in every layer."""

    heads: int
    kv_heads: int
    head_width: int
    epsilon: float
    scaling: float


class Weights(NamedTuple):
    """Where the seven matrices of each layer lie, with a scale and a bias for each output, and norms."""

    addresses: Array
    """(layers, 7): query, key, value, output, gate, up, down."""
    scales: Array
    """(layers, outputs of the seven one after the other)."""
    biases: Array
    """As `scales`."""
    norms: Array
    """(layers + 1, 2, hidden): before attention and after it; the last one, twice, before the logits."""
    head_norms: Array
    """(layers, 2, head width): of queries and of keys; empty where there are none."""
    head: Array
    """(vocabulary, hidden), of the same type as the seven."""
    head_scale: Array
    """(vocabulary,)."""


class Buffers(NamedTuple):
    """What a step computes, each (rows, …)."""

    states: Array
    attention_inputs: Array
    mixed: Array
    gated: Array
    raised: Array
    added: Array
    logits: Array


class Window(NamedTuple):
    """The columns of the cache that are in use, and what depends on a row's position."""

    addresses: Array
    """(layers, 2): where keys and values lie."""
    like: Array
    """An empty array of their type."""
    columns: int
    end: int
    """One behind the column of the new token; a row's text begins its length and one before."""
    lengths: Array
    """(rows,): without the new token."""
    cos: Array
    sin: Array


@compiled
def walk_layers(sizes, weights, buffers, window, counters):
    """One thread's way: from buffers.states to buffers.logits."""
    normed = np.empty_like(buffers.states)
    hidden, inner = buffers.states.shape[1], buffers.gated.shape[1]
    inputs, mixed = buffers.attention_inputs.shape[1], buffers.mixed.shape[1]
    for layer in range(len(weights.addresses)):
        phase, places = layer * PHASES_A_LAYER, weights.addresses[layer]
        scales, biases = weights.scales[layer], weights.biases[layer]
        _project(sizes, weights, buffers, layer, normed, counters, phase)
        _attend(sizes, weights, buffers, window, layer, counters, phase + 1)
        matrix = _matrix(places[_OUT], weights.head, hidden, mixed)
        behind = inputs + hidden
        _add(
            matrix, buffers.mixed, buffers, scales[inputs:behind], biases[inputs:behind], counters, phase + 2
        )
        _gate(sizes, weights, buffers, layer, behind, normed, counters, phase + 3)
        matrix = _matrix(places[_DOWN], weights.head, hidden, inner)
        behind += 2 * inner
        _add(matrix, buffers.gated, buffers, scales[behind:], biases[behind:], counters, phase + 4)
    _head(sizes, weights, buffers, normed, counters, len(weights.addresses) * PHASES_A_LAYER)


@compiled
def _project(sizes, weights, buffers, layer, normed, counters, phase):
    """Queries, keys and values: pieces of three matrices, one after the other."""
    hidden, result = buffers.states.shape[1], buffers.attention_inputs
    queries, others = sizes.heads * sizes.head_width, sizes.kv_heads * sizes.head_width
    per_query, per_other = _pieces(queries, hidden, weights.head), _pieces(others, hidden, weights.head)
    pieces = per_query + 2 * per_other
    piece = next_piece(counters, phase)
    if piece < pieces:
        _norm(buffers.states, weights.norms[layer, 0], sizes.epsilon, normed)
    while piece < pieces:
        if piece < per_query:
            which, number, outputs, before, count = _QUERY, piece, queries, 0, per_query
        elif piece < per_query + per_other:
            which, number, outputs, before, count = _KEY, piece - per_query, others, queries, per_other
        else:
            number = piece - per_query - per_other
            which, outputs, before, count = _VALUE, others, queries + others, per_other
        start, end = outputs * number // count, outputs * (number + 1) // count
        matrix = _matrix(weights.addresses[layer, which], weights.head, outputs, hidden)
        multiply(matrix, normed, result[:, before : before + outputs], start, end)
        _finish(result, weights.scales[layer], weights.biases[layer], before + start, before + end)
        piece_done(counters, phase)
        piece = next_piece(counters, phase)
    await_others(counters, phase, pieces)


@compiled
def _attend(sizes, weights, buffers, window, layer, counters, phase):
    """A piece is one row's group of heads that share keys and values, which become the row's last column."""
    rows, width = len(window.lengths), sizes.head_width
    group, queries = sizes.heads // sizes.kv_heads, sizes.heads * sizes.head_width
    shape = (rows, sizes.kv_heads, window.columns, width)
    keys = carray(_pointer(window.addresses[layer, 0], window.like), shape)
    values = carray(_pointer(window.addresses[layer, 1], window.like), shape)
    pieces = rows * sizes.kv_heads
    piece = next_piece(counters, phase)
    while piece < pieces:
        row, kv_head = piece // sizes.kv_heads, piece % sizes.kv_heads
        inputs = buffers.attention_inputs[row]
        cos, sin = window.cos[row], window.sin[row]
        at_key = queries + kv_head * width
        at_value = at_key + sizes.kv_heads * width
        key = inputs[at_key : at_key + width]
        if weights.head_norms.shape[2]:
            _norm_one(key, weights.head_norms[layer, 1], sizes.epsilon, key)
        _turn(key, cos, sin)
        for index in range(width):
            keys[row, kv_head, window.end - 1, index] = rounded(key[index], window.like)
            values[row, kv_head, window.end - 1, index] = rounded(inputs[at_value + index], window.like)
        start = window.end - 1 - window.lengths[row]
        own_keys, own_values = (
            keys[row, kv_head, start : window.end],
            values[row, kv_head, start : window.end],
        )
        for head in range(kv_head * group, (kv_head + 1) * group):
            query = inputs[head * width : (head + 1) * width]
            if weights.head_norms.shape[2]:
                _norm_one(query, weights.head_norms[layer, 0], sizes.epsilon, query)
            _turn(query, cos, sin)
            mixed = buffers.mixed[row, head * width : (head + 1) * width]
            _mix(query, own_keys, own_values, sizes.scaling, mixed)
        piece_done(counters, phase)
        piece = next_piece(counters, phase)
    await_others(counters, phase, pieces)


@compiled
def _gate(sizes, weights, buffers, layer, before, normed, counters, phase):
    """gated = silu(gate · states) × (up · states)."""
    hidden, inner = buffers.states.shape[1], buffers.gated.shape[1]
    gate = _matrix(weights.addresses[layer, _GATE], weights.head, inner, hidden)
    up = _matrix(weights.addresses[layer, _UP], weights.head, inner, hidden)
    scales, biases = weights.scales[layer, before:], weights.biases[layer, before:]
    pieces = _pieces(inner, hidden, weights.head)
    piece = next_piece(counters, phase)
    if piece < pieces:
        _norm(buffers.states, weights.norms[layer, 1], sizes.epsilon, normed)
    while piece < pieces:
        start, end = inner * piece // pieces, inner * (piece + 1) // pieces
        multiply(gate, normed, buffers.gated, start, end)
        multiply(up, normed, buffers.raised, start, end)
        _finish(buffers.gated, scales, biases, start, end)
        _finish(buffers.raised, scales[inner:], biases[inner:], start, end)
        for row in range(len(normed)):
            for index in range(start, end):
                value = buffers.gated[row, index]
                buffers.gated[row, index] = (
                    value / (np.float32(1) + np.exp(-value)) * buffers.raised[row, index]
                )
        piece_done(counters, phase)
        piece = next_piece(counters, phase)
    await_others(counters, phase, pieces)


@compiled
def _add(matrix, rows, buffers, scales, biases, counters, phase):
    """states += rows · matrix."""
    pieces = _pieces(matrix.shape[0], matrix.shape[1], matrix)
    piece = next_piece(counters, phase)
    while piece < pieces:
        start, end = len(matrix) * piece // pieces, len(matrix) * (piece + 1) // pieces
        multiply(matrix, rows, buffers.added, start, end)
        _finish(buffers.added, scales, biases, start, end)
        buffers.states[:, start:end] += buffers.added[:, start:end]
        piece_done(counters, phase)
        piece = next_piece(counters, phase)
    await_others(counters, phase, pieces)


@compiled
def _head(sizes, weights, buffers, normed, counters, phase):
    vocabulary, hidden = weights.head.shape
    pieces = _pieces(vocabulary, hidden, weights.head)
    piece = next_piece(counters, phase)
    if piece < pieces:
        _norm(buffers.states, weights.norms[-1, 0], sizes.epsilon, normed)
    while piece < pieces:
        start, end = vocabulary * piece // pieces, vocabulary * (piece + 1) // pieces
        multiply(weights.head, normed, buffers.logits, start, end)
        buffers.logits[:, start:end] *= weights.head_scale[start:end]
        piece_done(counters, phase)
        piece = next_piece(counters, phase)
    await_others(counters, phase, pieces)


@compiled
def _mix(query, keys, values, scaling, result):
    """Attention of one head: result = softmax(scaling × keys · query) · values. (tokens, width) each."""
    weights = np.empty(len(keys), np.float32)
    largest = np.float32(-np.inf)
    for token in range(len(keys)):
        score = np.float32(0)
        for index in range(len(query)):
            score += query[index] * widened(keys[token, index])
        weights[token] = score * np.float32(scaling)
        largest = max(largest, weights[token])
    total = np.float32(0)
    result[:] = 0
    for token in range(len(keys)):
        weight = np.exp(weights[token] - largest)
        total += weight
        for index in range(len(result)):
            result[index] += weight * widened(values[token, index])
    for index in range(len(result)):
        result[index] /= total


@compiled
def _turn(states, cos, sin):
    """Rotary embedding in place (Su et al. 2021, arXiv:2104.09864; halves as in Llama)."""
    half = len(states) // 2
    for index in range(half):
        first, second = states[index], states[index + half]
        states[index] = first * cos[index] - second * sin[index]
        states[index + half] = second * cos[index + half] + first * sin[index + half]


@compiled
def _norm(states, weight, epsilon, result):
    for row in range(len(states)):
        _norm_one(states[row], weight, epsilon, result[row])


@compiled
def _norm_one(states, weight, epsilon, result):
    """Root mean square normalisation (Zhang and Sennrich 2019, arXiv:1910.07467)."""
    total = np.float32(0)
    for index in range(len(states)):
        total += states[index] * states[index]
    factor = np.float32(1) / np.sqrt(total / np.float32(len(states)) + np.float32(epsilon))
    for index in range(len(states)):
        result[index] = states[index] * factor * weight[index]


@compiled
def _finish(result, scales, biases, start, end):
    for row in range(len(result)):
        for index in range(start, end):
            result[row, index] = result[row, index] * scales[index] + biases[index]


@compiled
def _pieces(outputs, inputs, like):
    """Into how many pieces a matrix is divided: many are a multiple of the usual numbers of threads."""
    pieces = outputs * inputs * like.itemsize // _PIECE_BYTES
    return pieces - pieces % 8 if pieces > 8 else max(1, pieces)


@compiled
def _matrix(address, like, outputs, inputs):
    return carray(_pointer(address, like), (outputs, inputs))


@intrinsic
def _pointer(_: Any, address: Any, like: Any) -> Any:
    """To items of an array's type, from an address as a number."""
    pointer = types.CPointer(like.dtype)

    def generate(context: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(pointer))

    return pointer(address, like), generate
