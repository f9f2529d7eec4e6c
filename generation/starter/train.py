"""Training of a starter model: `python -m generation.starter.train --name starter-rich`.

Writes `weights/<name>/`: fp16 safetensors, tokenizer with chat template, and `digests.json`.
The number of steps and the seed are fixed, so that a rebuild gives the same model up to float
noise. About fifteen minutes on one core that has bf16 matrix instructions.
"""

import argparse
import hashlib
import json
import math
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from generation.starter.architecture import build_model
from generation.starter.examples import Batch, ExampleSource
from generation.starter.grammar import load_grammar
from generation.starter.tokenizer import build_tokenizer

WEIGHTS = Path(__file__).parent / "weights"
TRAINING_ATTENTION = "starter_training"
WARM_UP_STEPS = 100
LEARNING_RATE = 3e-3
FINAL_LEARNING_RATE = 0.03 * LEARNING_RATE


@dataclass(frozen=True)
class Recipe:
    """What differs between the two models besides the grammar."""

    steps: int
    seed: int


RECIPES = {"starter-rich": Recipe(steps=4200, seed=1), "starter-plain": Recipe(steps=3400, seed=2)}


def train(name: str, recipe: Recipe) -> tuple[Any, Any]:
    """Train a starter model from its grammar, on one core, printing the loss now and then."""
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    tokenizer = build_tokenizer()
    model: Any = build_model(len(tokenizer), pad_id=tokenizer.pad_token_id, end_id=tokenizer.eos_token_id)
    ALL_ATTENTION_FUNCTIONS.register(TRAINING_ATTENTION, _causal_attention)
    model.set_attn_implementation(TRAINING_ATTENTION)
    optimizer: Any = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.95), weight_decay=0.05, fused=True)
    source = ExampleSource(load_grammar(name), tokenizer, random.Random(recipe.seed))
    start, mean_loss = time.monotonic(), 0.0
    for step, batch in enumerate(source.batches(recipe.steps)):
        for group in optimizer.param_groups:
            group["lr"] = _learning_rate(step, recipe.steps)
        loss = _loss(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        mean_loss += (loss.item() - mean_loss) / min(step + 1, 50)
        if step % 100 == 99:
            seconds = time.monotonic() - start
            sys.stdout.write(f"step {step + 1}/{recipe.steps}  loss {mean_loss:.3f}  {seconds:.0f} s\n")
            sys.stdout.flush()
    model.set_attn_implementation("sdpa")
    return model.eval(), tokenizer


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write the model in half precision, its tokenizer, and the sha256 digest of each file."""
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    files = sorted(path for path in folder.iterdir() if path.name != "digests.json")
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    (folder / "digests.json").write_text(json.dumps(digests, indent=2) + "\n", encoding="utf-8")


def _loss(model: Any, batch: Batch) -> Any:
    """The weighted mean cross-entropy of the next tokens, those of weight 0 left out."""
    weights = batch.weights[:, 1:]
    counted = weights > 0
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.model(batch.ids[:, :-1]).last_hidden_state
        logits = model.lm_head(hidden[counted])
    losses = functional.cross_entropy(logits.float(), batch.ids[:, 1:][counted], reduction="none")
    return (losses * weights[counted]).sum() / weights.sum()


def _learning_rate(step: int, steps: int) -> float:
    """A short warm-up, then half a cosine down to the final rate."""
    cosine = 0.5 * (1 + math.cos(math.pi * step / steps))
    rate = FINAL_LEARNING_RATE + (LEARNING_RATE - FINAL_LEARNING_RATE) * cosine
    return rate * min(1, (step + 1) / WARM_UP_STEPS)


def _causal_attention(
    _module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    _mask: Tensor | None,
    scaling: float,
    **_: object,
) -> tuple[Tensor, None]:
    """Plain causal attention over right-padded (batch, heads, tokens, width) tensors.

    On a CPU its backward pass is much faster than that of torch's fused attention, at these sizes.
    Padding needs no mask: it stands on the right, where no counted token sees it.
    """
    tokens = query.shape[2]
    future = torch.full((tokens, tokens), -1e4, dtype=query.dtype).triu(1)
    scores = query @ key.transpose(2, 3) * scaling + future
    return (scores.softmax(-1) @ value).transpose(1, 2).contiguous(), None


def main() -> None:
    """Train and save the model named on the command line."""
    parser = argparse.ArgumentParser(description="Train a starter model and write its weights.")
    parser.add_argument("--name", choices=sorted(RECIPES), required=True)
    parser.add_argument("--folder", type=Path, help="where to write; by default the package's weights")
    arguments = parser.parse_args()
    model, tokenizer = train(arguments.name, RECIPES[arguments.name])
    save(model, tokenizer, arguments.folder or WEIGHTS / arguments.name)


if __name__ == "__main__":
    main()
