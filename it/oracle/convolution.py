"""Convolutions, padding, unfold and fold: python it/oracle/convolution.py"""
import torch
from golden import Golden
from torch import nn
from torch.nn import functional as F

golden = Golden()
randn = torch.randn

golden.module("conv1d", nn.Conv1d(3, 4, 3), randn(2, 3, 7))
golden.module("conv1d options", nn.Conv1d(4, 6, 3, 2, 2, 2, 2, False), randn(2, 4, 9))
golden.module("conv1d unbatched", nn.Conv1d(3, 4, 3, padding=1), randn(3, 7))
golden.module("conv2d", nn.Conv2d(3, 4, 3), randn(2, 3, 6, 5))
golden.module("conv2d uneven", nn.Conv2d(3, 4, (3, 2), (2, 1), (1, 0), (1, 2)), randn(2, 3, 6, 5))
golden.module("conv2d groups", nn.Conv2d(4, 6, 3, padding=1, groups=2, bias=False), randn(2, 4, 5, 5))
golden.module("conv2d depthwise", nn.Conv2d(4, 8, 3, padding=1, groups=4), randn(2, 4, 5, 5))
golden.module("conv2d 1x1", nn.Conv2d(4, 6, 1, stride=2), randn(3, 4, 5, 4))
golden.module("conv2d unbatched", nn.Conv2d(3, 4, 3), randn(3, 6, 5))
golden.module("conv2d same", nn.Conv2d(3, 4, (4, 3), padding="same", dilation=(1, 2)), randn(2, 3, 6, 5))
golden.module("conv2d valid", nn.Conv2d(3, 4, 3, padding="valid"), randn(2, 3, 6, 5))
for mode in ("reflect", "replicate", "circular"):
    golden.module(f"conv2d {mode}", nn.Conv2d(2, 3, 3, 1, (1, 2), padding_mode=mode), randn(2, 2, 5, 4))
golden.module("conv2d same circular", nn.Conv2d(2, 3, (2, 3), padding="same", padding_mode="circular"), randn(2, 2, 5, 4))
golden.module("conv1d reflect", nn.Conv1d(2, 3, 3, padding=2, padding_mode="reflect"), randn(2, 2, 5))
golden.module("conv2d wide", nn.Conv2d(20, 33, 3, 2, 1), randn(3, 20, 7, 6))
golden.module("conv2d large kernel", nn.Conv2d(3, 16, 7, 2, 3), randn(2, 3, 16, 16))
golden.module("conv3d", nn.Conv3d(2, 3, (1, 2, 3), padding=1), randn(2, 2, 3, 4, 3))
golden.module("conv3d options", nn.Conv3d(2, 4, 2, 2, 1, 2, 2), randn(1, 2, 4, 4, 5))
golden.module("conv3d replicate", nn.Conv3d(1, 2, 2, padding=1, padding_mode="replicate"), randn(1, 1, 3, 3, 3))

golden.module("transposed1d", nn.ConvTranspose1d(3, 4, 3, 2, 1, 1), randn(2, 3, 5))
golden.module("transposed2d", nn.ConvTranspose2d(3, 4, 3), randn(2, 3, 4, 3))
golden.module("transposed2d options", nn.ConvTranspose2d(4, 6, 3, (2, 3), (1, 2), (1, 0), 2, False, (2, 1)), randn(2, 4, 4, 3))
golden.module("transposed2d dilated", nn.ConvTranspose2d(2, 3, 2, 1, 0, 1, dilation=2), randn(2, 2, 3, 3))
golden.module("transposed2d unbatched", nn.ConvTranspose2d(3, 4, 3), randn(3, 4, 3))
golden.module("transposed2d size", nn.ConvTranspose2d(3, 4, 3, 2, 1), randn(2, 3, 4, 3), call=lambda m, x: m(x, output_size=[8, 5]))
golden.module("transposed3d", nn.ConvTranspose3d(2, 3, 2, 2), randn(1, 2, 2, 3, 2))

golden.function("conv_tbc", lambda x, w, b: torch.conv_tbc(x, w, b, 1), randn(5, 2, 3), randn(3, 3, 4), randn(4))
golden.function("conv2d empty", lambda x, w, b: F.conv2d(x, w, b), randn(0, 2, 4, 4), randn(3, 2, 3, 3), randn(3))
golden.function("double", lambda x, w: torch.autograd.grad(F.conv2d(x, w, padding=1).pow(3).sum(), [x, w], create_graph=True), randn(2, 2, 4, 4), randn(3, 2, 3, 3))

golden.module("unfold", nn.Unfold((2, 3), (1, 2), (1, 0), (2, 1)), randn(2, 3, 4, 6))
golden.module("unfold unbatched", nn.Unfold(2), randn(3, 4, 4))
golden.module("fold", nn.Fold((4, 6), (2, 3), (1, 2), (1, 0), (2, 1)), randn(2, 12, 6))
golden.module("fold unbatched", nn.Fold(3, 2), randn(8, 4))

sizes = {1: (2, 2, 5), 2: (1, 2, 4, 5), 3: (1, 1, 3, 4, 5)}
pads = {1: (2, 1), 2: (2, 1, 0, 3), 3: (2, 1, 0, 3, 1, 2)}
for n in (1, 2, 3):
    x = randn(*sizes[n])
    golden.module(f"zero pad {n}", getattr(nn, f"ZeroPad{n}d")(1), x)
    golden.module(f"constant pad {n}", getattr(nn, f"ConstantPad{n}d")(pads[n], 2.5), x)
    for kind in ("Reflection", "Replication", "Circular"):
        golden.module(f"{kind} {n}", getattr(nn, f"{kind}Pad{n}d")(pads[n]), x)
golden.function("pad negative", lambda x: F.pad(x, (-1, 2, 1, -2)), randn(2, 4, 5))
golden.function("pad reflect negative", lambda x: F.pad(x, (-1, 2), "reflect"), randn(2, 2, 5))
golden.function("pad circular negative", lambda x: F.pad(x, (2, -3), "circular"), randn(2, 2, 5))
golden.module("conv2d circular options", nn.Conv2d(2, 4, (2, 3), (1, 2), (2, 1), (2, 1), 2, False, "circular"), randn(2, 2, 5, 6))
golden.save("autograd/src/test/resources/io/arclight/nn/convolution.safetensors")
