"""Writes files of NumPy's for NpyTest. By hand:

    python it/oracle/npy.py tensor-core/src/test/resources/io/arclight/tensor/npy
"""

import pathlib
import sys

import numpy as np
from numpy.lib import format as npy

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)


def save(name, array, version=None):
    with open(out / name, "wb") as f:
        npy.write_array(f, array, version=version, allow_pickle=True)


counting = np.arange(6).reshape(2, 3)
for code in ["<f4", "<f8", "<f2", "<i8", "<i4", "<i2", "|i1", "|u1", ">f4", ">i8", ">i2", "|b1"]:
    save(f"c_{code[1:]}{'_big' if code[0] == '>' else ''}.npy", counting.astype(code))
save("fortran.npy", np.asfortranarray(counting.astype("<f4")))
save("version2.npy", counting.astype("<f4"), (2, 0))
save("version3.npy", counting.astype("<f4"), (3, 0))
save("number.npy", np.array(2.5, "<f8"))
save("empty.npy", np.zeros((0, 3), "<f4"))
save("record.npy", np.zeros(2, [("a", "<f4"), ("b", "<i4")]))
save("object.npy", np.array([{}, None], object))
save("text.npy", np.array(["ab"]))
np.savez(out / "stored.npz", a=counting.astype("<f4"), b=np.array([True, False]))
np.savez_compressed(out / "compressed.npz", a=counting.astype("<i8"))
