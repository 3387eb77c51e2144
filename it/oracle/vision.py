"""Functions on images: python it/oracle/vision.py"""
import torch
from golden import Golden
from torch import nn
from torch.nn import functional as F

golden = Golden()
golden.module("pixel shuffle", nn.PixelShuffle(2), torch.randn(2, 8, 3, 2))
golden.module("pixel unshuffle", nn.PixelUnshuffle(3), torch.randn(2, 6, 9))
golden.module("channel shuffle", nn.ChannelShuffle(2), torch.randn(2, 6, 2, 3))
line, image, volume = torch.randn(2, 3, 7), torch.randn(2, 2, 5, 6), torch.randn(1, 2, 3, 4, 3)
for mode in ("nearest", "nearest-exact", "area", "linear"):
    golden.function(f"{mode} 1 up", lambda x: F.interpolate(x, size=11, mode=mode), line)
    golden.function(f"{mode} 1 down", lambda x: F.interpolate(x, scale_factor=0.6, mode=mode), line)
for mode in ("nearest", "nearest-exact", "area", "bilinear", "bicubic"):
    golden.function(f"{mode} 2 up", lambda x: F.interpolate(x, size=(9, 7), mode=mode), image)
    golden.function(f"{mode} 2 down", lambda x: F.interpolate(x, size=(3, 4), mode=mode), image)
    golden.function(f"{mode} 2 scale", lambda x: F.interpolate(x, scale_factor=(1.7, 0.7), mode=mode), image)
    golden.function(f"{mode} 2 recompute", lambda x: F.interpolate(
        x, scale_factor=1.7, mode=mode, recompute_scale_factor=True), image)
for mode in ("nearest", "nearest-exact", "area", "trilinear"):
    golden.function(f"{mode} 3", lambda x: F.interpolate(x, size=(4, 3, 7), mode=mode), volume)
for mode, x in (("linear", line), ("bilinear", image), ("bicubic", image), ("trilinear", volume)):
    golden.function(f"{mode} corners", lambda v: F.interpolate(v, scale_factor=1.6, mode=mode, align_corners=True), x)
    golden.function(f"{mode} corner", lambda v: F.interpolate(v, size=1, mode=mode, align_corners=True), x)
for mode in ("bilinear", "bicubic", "lanczos"):
    golden.function(f"{mode} antialias", lambda v: F.interpolate(v, size=(2, 9), mode=mode, antialias=True), image)
    golden.function(f"{mode} antialias scale", lambda v: F.interpolate(
        v, scale_factor=0.45, mode=mode, antialias=True), image)
    if mode != "lanczos":
        golden.function(f"{mode} antialias corners", lambda v: F.interpolate(
            v, size=(2, 9), mode=mode, antialias=True, align_corners=True), image)
golden.module("upsample", nn.Upsample(scale_factor=2, mode="bilinear"), image)
golden.module("upsampling nearest", nn.UpsamplingNearest2d(scale_factor=2), image)
golden.module("upsampling bilinear", nn.UpsamplingBilinear2d(size=(7, 9)), image)
golden.function("nearest integers", lambda x: F.interpolate(x.to(torch.float32), size=4).to(torch.int64),
                torch.arange(12).reshape(1, 2, 6))
grid = torch.rand(2, 3, 4, 2) * 3 - 1.5
grid3 = torch.rand(1, 2, 3, 2, 3) * 3 - 1.5
for mode in ("bilinear", "nearest", "bicubic"):
    for padding in ("zeros", "border", "reflection"):
        for corners in (False, True):
            golden.function(f"grid {mode} {padding} {corners}", lambda x, g: F.grid_sample(
                x, g, mode=mode, padding_mode=padding, align_corners=corners), image, grid)
            if mode != "bicubic":
                golden.function(f"grid3 {mode} {padding} {corners}", lambda x, g: F.grid_sample(
                    x, g, mode=mode, padding_mode=padding, align_corners=corners), volume, grid3)
for corners in (False, True):
    golden.function(f"affine {corners}", lambda t: F.affine_grid(t, (2, 1, 3, 4), align_corners=corners),
                    torch.randn(2, 2, 3))
    golden.function(f"affine3 {corners}", lambda t: F.affine_grid(t, (2, 1, 3, 1, 2), align_corners=corners),
                    torch.randn(2, 3, 4))
golden.save("autograd/src/test/resources/io/arclight/nn/vision.safetensors")
