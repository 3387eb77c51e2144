"""What torch.amp does, on the CPU: dtypes by operation, and the scaler's schedule, as JSON.

    python it/oracle/amp.py > autograd/src/test/resources/io/arclight/amp/pytorch.json
"""
import json
import sys
import warnings

import torch
import torch.nn.functional as F

warnings.simplefilter("ignore")
torch.manual_seed(0)
classes = torch.tensor([0, 1, 2, 3])

OPERATIONS = {
    "matmul": lambda a: a @ a,
    "mm": lambda a: torch.mm(a, a),
    "bmm": lambda a: torch.bmm(a[None], a[None]),
    "addmm": lambda a: torch.addmm(a, a, a),
    "baddbmm": lambda a: torch.baddbmm(a[None], a[None], a[None]),
    "linear": lambda a: F.linear(a, a, a[0]),
    "linear without bias": lambda a: F.linear(a, a),
    "einsum": lambda a: torch.einsum("ij,jk", a, a),
    "multi_dot": lambda a: torch.linalg.multi_dot([a, a, a]),
    "outer": lambda a: torch.outer(a[0], a[0]),
    "add": lambda a: a + a,
    "relu": torch.relu,
    "gelu": F.gelu,
    "exp": torch.exp,
    "log": lambda a: a.abs().log(),
    "pow": lambda a: a.abs() ** 1.5,
    "softmax": lambda a: a.softmax(-1),
    "log_softmax": lambda a: a.log_softmax(-1),
    "sum": torch.sum,
    "mean": torch.mean,
    "var": torch.var,
    "cumsum": lambda a: a.cumsum(0),
    "logsumexp": lambda a: a.logsumexp(0),
    "prod": torch.prod,
    "cat": lambda a: torch.cat([a, a]),
    "stack": lambda a: torch.stack([a, a]),
    "cat with float32": lambda a: torch.cat([a, torch.ones(4, 4)]),
    "layer_norm": lambda a: F.layer_norm(a, (4,)),
    "group_norm": lambda a: F.group_norm(a[None], 2),
    "rms_norm": lambda a: F.rms_norm(a, (4,)),
    "conv1d": lambda a: F.conv1d(a[None], a[:, :, None]),
    "conv_transpose1d": lambda a: F.conv_transpose1d(a[None], a[:, :, None]),
    "attention": lambda a: F.scaled_dot_product_attention(a[None, None], a[None, None], a[None, None]),
    "prelu": lambda a: F.prelu(a, a[0, :1]),
    "cdist": lambda a: torch.cdist(a, a),
    "trace": torch.trace,
    "quantile": lambda a: torch.quantile(a, 0.5),
    "inv": lambda a: torch.linalg.inv(a),
    "solve": lambda a: torch.linalg.solve(a, a),
    "qr": lambda a: torch.linalg.qr(a)[0],
    "svd": lambda a: torch.linalg.svd(a)[1],
    "eigh": lambda a: torch.linalg.eigvalsh(a),
    "cholesky": lambda a: torch.linalg.cholesky(torch.eye(4, dtype=a.dtype)),
    "fft": torch.fft.fft,
    "mse_loss": lambda a: F.mse_loss(a, a),
    "l1_loss": lambda a: F.l1_loss(a, a),
    "cross_entropy": lambda a: F.cross_entropy(a, classes),
    "binary_cross_entropy_with_logits": lambda a: F.binary_cross_entropy_with_logits(a, a.sigmoid()),
}


def dtypes(lower):
    base = torch.rand(4, 4)
    out = {}
    for name, f in OPERATIONS.items():
        with torch.autocast("cpu", dtype=lower):
            out[name] = [str(f(base.to(d)).dtype).split(".")[1] for d in (torch.float32, lower, torch.float64)]
    return out


def model(x, *parts):
    """Dtypes of what passes, and of the gradients."""
    m = torch.nn.Sequential(*parts)
    seen = []
    for part in m:
        part.register_forward_hook(lambda _, i, o: seen.append(str(o.dtype).split(".")[1]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = m(x)
    y.sum().backward()
    return {"outputs": seen, "grads": [str(p.grad.dtype).split(".")[1] for p in m.parameters()]}


def schedule(**options):
    """The scale after each step, and whether it was made; two optimizers, one of which overflows at times."""
    scaler = torch.amp.GradScaler("cpu", **options)
    parameters = [torch.nn.Parameter(torch.zeros(2)) for _ in range(2)]
    optimizers = [torch.optim.SGD([p], 1.0) for p in parameters]
    rows = []
    for t in range(24):
        for i, p in enumerate(parameters):
            p.grad = scaler.scale(torch.tensor([1.0, 2.0]))
            if t in (3, 4, 11) and i == 1:
                p.grad[0] = float("nan") if t == 4 else float("inf")
        if t % 3 == 0:
            scaler.unscale_(optimizers[0])
        for o in optimizers:
            scaler.step(o)
        scaler.update()
        if t == 15:
            scaler.update(3.0)
        rows.append([scaler.get_scale(), *[p[0].item() for p in parameters]])
    return {"rows": rows, "state": scaler.state_dict()}




json.dump(
    {
        "bfloat16": dtypes(torch.bfloat16),
        "float16": dtypes(torch.float16),
        "mlp": model(torch.rand(3, 4), torch.nn.Linear(4, 8), torch.nn.LayerNorm(8), torch.nn.ReLU(), torch.nn.Linear(8, 2)),
        "cnn": model(torch.rand(3, 2, 6), torch.nn.Conv1d(2, 4, 3), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(16, 2)),
        "scaler": {
            "short": schedule(growth_interval=3),
            "other": schedule(init_scale=1000.0, growth_factor=1.7, backoff_factor=0.3, growth_interval=2),
            "largest": schedule(init_scale=2.0**127, growth_interval=1),
            "defaults": schedule(),
        },
    },
    sys.stdout,
    indent=1,
)
