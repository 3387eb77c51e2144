"""Pooling: python it/oracle/pool.py"""
import torch
from golden import Golden
from torch import nn
from torch.nn import functional as F

golden = Golden()
line, image, volume = torch.randn(2, 3, 11), torch.randn(2, 3, 7, 8), torch.randn(2, 2, 5, 6, 4)
x = {1: line, 2: image, 3: volume}
for d in (1, 2, 3):
    maximum, average = getattr(nn, f"MaxPool{d}d"), getattr(nn, f"AvgPool{d}d")
    golden.module(f"max {d}", maximum(2), x[d])
    golden.module(f"max {d} options", maximum(3, stride=2, padding=1, dilation=2 if d < 3 else 1, ceil_mode=True), x[d])
    golden.module(f"max {d} indices", maximum(3, stride=2, return_indices=True), x[d])
    golden.module(f"max {d} single", maximum(2), x[d][0])
    golden.module(f"average {d}", average(2), x[d])
    golden.module(f"average {d} options", average(3, stride=2, padding=1, ceil_mode=True), x[d])
    golden.module(f"average {d} exclude", average(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False), x[d])
    golden.module(f"adaptive max {d}", getattr(nn, f"AdaptiveMaxPool{d}d")(3, return_indices=True), x[d])
    golden.module(f"adaptive average {d}", getattr(nn, f"AdaptiveAvgPool{d}d")(3), x[d])
    golden.module(f"adaptive average {d} single", getattr(nn, f"AdaptiveAvgPool{d}d")(1), x[d][0])
    golden.module(f"lp {d}", getattr(nn, f"LPPool{d}d")(2, 3, stride=2), x[d])
    golden.module(f"lp {d} ceil", getattr(nn, f"LPPool{d}d")(3, 2, ceil_mode=True), x[d].abs())
    pooled, indices = maximum(2, return_indices=True)(x[d])
    golden.module(f"unpool {d}", getattr(nn, f"MaxUnpool{d}d")(2), pooled, indices)
    golden.module(f"unpool {d} size", getattr(nn, f"MaxUnpool{d}d")(2), pooled, indices,
                  call=lambda m, p, i: m(p, i, output_size=x[d].shape))
    golden.function(f"lp inf {d}", lambda v: getattr(F, f"lp_pool{d}d")(v, float("inf"), 2), x[d])
    if d > 1:
        golden.module(f"average {d} divisor", average(3, divisor_override=5), x[d])
        samples = torch.rand(2, x[d].shape[1], d)
        golden.function(f"fractional {d}", lambda v, s: getattr(F, f"fractional_max_pool{d}d")(
            v, 2, output_size=7 - v.dim(), return_indices=True, _random_samples=s.detach()), x[d], samples)
        golden.function(f"fractional {d} ratio", lambda v, s: getattr(F, f"fractional_max_pool{d}d")(
            v, 2, output_ratio=(0.5,) * (v.dim() - 2), _random_samples=s.detach()), x[d], samples)
golden.module("max 2 sizes", nn.MaxPool2d((3, 2), stride=(2, 1), padding=(0, 1), dilation=(1, 3)), image)
golden.module("adaptive average null", nn.AdaptiveAvgPool2d((None, 3)), image)
golden.module("adaptive max null", nn.AdaptiveMaxPool2d((2, None)), image)
golden.module("max empty", nn.MaxPool2d(2), torch.randn(0, 3, 4, 4))
special = image.clone()
special[0, 0, 0, 0], special[0, 1, 3, 3], special[1, 2] = float("nan"), float("inf"), float("-inf")
with torch.no_grad():
    golden.function("max special", lambda v: nn.MaxPool2d(3, 2, 1, return_indices=True)(v.detach()), special)
    golden.function("average special", lambda v: F.avg_pool2d(v.detach(), 3, 2, 1), special)
    golden.function("adaptive special", lambda v: F.adaptive_max_pool2d(v.detach(), 3, return_indices=True), special)
golden.save("autograd/src/test/resources/io/arclight/nn/pool.safetensors")
