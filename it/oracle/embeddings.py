"""Embeddings, distances and bilinear layers: python it/oracle/embeddings.py"""
import torch
import torch.nn.functional as F
from golden import Golden
from torch import nn

golden = Golden()
ids = torch.tensor([[1, 6, 0], [1, 1, 2]])
golden.module("embedding", nn.Embedding(7, 3), ids)
golden.module("padding", nn.Embedding(7, 3, padding_idx=1), ids)
golden.module("negative padding", nn.Embedding(7, 3, padding_idx=-1), ids)
golden.module("by frequency", nn.Embedding(7, 3, scale_grad_by_freq=True), ids)
golden.module("all", nn.Embedding(7, 3, padding_idx=2, scale_grad_by_freq=True), ids)


def limited(name, module, *inputs):
    """The table as it is after the lookup is a third output."""
    golden.module(name, module, *inputs, call=lambda m, *x: (m(*x), m.weight.detach().clone()))


limited("max norm", nn.Embedding(7, 3, max_norm=1.0), ids)
limited("max norm 1", nn.Embedding(7, 3, max_norm=1.5, norm_type=1.0), ids)

flat = torch.tensor([1, 6, 0, 1, 1, 2, 5, 3])
offsets = torch.tensor([0, 3, 3, 4])
weights = torch.randn(8)
for mode in ("sum", "mean", "max"):
    golden.module(f"bag {mode}", nn.EmbeddingBag(7, 3, mode=mode), ids)
    golden.module(f"bag {mode} offsets", nn.EmbeddingBag(7, 3, mode=mode), flat, offsets)
    bag = nn.EmbeddingBag(7, 3, mode=mode, padding_idx=1)
    golden.module(f"bag {mode} padding", bag, flat, offsets)
    bag = nn.EmbeddingBag(7, 3, mode=mode, include_last_offset=True)
    golden.module(f"bag {mode} last", bag, flat, torch.tensor([0, 3, 3, 8]))
for mode in ("sum", "mean"):
    bag = nn.EmbeddingBag(7, 3, mode=mode, scale_grad_by_freq=True)
    golden.module(f"bag {mode} frequency", bag, flat, offsets)
golden.module("bag weights", nn.EmbeddingBag(7, 3, mode="sum"), flat, offsets, weights)
golden.module("bag rows weights", nn.EmbeddingBag(7, 3, mode="sum"), ids, call=lambda m, x: m(x, per_sample_weights=torch.arange(6, dtype=torch.float64).reshape(2, 3)))
limited("bag max norm", nn.EmbeddingBag(7, 3, max_norm=1.0), ids)

a, b = torch.randn(4, 5), torch.randn(4, 5)
golden.module("cosine", nn.CosineSimilarity(), a, b)
golden.module("cosine 0", nn.CosineSimilarity(dim=0, eps=0.5), 0.1 * a, b)
golden.module("cosine last", nn.CosineSimilarity(dim=-1), torch.randn(2, 3, 4), torch.randn(3, 4))
golden.module("distance", nn.PairwiseDistance(), a, b)
golden.module("distance 1", nn.PairwiseDistance(p=1, eps=0.1, keepdim=True), a, b)
golden.module("distance 3", nn.PairwiseDistance(p=3), a, b[0])
golden.module("distance of one", nn.PairwiseDistance(), a[0], b[0])
for p in (0.0, 1.0, 2.0, 3.0, float("inf")):
    golden.function(f"pdist {p:g}", lambda x, p=p: F.pdist(x, p), a)
golden.function("normalize", F.normalize, a)
golden.function("normalize 1", lambda x: F.normalize(x, p=1.0, dim=0, eps=0.5), a)
golden.module("bilinear", nn.Bilinear(3, 4, 2), torch.randn(5, 3), torch.randn(5, 4))
golden.module("bilinear no bias", nn.Bilinear(3, 4, 2, bias=False), torch.randn(2, 5, 3), torch.randn(2, 5, 4))
golden.module("bilinear of one", nn.Bilinear(3, 4, 2), torch.randn(3), torch.randn(4))
golden.save("autograd/src/test/resources/io/arclight/nn/embeddings.safetensors")
