"""Writes the texts that PyTorch prints tensors as, for PrinterTest. By hand:

    python it/oracle/printing.py > tensor-core/src/test/resources/io/arclight/tensor/printing.txt

A case is a line `case dtype shape precision threshold edgeitems linewidth sci`, a line of values
(or `range 8`, which is 0, 1/8, 2/8, ...), and the text with `|` before each line.
"""

import itertools
import random

import torch

rng = random.Random(5)
DEFAULT = dict(precision=4, threshold=1000, edgeitems=3, linewidth=80, sci_mode=None)


def text(v):
    if isinstance(v, bool):
        return "1" if v else "0"
    if isinstance(v, int):
        return str(v)
    return v.hex().replace("0" * 7 + "p", "p") if v == v and abs(v) != float("inf") else str(v)


def emit(t, values=None, **options):
    o = dict(DEFAULT, **options)
    torch.set_printoptions(**o)
    shape = ",".join(map(str, t.shape)) or "-"
    sci = {None: "AUTO", True: "ALWAYS", False: "NEVER"}[o["sci_mode"]]
    name = str(t.dtype).split(".")[1]
    print("case", name, shape, o["precision"], o["threshold"], o["edgeitems"], o["linewidth"], sci)
    print(values or " ".join(text(v) for v in t.flatten().tolist()))
    for line in str(t).split("\n"):
        print("|" + line)


FLOATS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
INTS = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]
SHAPES = [(), (1,), (3,), (2, 3), (2, 2, 3), (1, 1, 1, 2), (30,), (7, 9)]


def numbers(n, kind):
    if kind == "unit":
        return [rng.random() * 2 - 1 for _ in range(n)]
    if kind == "whole":
        return [float(rng.randint(-30, 30)) for _ in range(n)]
    if kind == "wide":
        return [rng.uniform(-1, 1) * 10 ** rng.randint(-6, 6) for _ in range(n)]
    if kind == "tiny":
        return [rng.uniform(0.5, 1) * 1e-5 for _ in range(n)]
    if kind == "large":
        return [float(rng.randint(1, 9)) * 1e9 for _ in range(n)]
    if kind == "mixed":
        return [rng.choice([0.0, -0.0, float("nan"), float("inf"), -float("inf"), 1.0, -2.5])
                for _ in range(n)]
    if kind == "special":
        return [rng.choice([0.0, -0.0, float("nan"), float("inf"), -float("inf")])
                for _ in range(n)]
    if kind == "halves":
        return [rng.randint(-9, 9) + 0.00005 for _ in range(n)]
    raise ValueError(kind)


def make(values, shape, dtype):
    return torch.tensor(values, dtype=torch.float64).reshape(shape).to(dtype)


KINDS = ["unit", "whole", "wide", "tiny", "large", "mixed", "special", "halves"]
for shape, kind in itertools.product(SHAPES, KINDS):
    n = torch.Size(shape).numel()
    emit(make(numbers(n, kind), shape, torch.float32))
for dtype, kind in itertools.product(FLOATS[1:], KINDS):
    emit(make(numbers(5, kind), (5,), dtype))
for dtype, shape in itertools.product(INTS, SHAPES):
    n = torch.Size(shape).numel()
    low = 0 if dtype == torch.uint8 else -100
    emit(torch.tensor([rng.randint(low, 100) for _ in range(n)]).reshape(shape).to(dtype))
for shape in SHAPES:
    n = torch.Size(shape).numel()
    emit(torch.tensor([rng.random() < 0.5 for _ in range(n)]).reshape(shape))
emit(torch.tensor([2**63 - 1, -(2**63), 0]))
for dtype in [torch.float32, torch.float64, torch.int64, torch.int32, torch.bool]:
    for shape in [(0,), (0, 3), (2, 0, 1)]:
        emit(torch.zeros(shape, dtype=dtype))
for shape in [(1001,), (40, 40), (4, 300), (3, 20, 30), (2, 3, 10, 20)]:
    n = torch.Size(shape).numel()
    emit(torch.arange(n).reshape(shape), "range 1")
    emit(torch.arange(n, dtype=torch.float32).reshape(shape) / 8, "range 8")
small = make(numbers(24, "unit"), (4, 6), torch.float32)
for options in [dict(precision=2), dict(precision=0), dict(precision=8), dict(threshold=5),
                dict(threshold=5, edgeitems=1), dict(threshold=5, edgeitems=0), dict(edgeitems=0),
                dict(linewidth=20), dict(linewidth=40, precision=6), dict(linewidth=5),
                dict(sci_mode=True), dict(sci_mode=False), dict(sci_mode=True, precision=1)]:
    emit(small, **options)
    emit(make(numbers(12, "wide"), (12,), torch.float32), **options)
    emit(make(numbers(12, "whole"), (3, 4), torch.float64), **options)
    emit(torch.arange(12).reshape(2, 6), **options)
