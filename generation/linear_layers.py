"""Linear layers that compute the same as torch's on a CPU, from weights in a layout of their own."""

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

# The number of rows that oneDNN lays weights out for: between one text and a full batch.
_EXPECTED_ROWS = 8

# With one or two rows and few outputs oneDNN's int8 product took 100 times as long as with three.
_LEAST_INT8_ROWS = 4

# Rows of a weight that are made int8, or read from it, at once, so that no large copy arises.
_ROWS_AT_ONCE = 4096


class FastLinear(nn.Module):
    """Stands in for nn.Linear, or for GPT-2's Conv1D: (…, in) → (…, out)."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.in_features, self.out_features = self.widths(layer)
        original, bias = layer.weight, layer.bias
        assert isinstance(original, torch.Tensor)
        # Some architectures (T5) ask a layer for the type of its weight before they use it.
        self.register_buffer("weight", torch.empty(0, dtype=original.dtype), persistent=False)
        self._bias = bias.detach() if isinstance(bias, torch.Tensor) else None

    @staticmethod
    def widths(layer: nn.Module) -> tuple[int, int]:
        """The layer's numbers of inputs and outputs."""
        assert isinstance(layer.weight, torch.Tensor)
        rows, columns = layer.weight.shape
        return (rows, columns) if isinstance(layer, Conv1D) else (columns, rows)

    @property
    def packed_bytes(self) -> int:
        """Bytes of what this layer holds."""
        raise NotImplementedError

    def _with_bias_bytes(self, weight_bytes: int) -> int:
        return weight_bytes + (0 if self._bias is None else self._bias.nbytes)


class PackedLinear(FastLinear):
    """The weight as it is, in the blocked layout that oneDNN multiplies from."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__(layer)
        weight = _output_first(layer)
        self._itemsize = weight.element_size()
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight, _EXPECTED_ROWS)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            states, self._weight, self._bias, "none", [], ""
        )
        return result

    @property
    def packed_bytes(self) -> int:
        return self._with_bias_bytes(self.in_features * self.out_features * self._itemsize)


class Int8Linear(FastLinear):
    """int8 weights with one scale an output; inputs become int8 with one scale a row, so that no row of a
    batch touches another's result (symmetric quantisation: Wu et al. 2020, arXiv:2004.09602, section 3).
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__(layer)
        quantised, self._scales = _quantise(_output_first(layer))
        self._weight = torch.ops.onednn.qlinear_prepack(quantised, None)
        self._zeros = torch.zeros(self.out_features, dtype=torch.int32)
        self._bias = None if self._bias is None else self._bias.float()

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        levels, row_scales = self.quantise(states.reshape(-1, self.in_features))
        result = self.multiply(levels, row_scales, states.dtype)
        return result.view(*states.shape[:-1], self.out_features)

    @staticmethod
    def quantise(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """int8 levels (rows, in) and float32 scales (rows, 1): the same for every layer with this input."""
        rows = rows.float()
        scales = rows.abs().amax(dim=1, keepdim=True).div_(127).clamp_(min=1e-12)
        return (rows / scales).round_().to(torch.int8), scales

    def multiply(self, levels: torch.Tensor, row_scales: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """The layer's result (rows, out) for an input as `quantise` gave it."""
        n_rows = len(levels)
        if n_rows < _LEAST_INT8_ROWS:
            levels = nn.functional.pad(levels, (0, 0, 0, _LEAST_INT8_ROWS - n_rows))
        result: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            levels,
            1.0,
            0,
            self._weight,
            self._scales,
            self._zeros,
            None,
            1.0,
            0,
            torch.float32,
            "none",
            [],
            "",
        )
        result = result[:n_rows].mul_(row_scales)
        if self._bias is not None:
            result.add_(self._bias)
        return result.to(dtype)

    @property
    def packed_bytes(self) -> int:
        values_bytes = self.in_features * self.out_features
        return self._with_bias_bytes(values_bytes + self._scales.nbytes + self._zeros.nbytes)


class Int8Rows(FastLinear):
    """int8 `levels` (out, in), output by output as a compiled step reads them, and for each one of `scales`.

    Called as a layer it multiplies inputs in 16 bit where the processor does: int8 is exact in bfloat16, so
    nothing but the inputs is rounded.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__(layer)
        self.levels, self.scales = _quantise(_output_first(layer))
        self._inputs_type = torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32

    @property
    def bias(self) -> torch.Tensor | None:
        return self._bias

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        rows = states.reshape(-1, self.in_features)
        result = self._multiply(rows.to(self._inputs_type)).mul_(self.scales)
        if self._bias is not None:
            result.add_(self._bias)
        return result.to(states.dtype).view(*states.shape[:-1], self.out_features)

    def _multiply(self, rows: torch.Tensor) -> torch.Tensor:
        result = torch.empty(len(rows), self.out_features)
        for start in range(0, self.out_features, _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            result[:, part] = nn.functional.linear(rows, self.levels[part].to(rows.dtype))
        return result

    @property
    def packed_bytes(self) -> int:
        return self._with_bias_bytes(self.levels.nbytes + self.scales.nbytes)


def _output_first(layer: nn.Module) -> torch.Tensor:
    assert isinstance(layer.weight, torch.Tensor)
    weight = layer.weight.detach()
    return weight.t().contiguous() if isinstance(layer, Conv1D) else weight


def _quantise(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """int8 values (out, in) and float32 scales (out,) such that value × scale is near the weight."""
    scales = torch.empty(weight.shape[0])
    levels = torch.empty(weight.shape, dtype=torch.int8)
    for start in range(0, weight.shape[0], _ROWS_AT_ONCE):
        part = weight[start : start + _ROWS_AT_ONCE].float()
        scale = part.abs().amax(dim=1).div_(127).clamp_(min=1e-12)
        levels[start : start + _ROWS_AT_ONCE] = (part / scale[:, None]).round_()
        scales[start : start + _ROWS_AT_ONCE] = scale
    return levels, scales
