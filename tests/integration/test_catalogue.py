"""Whether the installed transformers can write with every architecture of the catalogue."""

from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)

from generation.catalogue import model_tables


def test_transformers_knows_every_architecture() -> None:
    for name, table in model_tables().items():
        seq2seq = table.get("kind") == "seq2seq"
        known = MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES if seq2seq else MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
        assert table["architecture"] in known, name


def test_it_does_not_know_the_one_that_the_catalogue_leaves_out_for_that() -> None:
    assert "mistral3" not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
