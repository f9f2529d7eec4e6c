"""Loading a transformers model from its folder. Imports torch and transformers.

    weights mapped from their files ─▶ cast piece by piece ─▶ quickened layer by layer ─▶ TransformersModel

The boundary: folders come in checked (registry.find_presence). Only safetensors are read, and
code from a model's folder is never run.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)

from generation.devices import choose_dtype, is_out_of_memory, release_memory
from generation.engine import TransformersModel
from generation.errors import (
    GenerationError,
    LoadingFailed,
    ModelDamaged,
    ModelTooLarge,
    ModelUnsupported,
)
from generation.kernels import quicken
from generation.mapped_pages import let_go_of_pages, mapped_weight_files
from generation.memory import DEFAULT_LIMITS
from generation.model_folder import read_config, stored_precision
from generation.registry import ModelKind, ModelSpec
from generation.text_model import BatchLimits

_PIECE_BYTES = 16 * 2**20


def load_model(
    spec: ModelSpec,
    folder: Path,
    revision: str,
    device: torch.device,
    limits: BatchLimits = DEFAULT_LIMITS,
    on_ready: Callable[[Any], None] | None = None,
) -> TransformersModel:
    """Load a whole, checked folder. Raises a ModelUnusable that says what is wrong with it.

    `on_ready` sees the transformers model as it will be used, before it is used.
    """
    refuse_unsupported(spec, folder)
    try:
        model, tokenizer = read_model(spec, folder, device)
        kernel = quicken(model, spec.precision, device)
        if on_ready is not None:
            on_ready(model)
        return TransformersModel(model, tokenizer, revision, limits, kernel)
    except GenerationError:
        raise
    except Exception as error:
        raise _loading_error(spec, error) from error


def read_model(spec: ModelSpec, folder: Path, device: torch.device) -> tuple[Any, Any]:
    """The transformers model on its device in its precision, and its tokenizer.

    Weights stored in that precision stay in their files until they are first used (on a CPU); others are
    cast tensor by tensor, so that at no time there is a second copy. Raises ModelDamaged, and whatever
    transformers raises.
    """
    model = _read_weights(spec, folder, device)
    cast_parameters(model, choose_dtype(spec.precision, device, stored_precision(folder)))
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    return model, tokenizer


def cast_parameters(model: Any, dtype: torch.dtype) -> None:
    """Cast a model's parameters in place, and let go of each piece of their files as it has been read.

    Those that the architecture wants in 32 bit stay as they are. The peak is the parameters in `dtype` and
    one piece.
    """
    mapped = mapped_weight_files()
    kept = _kept_in_32_bit(model, dtype)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if (
                parameter.dtype != dtype
                and parameter.is_floating_point()
                and kept.isdisjoint(name.split("."))
            ):
                parameter.data = _cast(parameter.data, dtype, mapped)
    model.config.dtype = dtype


def refuse_unsupported(spec: ModelSpec, folder: Path) -> None:
    """Raise ModelUnsupported if transformers cannot write with this model, or only with the model's own code.

    Reads config.json only, so it can be asked before memory is made free.
    """
    config = read_config(folder)
    model_type = config.get("model_type")
    is_seq2seq = spec.kind is ModelKind.SEQ2SEQ
    writers, others = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES
    if is_seq2seq:
        writers, others = others, writers
    if model_type in writers:
        return
    if "auto_map" in config:
        raise _wants_code(spec)
    if model_type in others:
        right = ModelKind.CHAT if is_seq2seq else ModelKind.SEQ2SEQ
        raise ModelUnsupported(
            f"{spec.name} is declared as {spec.kind}, but has the architecture {model_type!r}. Set "
            f'kind = "{right}" under [models.{spec.name}] in copydesk.toml.'
        )
    raise ModelUnsupported(
        f"{spec.name} has the architecture {model_type!r}, which transformers {transformers.__version__} "
        "cannot write text with. Install a newer Copydesk, or route to another model."
    )


def _read_weights(spec: ModelSpec, folder: Path, device: torch.device) -> Any:
    kind = AutoModelForSeq2SeqLM if spec.kind is ModelKind.SEQ2SEQ else AutoModelForCausalLM
    loaded: Any = kind.from_pretrained(
        folder,
        dtype=getattr(torch, stored_precision(folder), torch.float32),
        device_map=None if device.type == "cpu" else {"": device},
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        ignore_mismatched_sizes=True,
        output_loading_info=True,
    )
    model, report = loaded
    if missing := sorted(report["missing_keys"]):
        raise ModelDamaged(
            f"The weights of {spec.name} lack {len(missing)} tensors ({missing[0]}). Fetch the model again."
        )
    if mismatched := sorted(str(key[0]) for key in report["mismatched_keys"]):
        raise ModelDamaged(
            f"{len(mismatched)} tensors of {spec.name} have another shape than its config.json says "
            f"({mismatched[0]}). Fetch the model again."
        )
    return model.eval()


def _kept_in_32_bit(model: Any, dtype: torch.dtype) -> set[str]:
    """The parts of names whose parameters overflow in 16 bit, as transformers lists them by architecture."""
    kept = set(model._keep_in_fp32_modules_strict or ()) if dtype.itemsize < 4 else set()
    return kept | set(model._keep_in_fp32_modules or ()) if dtype is torch.float16 else kept


def _cast(tensor: torch.Tensor, dtype: torch.dtype, mapped: list[range]) -> torch.Tensor:
    """A copy in another type, made in pieces whose source is let go of at once."""
    result = torch.empty_like(tensor, dtype=dtype, memory_format=torch.contiguous_format)
    sources, targets = tensor.reshape(-1), result.view(-1)
    piece = _PIECE_BYTES // tensor.element_size()
    for start in range(0, sources.numel(), piece):
        source = sources[start : start + piece]
        targets[start : start + piece].copy_(source)
        let_go_of_pages(source, mapped)
    return result


def _wants_code(spec: ModelSpec) -> ModelUnsupported:
    return ModelUnsupported(
        f"{spec.name} wants to run code from its own folder, which Copydesk never does. Route to a model "
        "whose architecture transformers knows."
    )


def _loading_error(spec: ModelSpec, error: Exception) -> GenerationError:
    if is_out_of_memory(error):
        release_memory()
        return ModelTooLarge(
            f"Memory ran out while {spec.name} was loaded. Close other programs, or route to a smaller model."
        )
    if "trust_remote_code" in str(error):
        return _wants_code(spec)
    first_line = str(error).strip().partition("\n")[0]
    return LoadingFailed(
        f"{spec.name} could not be loaded ({type(error).__name__}: {first_line}). Fetch the model again, or "
        "route to another one."
    )
