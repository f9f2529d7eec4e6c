"""Drawing the next token. All chance is one uniform number a token, so a seed fixes a text."""

import torch


def draw_token(logits: torch.Tensor, temperature: float, top_p: float, uniform: float) -> int:
    """Draw from softmax(logits / temperature), cut to the nucleus of mass `top_p`.

    `logits` has shape (vocabulary,). Temperature 0 takes the likeliest token. The nucleus is the
    smallest set of likeliest tokens whose mass reaches `top_p` (Holtzman et al. 2020, "The
    Curious Case of Neural Text Degeneration", section 3.1). The draw inverts the cumulative
    distribution at `uniform` in [0, 1): the number comes from outside, so the same seed gives
    the same text on any device and whatever else is being written.
    """
    if temperature == 0:
        return int(logits.argmax())
    probabilities, tokens = torch.softmax(logits.float() / temperature, dim=-1).sort(descending=True)
    reached = probabilities.cumsum(dim=-1)
    nucleus = int((reached - probabilities < top_p).sum().clamp(min=1))
    target = uniform * reached[nucleus - 1]
    chosen = int((reached[:nucleus] <= target).sum().clamp(max=nucleus - 1))
    return int(tokens[chosen])
