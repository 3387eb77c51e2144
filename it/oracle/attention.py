"""Attention and GPT-2: python it/oracle/attention.py"""
import torch
from golden import Golden
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

golden = Golden()
sdpa = F.scaled_dot_product_attention
r = torch.randn


def attend(name, *inputs, **options):
    golden.function(name, lambda *x: sdpa(*x, **options), *inputs)


def masked(name, *inputs, **options):
    golden.function(name, lambda q, k, v, m: sdpa(q, k, v, m, **options), *inputs)


attend("plain", r(2, 3, 5, 4), r(2, 3, 7, 4), r(2, 3, 7, 6))
attend("matrices", r(5, 4), r(7, 4), r(7, 4))
attend("rank 3", r(2, 5, 4), r(2, 7, 4), r(2, 7, 4))
attend("rank 5", r(2, 1, 3, 5, 4), r(2, 2, 3, 7, 4), r(1, 2, 3, 7, 4))
attend("causal", r(1, 2, 130, 4), r(1, 2, 130, 4), r(1, 2, 130, 4), is_causal=True)
attend("causal wide", r(1, 2, 4, 4), r(1, 2, 9, 4), r(1, 2, 9, 4), is_causal=True)
attend("causal tall", r(1, 2, 9, 4), r(1, 2, 4, 4), r(1, 2, 4, 4), is_causal=True)
attend("many keys", r(1, 1, 3, 4), r(1, 1, 600, 4), r(1, 1, 600, 4))
attend("scale", r(2, 3, 5, 4), r(2, 3, 7, 4), r(2, 3, 7, 4), scale=2.5)
attend("gqa", r(2, 4, 5, 4), r(2, 2, 7, 4), r(2, 2, 7, 4), enable_gqa=True)
attend("gqa causal", r(1, 4, 70, 4), r(1, 2, 70, 4), r(1, 2, 70, 4), enable_gqa=True, is_causal=True)
attend("broadcast", r(4, 2, 5, 4), r(4, 1, 7, 4), r(1, 2, 7, 4))
attend("no keys", r(1, 2, 5, 4), r(1, 2, 0, 4), r(1, 2, 0, 4))
bools = torch.rand(2, 1, 5, 7) < 0.6
bools[0, 0, 2] = False
masked("bool mask", r(2, 3, 5, 4), r(2, 3, 7, 4), r(2, 3, 7, 4), bools)
masked("row mask", r(2, 3, 5, 4), r(2, 3, 7, 4), r(2, 3, 7, 4), torch.rand(2, 1, 1, 7) < 0.6)
masked("column mask", r(2, 3, 5, 4), r(2, 3, 7, 4), r(2, 3, 7, 4), torch.rand(5, 1) < 0.6)
masked("mask of rank 3", r(2, 5, 4), r(2, 7, 4), r(2, 7, 4), torch.rand(2, 5, 7) < 0.6)
masked("mask of rank 5", r(2, 2, 3, 5, 4), r(2, 2, 3, 7, 4), r(2, 2, 3, 7, 4), torch.rand(2, 1, 5, 7) < 0.6)
masked("float mask", r(2, 3, 5, 4), r(2, 3, 7, 4), r(2, 3, 7, 4), r(3, 5, 7))
cos, sin = (x.repeat(1, 1, 2) for x in (r(2, 5, 3), r(2, 5, 3)))
golden.function("rotary", apply_rotary_pos_emb, r(2, 4, 5, 6), r(2, 2, 5, 6), cos, sin)
golden.save("autograd/src/test/resources/io/arclight/nn/attention.safetensors")

golden = Golden(1)


def gpt2(name, **options):
    config = GPT2Config(
        vocab_size=23, n_positions=24, n_embd=12, n_layer=2, n_head=3, bos_token_id=1, eos_token_id=2, pad_token_id=0,
        initializer_range=0.3, **options)
    model = GPT2LMHeadModel(config).eval()
    ids = torch.randint(3, 23, (2, 7))
    golden.module(name, model, ids, call=lambda m, x: m(x).logits)
    return model, ids


model, ids = gpt2("gpt2")
generate = dict(max_new_tokens=15, eos_token_id=None, pad_token_id=0, do_sample=False)
mask = torch.ones_like(ids)
mask[1, :3] = 0
for name, options in {
    "greedy": {},
    "penalty": dict(repetition_penalty=1.8),
    "padded": dict(attention_mask=mask),
}.items():
    with torch.no_grad():
        golden.function(f"gpt2 {name}", lambda x: model.generate(x, **{**generate, **options}), ids)
ends = model.generate(ids, **generate)[0, 10].item()
golden.function("gpt2 eos", lambda x: model.generate(x, **{**generate, "eos_token_id": ends}), ids)
golden._put("gpt2 eos", "option", {"eos": torch.tensor(ends)})
gpt2("gpt2 options", activation_function="relu", n_inner=20, layer_norm_epsilon=1e-3,
     scale_attn_by_inverse_layer_idx=True)
gpt2("gpt2 unscaled", activation_function="gelu", scale_attn_weights=False)
golden.save("autograd/src/test/resources/io/arclight/models/gpt2.safetensors")
