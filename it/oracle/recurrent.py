"""Recurrent layers: python it/oracle/recurrent.py"""
import itertools

import torch
from golden import Golden
from torch import nn
from torch.nn.utils import rnn

golden = Golden()
T, B, I, H = 4, 3, 2, 4


def outputs(result):
    output, state = result
    return (output, *state) if isinstance(state, tuple) else (output, state)


def states(make, layers, size=H, cells=H):
    hidden = torch.randn(layers, B, size)
    return (hidden, torch.randn(layers, B, cells)) if make is nn.LSTM else (hidden,)


def call(m, x, *s):
    return outputs(m(x, s if len(s) == 2 else s[0]) if s else m(x))


OPTIONS = {
    "": dict(),
    "no bias": dict(bias=False),
    "layers": dict(num_layers=2),
    "bidirectional": dict(num_layers=2, bidirectional=True),
    "batch first": dict(batch_first=True, bidirectional=True),
}
for (kind, make), (name, options) in itertools.product(
    {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}.items(), OPTIONS.items()
):
    m = make(I, H, **options)
    count = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    x = torch.randn(B, T, I) if options.get("batch_first") else torch.randn(T, B, I)
    case = f"{kind} {name}".strip()
    golden.module(case, m, x, call=call)
    golden.module(f"{case} from states", m, x, *states(make, count), call=call)
    if name == "bidirectional":
        single = [s[:, 0] for s in states(make, count)]
        golden.module(f"{kind} single", m, torch.randn(T, I), *single, call=call)

golden.module("rnn relu", nn.RNN(I, H, nonlinearity="relu", num_layers=2), torch.randn(T, B, I), call=call)
for name, options in {
    "lstm projected": dict(proj_size=2),
    "lstm projected layers": dict(proj_size=2, num_layers=2, bidirectional=True),
}.items():
    m = nn.LSTM(I, H, **options)
    count = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    golden.module(name, m, torch.randn(T, B, I), *states(nn.LSTM, count, 2), call=call)

for kind, make in {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}.items():
    def cell(m, x, *s, lstm=kind == "lstm"):
        out = m(x, s if lstm else s[0]) if s else m(x)
        return out if lstm else (out,)

    given = [torch.randn(B, H) for _ in range(2 if kind == "lstm" else 1)]
    golden.module(f"{kind} cell", make(I, H), torch.randn(B, I), *given, call=cell)
    golden.module(f"{kind} cell single", make(I, H, bias=False), torch.randn(I), call=cell)
golden.module("rnn cell relu", nn.RNNCell(I, H, nonlinearity="relu"), torch.randn(B, I), torch.randn(B, H))

LENGTHS = [2, 4, 1]
SORTED = [4, 2, 1]


def packed(m, x, *s):
    lengths = SORTED if getattr(m, "sorted", False) else LENGTHS
    p = rnn.pack_padded_sequence(x, lengths, enforce_sorted=getattr(m, "sorted", False))
    out, state = m(p, s if len(s) == 2 else s[0]) if s else m(p)
    state = state if isinstance(state, tuple) else (state,)
    y, _ = rnn.pad_packed_sequence(out, padding_value=0.5, total_length=6)
    return (out.data, y, *state)


for kind, make in {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}.items():
    m = make(I, H)
    m.sorted = True
    golden.module(f"{kind} packed", m, torch.randn(T, B, I), call=packed)
    m = make(I, H, num_layers=2, bidirectional=True)
    golden.module(f"{kind} packed any", m, torch.randn(T, B, I), *states(make, 4), call=packed)
m = nn.LSTM(I, H, num_layers=2, bidirectional=True, proj_size=2)
golden.module("lstm packed projected", m, torch.randn(T, B, I), *states(nn.LSTM, 4, 2), call=packed)


def packs(x):
    p = rnn.pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    return p.data, p.batch_sizes, p.sorted_indices, p.unsorted_indices


golden.function("pack", packs, torch.randn(B, T, 2))
some = [torch.randn(n, 2) for n in LENGTHS]
golden.function("pad", lambda *s: rnn.pad_sequence(s), *some)
golden.function("pad batch first", lambda *s: rnn.pad_sequence(s, True, -1.5), *some)
golden.function("pad left", lambda *s: rnn.pad_sequence(s, True, 2.0, "left"), *some)
golden.function("unpack", lambda *s: rnn.unpack_sequence(rnn.pack_sequence(s, False)), *some)
golden.save("autograd/src/test/resources/io/arclight/nn/recurrent.safetensors")
