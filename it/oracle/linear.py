"""Linear layers: python it/oracle/linear.py"""
import torch
from golden import Golden
from torch import nn

golden = Golden()
golden.module("linear", nn.Linear(4, 3), torch.randn(5, 4))
golden.module("linear no bias", nn.Linear(4, 3, bias=False), torch.randn(2, 5, 4))
golden.module("embedding", nn.Embedding(7, 3), torch.tensor([[1, 6, 0], [1, 1, 2]]))
golden.module("layer norm", nn.LayerNorm((3, 4)), torch.randn(5, 3, 4))
golden.module("mlp", nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), torch.randn(6, 4))
golden.model("model", nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 2)), torch.randn(6, 4))
golden.save("autograd/src/test/resources/io/arclight/nn/linear.safetensors")
