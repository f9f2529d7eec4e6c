"""How many parameters a config.json describes, without any weights: on the meta device. Imports torch."""

from collections.abc import Mapping
from typing import Any

from accelerate import init_empty_weights  # type: ignore[import-untyped]
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)

from generation.errors import ModelUnsupported


def count_exact_parameters(config: Mapping[str, Any]) -> int:
    """The parameters that loading will hold; tied ones, such as the two ends of the vocabulary, count once.

    `config` is a config.json's content. Code that it names is never run. Raises ModelUnsupported for an
    architecture that the installed transformers cannot write text with, or a config it cannot build.
    """
    model = _build_empty(config)
    held: int = sum(parameter.numel() for parameter in model.parameters())
    return held + _untied_by_loading(config, model)


def tied_names(config: Mapping[str, Any]) -> frozenset[str]:
    """Names of parameters that loading ties to others, so that files need not hold them.

    Raises as count_exact_parameters does.
    """
    model = _build_empty(config)
    owners = {name for name, _ in model.named_parameters()}
    everyone = model.named_parameters(remove_duplicate=False)
    return frozenset(name for name, _ in everyone if name not in owners)


def _untied_by_loading(config: Mapping[str, Any], model: Any) -> int:
    """What is tied in every T5 that is built, and taken apart as soon as weights show two ends (FLAN-T5)."""
    output = model.get_output_embeddings()
    tied = output is not None and output.weight is model.get_input_embeddings().weight
    return int(output.weight.numel()) if tied and config.get("tie_word_embeddings") is False else 0


def _build_empty(config: Mapping[str, Any]) -> Any:
    kind = str(config.get("model_type"))
    if kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        family: Any = AutoModelForCausalLM
    elif kind in MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES:
        family = AutoModelForSeq2SeqLM
    else:
        raise ModelUnsupported(
            f"The installed transformers cannot write text with the architecture {kind}. Install a newer "
            "Copydesk, or declare another model."
        )
    stated = {name: value for name, value in config.items() if name not in ("model_type", "auto_map")}
    try:
        described = AutoConfig.for_model(kind, **stated)
        with init_empty_weights():
            model = family.from_config(described, trust_remote_code=False)
    except Exception as error:  # transformers raises whatever a wrong number runs into
        raise ModelUnsupported(
            f"A {kind} cannot be built from this config.json ({type(error).__name__}: {error}). Fetch the "
            "model again."
        ) from error
    model.tie_weights()  # making them empty took tied weights apart
    return model
