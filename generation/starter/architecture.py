"""Architecture of the starter models: a small Llama whose first two layers can copy from the start.

Copying a topic needs "induction": a head in the first layer brings each position the token
before it, and a head in the second layer looks for the place whose previous token is the
current one, and repeats what stands there (Olsson et al. 2022, "In-context Learning and
Induction Heads"). Found by gradient descent alone this takes far longer than our training, so
`set_copy_heads` writes such heads into the initial weights. They are ordinary Llama weights and
are trained on like all others.
"""

import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaAttention

HIDDEN = 192
HEADS = 4
HEAD_WIDTH = HIDDEN // HEADS
ROPE_THETA = 1e6


def build_model(vocabulary_size: int, *, pad_id: int, end_id: int) -> LlamaForCausalLM:
    """A fresh model of 2.4 million parameters; weights come from torch's global generator."""
    config = LlamaConfig(
        vocab_size=vocabulary_size,
        hidden_size=HIDDEN,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=1024,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=end_id,
        pad_token_id=pad_id,
    )
    model = LlamaForCausalLM(config)
    set_copy_heads(model)
    return model


@torch.no_grad()
def set_copy_heads(model: LlamaForCausalLM) -> None:
    """Write look-back heads into layer 0 and match-and-copy heads into layer 1.

    Heads 0 and 1 of layer 0 look one position back, head 2 looks two back, and each leaves what
    it saw in a subspace of its own. Heads 0 to 2 of layer 1 match the current token against the
    token before each earlier position; heads 0 and 2 also match the tokens before these two, which
    tells repeated tokens apart. All these subspaces are orthogonal, and matching uses only the
    dimensions that rotary embedding hardly turns, so distance does not matter. Embedding dimension
    0 is a constant, which lets a query or key depend on position alone.

    The amplitudes were found by trying (docs/lab-notes.md): before any training, 99 % of the
    tokens that continue a copy are predicted. They are large, and all other output weights small,
    because the first steps at a high learning rate would wash out small ones.
    """
    embedding = model.model.embed_tokens.weight
    embedding *= 5.0
    embedding[:, 0] = embedding[:, 1:].norm(dim=1).mean()
    for layer in model.model.layers:
        layer.self_attn.o_proj.weight *= 0.3
        layer.mlp.down_proj.weight *= 0.3
    looking, copying = model.model.layers[0].self_attn, model.model.layers[1].self_attn
    still = _still_dimensions()
    spare = HIDDEN - 3 * len(still) - 2 * HEAD_WIDTH
    *kept, read_first, read_second, _ = torch.split(
        _random_basis(), [*3 * [len(still)], *2 * [HEAD_WIDTH], spare]
    )
    read = (read_first, read_second)

    for head, distance, source in ((0, 1, 0), (1, 1, 1), (2, 2, 0)):
        _look_back(looking, head, distance)
        values = slice(head * HEAD_WIDTH, head * HEAD_WIDTH + len(still))
        looking.v_proj.weight[values] = read[source][: len(still)]
        looking.o_proj.weight[:, values] = 0.33 * kept[head].T

    # Of the matched dimensions, every `mix`-th compares the token before: see the docstring.
    for head, source, mix in ((0, 0, 3), (1, 1, None), (2, 0, 2)):
        query, key = read[source][: len(still)].clone(), kept[source].clone()
        if mix:
            query[::mix], key[::mix] = kept[0][::mix], kept[2][::mix]
        rows, own = _rows(head), head * HEAD_WIDTH + still
        copying.q_proj.weight[rows] *= 0.3
        copying.k_proj.weight[rows] *= 0.3
        copying.q_proj.weight[own] = 2.2 * query
        copying.k_proj.weight[own] = 2.2 * key
        copying.v_proj.weight[rows] = read[source]
        copying.o_proj.weight[:, rows] = 3.0 * read[source].T


def _look_back(attention: LlamaAttention, head: int, distance: int) -> None:
    """Make a head attend `distance` positions back: its key is its query, turned by that distance."""
    frequencies = ROPE_THETA ** (-torch.arange(HEAD_WIDTH // 2) / (HEAD_WIDTH // 2))
    amplitude = torch.where(torch.arange(HEAD_WIDTH // 2) < 8, 1.3, 0.0)
    turn = distance * frequencies
    for projection in (attention.q_proj.weight, attention.k_proj.weight):
        projection[_rows(head)] *= 0.3
    attention.q_proj.weight[_rows(head), 0] = torch.cat([amplitude, torch.zeros_like(amplitude)])
    attention.k_proj.weight[_rows(head), 0] = torch.cat([amplitude * turn.cos(), amplitude * turn.sin()])


def _still_dimensions() -> Tensor:
    """The dimensions of a head, (24,), that rotary embedding hardly turns within a text."""
    pairs = HEAD_WIDTH // 2
    return torch.tensor([index for index in range(HEAD_WIDTH) if index % pairs >= pairs // 2])


def _random_basis() -> Tensor:
    """A random orthonormal basis of the hidden space that leaves out the constant dimension 0."""
    basis: Tensor = torch.linalg.qr(torch.randn(HIDDEN, HIDDEN))[0]
    basis[:, 0] = 0
    return basis


def _rows(head: int) -> slice:
    return slice(head * HEAD_WIDTH, (head + 1) * HEAD_WIDTH)
