"""Transformers: python it/oracle/transformer.py"""
import warnings

import torch
from golden import Golden
from torch import nn

warnings.filterwarnings("ignore")
golden = Golden()
r = torch.randn


def randomized(module):
    """Biases and normalisations that start as 0 and 1 would hide mistakes."""
    for p in module.parameters():
        nn.init.normal_(p, 0, 0.4)
    return module


def attention(name, *inputs, masks=(), need=True, options=None, **layer):
    call = lambda m, q, k, v, *more: m(  # noqa: E731
        q, k, v, need_weights=need, **dict(zip(masks, more)), **(options or {}))
    module = randomized(nn.MultiheadAttention(6, 2, **layer))
    golden.module(name, module, *inputs, call=(lambda m, *x: call(m, *x)[0]) if not need else call)


def same(name, x, **kw):
    call = lambda m, x: m(x, x, x)  # noqa: E731
    golden.module(name, randomized(nn.MultiheadAttention(6, 2, **kw)), x, call=call)


same("self", r(4, 3, 6))
same("self batch first", r(3, 4, 6), batch_first=True)
same("self unbatched", r(4, 6))
same("self no bias", r(4, 3, 6), bias=False)
attention("three", r(4, 3, 6), r(5, 3, 6), r(5, 3, 6))
attention("without weights", r(4, 3, 6), r(5, 3, 6), r(5, 3, 6), need=False)
attention("each head", r(4, 3, 6), r(5, 3, 6), r(5, 3, 6), options=dict(average_attn_weights=False))
attention("widths", r(4, 3, 6), r(5, 3, 4), r(5, 3, 3), kdim=4, vdim=3)
attention("bias kv", r(4, 3, 6), r(5, 3, 6), r(5, 3, 6), add_bias_kv=True)
attention("zero", r(4, 3, 6), r(5, 3, 6), r(5, 3, 6), add_zero_attn=True, need=False)
both = dict(add_bias_kv=True, add_zero_attn=True, batch_first=True)
padding = torch.tensor([[False] * 5, [False, False, False, True, True], [False, True, False, True, False]])
hidden = torch.rand(4, 5) < 0.3
hidden[:, 0] = False
attention("masks", r(3, 4, 6), r(3, 5, 6), r(3, 5, 6), padding, hidden, masks=("key_padding_mask", "attn_mask"), **both)
attention("masks without weights", r(3, 4, 6), r(3, 5, 6), r(3, 5, 6), padding, r(4, 5),
          masks=("key_padding_mask", "attn_mask"), need=False, **both)
attention("mask by head", r(4, 3, 6), r(5, 3, 6), r(5, 3, 6), r(6, 4, 5), masks=("attn_mask",), need=False)
attention("unbatched padding", r(4, 6), r(5, 6), r(5, 6), padding[1], masks=("key_padding_mask",))

small = dict(dim_feedforward=5, dropout=0)


def encoder(name, layer, x, *masks):
    names = ("src_mask", "src_key_padding_mask")
    call = lambda m, x, *more: m(x, **dict(zip(names, more)))  # noqa: E731
    golden.module(name, randomized(layer), x, *masks, call=call)


encoder("encoder layer", nn.TransformerEncoderLayer(6, 2, **small), r(4, 3, 6))
encoder("encoder layer options", nn.TransformerEncoderLayer(
    6, 2, activation="gelu", layer_norm_eps=1e-2, batch_first=True, norm_first=True, **small), r(3, 5, 6),
    torch.zeros(5, 5).masked_fill(torch.ones(5, 5).triu(1) > 0, -9.0), padding)
encoder("encoder layer no bias", nn.TransformerEncoderLayer(6, 2, bias=False, **small), r(4, 6))


def decoder(name, layer, tgt, memory, *masks, **fixed):
    names = ("tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask")
    call = lambda m, t, e, *more: m(t, e, **dict(zip(names, more)), **fixed)  # noqa: E731
    golden.module(name, randomized(layer), tgt, memory, *masks, call=call)


decoder("decoder layer", nn.TransformerDecoderLayer(6, 2, **small), r(4, 3, 6), r(5, 3, 6))
decoder("decoder layer options", nn.TransformerDecoderLayer(
    6, 2, activation="gelu", batch_first=True, norm_first=True, layer_norm_eps=1e-2, **small), r(3, 4, 6), r(3, 5, 6),
    torch.ones(4, 4).triu(1).bool(), hidden, torch.zeros(3, 4).bool(), padding)
decoder("decoder layer no bias", nn.TransformerDecoderLayer(6, 2, bias=False, **small), r(4, 6), r(5, 6))

layer = nn.TransformerEncoderLayer(6, 2, **small)
golden.module("encoder", randomized(nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(6))), r(4, 3, 6))
layer = nn.TransformerDecoderLayer(6, 2, **small)
golden.module("decoder", randomized(nn.TransformerDecoder(layer, 2)), r(4, 3, 6), r(5, 3, 6))
golden.module(
    "transformer", randomized(nn.Transformer(6, 2, 1, 2, batch_first=True, **small)), r(3, 5, 6), r(3, 4, 6),
    call=lambda m, s, t: m(s, t, tgt_mask=m.generate_square_subsequent_mask(4).double(),
                           src_key_padding_mask=padding, memory_key_padding_mask=padding))
golden.save("autograd/src/test/resources/io/arclight/nn/transformer.safetensors")
