"""Loading a transformers model from its folder. Imports torch and transformers.

The boundary: folders come in checked (registry.find_presence). Only safetensors are read, and
code from a model's folder is never run.
"""

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from generation.devices import choose_dtype, is_out_of_memory, release_memory
from generation.engine import TransformersModel
from generation.errors import (
    GenerationError,
    LoadingFailed,
    ModelDamaged,
    ModelTooLarge,
    ModelUnsupported,
)
from generation.model_folder import read_config
from generation.registry import ModelSpec


def load_model(spec: ModelSpec, folder: Path, revision: str, device: torch.device) -> TransformersModel:
    """Load a whole, checked folder. Raises a ModelUnusable that says what is wrong with it."""
    _refuse_unsupported(spec, folder)
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=choose_dtype(spec.precision, device),
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
        )
        model, report = loaded
        if missing := sorted(report["missing_keys"]):
            raise ModelDamaged(
                f"The weights of {spec.name} lack {len(missing)} tensors ({missing[0]}). "
                "Fetch the model again."
            )
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        return TransformersModel(model.eval().to(device), tokenizer, revision)
    except GenerationError:
        raise
    except Exception as error:
        raise _loading_error(spec, error) from error


def _refuse_unsupported(spec: ModelSpec, folder: Path) -> None:
    config = read_config(folder)
    model_type = config.get("model_type")
    if model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        return
    if "auto_map" in config:
        raise ModelUnsupported(
            f"{spec.name} wants to run code from its own folder, which Copydesk never does. Route to a model "
            "whose architecture transformers knows."
        )
    raise ModelUnsupported(
        f"{spec.name} has the architecture {model_type!r}, which transformers {transformers.__version__} "
        "cannot write text with. Install a newer Copydesk, or route to another model."
    )


def _loading_error(spec: ModelSpec, error: Exception) -> GenerationError:
    if is_out_of_memory(error):
        release_memory()
        return ModelTooLarge(
            f"Memory ran out while {spec.name} was loaded. Close other programs, or route to a smaller model."
        )
    first_line = str(error).strip().partition("\n")[0]
    return LoadingFailed(
        f"{spec.name} could not be loaded ({type(error).__name__}: {first_line}). Fetch the model again, or "
        "route to another one."
    )
