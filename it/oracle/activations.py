"""Activations, at their corners too: python it/oracle/activations.py"""
import torch
import torch.nn.functional as F
from golden import Golden
from torch import nn

golden = Golden()
corners = torch.tensor([-7.0, -6, -3, -1, -0.5, -0.25, -0.0, 0.25, 0.5, 1, 3, 6])
x = torch.cat([corners, 3 * torch.randn(12)]).reshape(4, 6)
layers = {
    "relu": nn.ReLU(),
    "relu6": nn.ReLU6(),
    "leaky relu": nn.LeakyReLU(),
    "leaky relu 0.2": nn.LeakyReLU(0.2),
    "prelu": nn.PReLU(),
    "prelu by channel": nn.PReLU(6, 0.4),
    "rrelu evaluated": nn.RReLU(0.1, 0.4).eval(),
    "elu": nn.ELU(),
    "elu 1.5": nn.ELU(1.5),
    "selu": nn.SELU(),
    "celu": nn.CELU(),
    "celu 2": nn.CELU(2.0),
    "gelu": nn.GELU(),
    "gelu tanh": nn.GELU("tanh"),
    "glu": nn.GLU(),
    "glu 0": nn.GLU(0),
    "silu": nn.SiLU(),
    "mish": nn.Mish(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "softplus": nn.Softplus(),
    "softplus 2 3": nn.Softplus(2, 3),
    "softsign": nn.Softsign(),
    "softshrink": nn.Softshrink(),
    "softshrink 0.25": nn.Softshrink(0.25),
    "hardshrink": nn.Hardshrink(),
    "hardshrink 0.25": nn.Hardshrink(0.25),
    "hardsigmoid": nn.Hardsigmoid(),
    "hardswish": nn.Hardswish(),
    "hardtanh": nn.Hardtanh(),
    "hardtanh 0.5": nn.Hardtanh(-0.5, 0.25),
    "tanhshrink": nn.Tanhshrink(),
    "threshold": nn.Threshold(0.25, 9),
    "log sigmoid": nn.LogSigmoid(),
    "softmin": nn.Softmin(1),
    "softmax": nn.Softmax(1),
    "log softmax": nn.LogSoftmax(-1),
}
for name, layer in layers.items():
    golden.module(name, layer, x)
golden.module("softmax2d", nn.Softmax2d(), torch.randn(2, 3, 2, 2))
golden.module("softmax2d of one", nn.Softmax2d(), torch.randn(3, 2, 2))
golden.module("prelu of images", nn.PReLU(3), torch.randn(2, 3, 2, 2))
golden.function("prelu of one dimension", F.prelu, torch.randn(5), torch.tensor([0.3]))
golden.module("dropout evaluated", nn.Dropout(0.5).eval(), x)
# Both inside and outside of the head, and a cluster without targets.
adaptive = nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 6, 9], div_value=2.0)
tokens = torch.tensor([0, 2, 3, 5, 11, 9, 1, 4])
golden.module("adaptive", adaptive, torch.randn(8, 8), tokens)
adaptive = nn.AdaptiveLogSoftmaxWithLoss(4, 10, [4], head_bias=True)
golden.module("adaptive head bias", adaptive, torch.randn(3, 4), torch.tensor([1, 9, 4]))
golden.module("adaptive of one", adaptive, torch.randn(4), torch.tensor(7))
golden.module("adaptive log prob", adaptive, torch.randn(3, 4), call=lambda m, y: m.log_prob(y))
golden.module("adaptive predict", adaptive, torch.randn(5, 4), call=lambda m, y: m.predict(y))
golden.save("autograd/src/test/resources/io/arclight/nn/activations.safetensors")
