"""A checkpoint with all that TorchFile reads, and one of another byte order: python it/oracle/checkpoint.py"""
import collections
import io
import pathlib
import zipfile

import torch

folder = pathlib.Path("autograd/src/test/resources/io/arclight/export")
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(3)

model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.5, betas=(0.8, 0.99))
model(torch.ones(4, 3)).sum().backward()
optimizer.step()
base = torch.arange(24, dtype=torch.float32)
dtypes = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16,
          torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128]
attribute = torch.ones(2)
attribute.note = "kept by Python only"
recurrent = []
checkpoint = {
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "dtypes": {str(d).removeprefix("torch."): torch.tensor([0, 1, 3]).to(d) for d in dtypes},
    "base": base,
    "transposed": base.view(4, 6).t(),
    "window": base[5:17:3],
    "expanded": base[7:8].expand(2, 3),
    "scalar": base[9],
    "empty": torch.empty(0, 4),
    "parameter": torch.nn.Parameter(torch.tensor([1.5, 2.5])),
    "frozen": torch.nn.Parameter(torch.tensor([0.5]), requires_grad=False),
    "wants": torch.ones(2, requires_grad=True),
    "conjugate": torch.tensor([1 + 2j]).conj(),
    "attribute": attribute,
    "half": base.half()[1:3],
    "values": [None, True, False, 0, -1, 255, 256, 65536, -(1 << 40), 1 << 62, 1 << 80, -(1 << 70), 1.5,
               float("inf"), "", "text ü 漢 😀", b"", b"\x00\xff\n", 1 + 2j],
    "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, (4,))),
    "set": {1, 2},
    "frozenset": frozenset(["a"]),
    "bytearray": bytearray(b"\x00\x80"),
    "counter": collections.Counter([30, 80, 80]),
    "size": torch.Size([2, 3]),
    "device": [torch.device("cpu"), torch.device("cuda", 1)],
    "dtype": torch.bfloat16,
    1: "key",
    (1, "a"): "tuple",
    None: recurrent,
}
torch.save(checkpoint, folder / "checkpoint.pt")
buffer = io.BytesIO()
torch.save({"protocol": [1, "a" * 300, b"x", bytearray(b"y"), {2}, frozenset([3])]}, buffer, pickle_protocol=5)
(folder / "protocol5.pt").write_bytes(buffer.getvalue())

# PyTorch writes the order of the machine it runs on; this is what a big-endian one writes.
buffer = io.BytesIO()
values = {"f": torch.tensor([1.5, -2]), "l": torch.tensor([1 << 40]), "c": torch.tensor([1 + 2j]), "b": torch.tensor([True, False])}
torch.save(values, buffer)
source = zipfile.ZipFile(buffer)
widths = [4, 8, 4, 1]
with zipfile.ZipFile(folder / "bigendian.pt", "w") as target:
    for name in source.namelist():
        data = source.read(name)
        if name.endswith("byteorder"):
            data = b"big"
        if "/data/" in name:
            width = widths[int(name.rsplit("/", 1)[1])]
            data = b"".join(data[i : i + width][::-1] for i in range(0, len(data), width))
        target.writestr(name, data)

# Other tools compress; PyTorch reads that too.
with zipfile.ZipFile(folder / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as target:
    for name in source.namelist():
        target.writestr(name, source.read(name))

torch.save(values, folder / "legacy.pt", _use_new_zipfile_serialization=False)
torch.save(torch.nn.Linear(1, 1), folder / "module.pt")
torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), folder / "script.pt")
print(torch.__version__, {p.name: p.stat().st_size for p in folder.glob("*.pt")})
