"""Drawing next tokens. All chance is one uniform number a token, so a seed fixes a text."""

from collections.abc import Sequence

import torch
from torch import Tensor

# Sorting 150,000 tokens takes longer than a small model's step, and a nucleus is rarely so wide.
_FIRST_LOOK_TOKENS = 128
_SECOND_LOOK_TOKENS = 4096


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
    for look in (_FIRST_LOOK_TOKENS, _SECOND_LOOK_TOKENS, probabilities.shape[-1]):
        drawn = _draw(probabilities, [top_ps[row] for row in rows], [uniforms[row] for row in rows], look)
        for row, token in zip(rows, drawn, strict=True):
            tokens[row] = max(token, 0)
        open_rows = [index for index, token in enumerate(drawn) if token < 0]
        if not open_rows:
            break
        rows, probabilities = [rows[index] for index in open_rows], probabilities[open_rows]
    return tokens


def penalize(logits: Tensor, tokens: Sequence[int], penalty: float) -> None:
    """Make tokens that were written already less likely, in place: (vocabulary,), once each.

    Keskar et al. 2019, "CTRL", section 4.1, which divides by `penalty`; negative logits are multiplied, as is
    usual since, for dividing them would do the opposite.
    """
    written = torch.tensor(tokens, device=logits.device)
    values = logits[written]
    logits[written] = torch.where(values > 0, values / penalty, values * penalty)


def _draw(probabilities: Tensor, top_ps: list[float], uniforms: list[float], look: int) -> list[int]:
    """A token for each row, or -1 where `look` tokens of the sorted distribution do not decide it."""
    vocabulary = probabilities.shape[-1]
    top, tokens = probabilities.topk(min(look, vocabulary), dim=-1)
    reached = top.cumsum(dim=-1)
    shares = torch.tensor(top_ps, device=top.device)[:, None]
    nucleus = (reached - top < shares).sum(dim=-1, keepdim=True).clamp(min=1)
    mass = reached.gather(1, nucleus - 1)
    ends_later = (nucleus == top.shape[-1]) & (reached[:, -1:] < shares) & (look < vocabulary)
    # Where the nucleus is the whole distribution, its mass is known without looking further.
    whole = shares >= 1
    mass = torch.where(ends_later & whole, probabilities.sum(dim=-1, keepdim=True), mass)
    target = torch.tensor(uniforms, device=top.device)[:, None] * mass
    chosen = (reached <= target).sum(dim=-1, keepdim=True)
    decided = ~ends_later | (whole & (chosen < top.shape[-1]))
    chosen = torch.minimum(chosen, nucleus - 1)
    return torch.where(decided, tokens.gather(1, chosen), -1).squeeze(1).tolist()


def _rows(logits: Tensor, rows: list[int]) -> Tensor:
    return logits if len(rows) == len(logits) else logits[rows]
