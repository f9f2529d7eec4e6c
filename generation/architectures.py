"""Which architectures the installed transformers can write text with, read from its source.

Importing its tables would import torch, which takes seconds and hundreds of megabytes.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_TABLES = ("MODEL_FOR_CAUSAL_LM_MAPPING_NAMES", "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES")


def is_known(model_type: str) -> bool:
    """Whether a `model_type` can be loaded. Where transformers' source cannot be found, none is refused."""
    known = known_architectures()
    return not known or model_type in known


@cache
def known_architectures() -> frozenset[str]:
    """The `model_type`s of causal language models and of encoder-decoders."""
    package = find_spec("transformers")
    if package is None or package.origin is None:
        return frozenset()
    source = Path(package.origin).parent / "models" / "auto" / "modeling_auto.py"
    return frozenset(_keys_of_tables(ast.parse(source.read_text(encoding="utf-8"))))


def _keys_of_tables(module: ast.Module) -> Iterator[str]:
    for statement in module.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id in _TABLES:
            for pair in ast.walk(statement):
                if isinstance(pair, ast.Tuple) and pair.elts and isinstance(pair.elts[0], ast.Constant):
                    yield str(pair.elts[0].value)
