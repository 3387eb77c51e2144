"""Normalisation: python it/oracle/norm.py"""
import torch
from golden import Golden
from torch import nn
from torch.nn import functional as F

golden = Golden()


def settled(module):
    """With weights, biases and running statistics that are not those of a new module."""
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(torch.randn(p.shape))
        for name, b in module.named_buffers():
            if b.is_floating_point():
                b.copy_(torch.rand(b.shape) + 0.5)
    return module


def case(name, module, x, evaluation=True):
    golden.module(name, settled(module), x)
    if evaluation:
        golden.module(name + " eval", settled(module).eval(), x)


flat, line = torch.randn(5, 3) * 2 + 1, torch.randn(4, 3, 6) - 2
image, volume = torch.randn(3, 4, 5, 6) * 3, torch.randn(2, 4, 2, 3, 2)
case("batch norm 1d", nn.BatchNorm1d(3), flat)
case("batch norm 1d length", nn.BatchNorm1d(3, eps=1e-3, momentum=0.4), line)
case("batch norm 2d", nn.BatchNorm2d(4), image)
case("batch norm 2d large", nn.BatchNorm2d(2), torch.randn(2, 2, 9, 8))
case("batch norm 3d", nn.BatchNorm3d(4), volume)
case("batch norm no affine", nn.BatchNorm2d(4, affine=False), image)
case("batch norm no bias", nn.BatchNorm2d(4, bias=False), image)
case("batch norm no tracking", nn.BatchNorm2d(4, track_running_stats=False), image)
case("batch norm plain", nn.BatchNorm2d(4, affine=False, track_running_stats=False), image)
cumulative = settled(nn.BatchNorm2d(4, momentum=None))
cumulative(image)
cumulative(image + 1)
golden.module("batch norm cumulative", cumulative, image)
golden.module("batch norm empty", nn.BatchNorm2d(3), torch.randn(0, 3, 2, 2))
case("group norm", nn.GroupNorm(2, 4), image)
case("group norm one", nn.GroupNorm(1, 4, eps=1e-2), flat @ torch.randn(3, 4), False)
case("group norm each", nn.GroupNorm(4, 4, affine=False), volume, False)
case("group norm no bias", nn.GroupNorm(2, 4, bias=False), image, False)
case("instance norm 1d", nn.InstanceNorm1d(3), line)
case("instance norm 1d affine", nn.InstanceNorm1d(3, affine=True, eps=1e-3), line)
case("instance norm 2d", nn.InstanceNorm2d(4, affine=True, track_running_stats=True), image)
case("instance norm 2d tracking", nn.InstanceNorm2d(4, momentum=0.3, track_running_stats=True), image)
case("instance norm 2d one", nn.InstanceNorm2d(4, affine=True), image[0], False)
case("instance norm 3d", nn.InstanceNorm3d(4, affine=True, bias=False), volume, False)
case("layer norm", nn.LayerNorm(6), image, False)
case("layer norm several", nn.LayerNorm((5, 6), eps=1e-3), image, False)
case("layer norm no bias", nn.LayerNorm((4, 5, 6), bias=False), image, False)
case("layer norm plain", nn.LayerNorm(6, elementwise_affine=False), image, False)
case("rms norm", nn.RMSNorm(6), image, False)
case("rms norm several", nn.RMSNorm((5, 6), eps=1e-3), image, False)
case("rms norm plain", nn.RMSNorm(6, elementwise_affine=False), image, False)
wide = torch.randn(2, 7, 2, 3) * 3
case("response norm", nn.LocalResponseNorm(3), wide, False)
case("response norm even", nn.LocalResponseNorm(4, alpha=0.3, beta=0.5, k=2.0), wide, False)
case("response norm line", nn.LocalResponseNorm(2, alpha=0.2), wide[:, :, 0], False)
with torch.no_grad():
    golden.function("cross map", lambda x: nn.CrossMapLRN2d(3, alpha=0.5, beta=0.7, k=1.5)(x.detach()), wide)
    golden.function("cross map even", lambda x: nn.CrossMapLRN2d(4, alpha=0.5)(x.detach()), wide)
golden.function("normalize", F.normalize, wide)
golden.function("normalize p", lambda x: F.normalize(x, p=1.5, dim=-1, eps=1e-3), wide)
golden.function("normalize zero", lambda x: F.normalize(x, dim=0), torch.tensor([0.0, 0.0]))
golden.function("batch norm function", lambda x, w, b: F.batch_norm(x, None, None, w, b, True, 0.1, 1e-3),
                image, torch.randn(4), torch.randn(4))
golden.function("batch norm running",
                lambda x, m, v, w: F.batch_norm(x, m.detach(), v.detach(), w, None, False),
                image, torch.randn(4), torch.rand(4) + 0.2, torch.randn(4))
golden.save("autograd/src/test/resources/io/arclight/nn/norm.safetensors")
