"""Drawing next tokens. All chance is one uniform number a token, so a seed fixes a text."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

# Sorting 150,000 tokens takes longer than a small model's step, and a nucleus is rarely so wide.
_LIKELIEST = 128


def draw_token(logits: Tensor, temperature: float, top_p: float, uniform: float) -> int:
    """Draw from softmax(logits / temperature), cut to the nucleus of mass `top_p`.

    `logits` has shape (vocabulary,). Temperature 0 takes the likeliest token. The nucleus is the
    smallest set of likeliest tokens whose mass reaches `top_p` (Holtzman et al. 2020, "The
    Curious Case of Neural Text Degeneration", section 3.1). The draw inverts the cumulative
    distribution at `uniform` in [0, 1): the number comes from outside, so the same seed gives
    the same text on any device and whatever else is being written.
    """
    return draw_tokens(logits[None], [temperature], [top_p], [uniform])[0]


def draw_tokens(
    logits: Tensor, temperatures: Sequence[float], top_ps: Sequence[float], uniforms: Sequence[float]
) -> list[int]:
    """`draw_token` for each row of `logits` (rows, vocabulary)."""
    tokens = [0] * len(logits)
    greedy = [row for row, temperature in enumerate(temperatures) if temperature == 0]
    if greedy:
        likeliest = _rows(logits, greedy).argmax(dim=-1).tolist()
        for row, token in zip(greedy, likeliest, strict=True):
            tokens[row] = token
    rows = [row for row, temperature in enumerate(temperatures) if temperature != 0]
    if not rows:
        return tokens
    divisors = torch.tensor([[temperatures[row]] for row in rows], device=logits.device)
    probabilities = torch.softmax(_rows(logits, rows).float() / divisors, dim=-1)
    drawn = _draw_among_likeliest(
        probabilities, [top_ps[row] for row in rows], [uniforms[row] for row in rows]
    )
    for index, row in enumerate(rows):
        if drawn[index] < 0:
            tokens[row] = _draw_among_all(probabilities[index], top_ps[row], uniforms[row])
        else:
            tokens[row] = drawn[index]
    return tokens


def penalize(logits: Tensor, tokens: Sequence[int], penalty: float) -> None:
    """Make tokens that were written already less likely, in place: (vocabulary,), once each.

    Keskar et al. 2019, "CTRL", section 4.1, which divides by `penalty`; negative logits are multiplied, as is
    usual since, for dividing them would do the opposite.
    """
    written = torch.tensor(tokens, device=logits.device)
    values = logits[written]
    logits[written] = torch.where(values > 0, values / penalty, values * penalty)


def _draw_among_likeliest(probabilities: Tensor, top_ps: list[float], uniforms: list[float]) -> list[int]:
    """A token for each row, or -1 where the likeliest ones do not decide it."""
    top, tokens = probabilities.topk(min(_LIKELIEST, probabilities.shape[-1]), dim=-1)
    reached = top.cumsum(dim=-1)
    shares = torch.tensor(top_ps, device=top.device)[:, None]
    nucleus = (reached - top < shares).sum(dim=-1, keepdim=True).clamp(min=1)
    is_wide = (reached[:, -1:] < shares) & (top.shape[-1] < probabilities.shape[-1])
    target = torch.tensor(uniforms, device=top.device)[:, None] * reached.gather(1, nucleus - 1)
    chosen = torch.minimum((reached <= target).sum(dim=-1, keepdim=True), nucleus - 1)
    drawn: list[int] = torch.where(is_wide, -1, tokens.gather(1, chosen)).squeeze(1).tolist()
    return drawn


def _draw_among_all(probabilities: Tensor, top_p: float, uniform: float) -> int:
    """The same from the whole distribution. Sorting values alone is many times faster than their places."""
    unsorted = probabilities.cpu().numpy()
    values = np.sort(unsorted)[::-1]
    reached = np.cumsum(values, dtype=np.float64)
    nucleus = max(1, int(np.searchsorted(reached - values, top_p)))
    chosen = min(int(np.searchsorted(reached, uniform * reached[nucleus - 1], side="right")), nucleus - 1)
    first_equal = int(np.searchsorted(-values, -values[chosen]))
    return int(np.flatnonzero(unsorted == values[chosen])[chosen - first_equal])


def _rows(logits: Tensor, rows: list[int]) -> Tensor:
    return logits if len(rows) == len(logits) else logits[rows]
