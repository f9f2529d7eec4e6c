"""Asking models for the texts of an offline evaluation; `evaluation.offline` plans and judges them."""
