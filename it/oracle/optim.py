"""Writes what PyTorch's optimizers and schedulers give, as JSON on stdout: see OptimGoldenTest.

    python it/oracle/optim.py > autograd/src/test/resources/io/arclight/optim/pytorch.json
"""
import json
import math
import warnings

import torch
from torch import optim
from torch.optim import lr_scheduler as sched

torch.set_default_dtype(torch.float64)
warnings.simplefilter("ignore")
STEPS, ROWS, COLUMNS = 50, 3, 4


def start():
    n = ROWS * COLUMNS
    return torch.tensor([math.cos(i) for i in range(n)]).reshape(ROWS, COLUMNS)


def gradient(t):
    n = ROWS * COLUMNS
    return torch.tensor([math.sin(1 + i * 0.7 + t * 1.3) for i in range(n)]).reshape(ROWS, COLUMNS)


def run(make, shape=(ROWS, COLUMNS)):
    p = torch.nn.Parameter(start().reshape(shape))
    o = make([p])
    for t in range(1, STEPS + 1):
        p.grad = gradient(t).reshape(shape)
        o.step()
    state = o.state_dict()["state"].get(0, {})
    return {
        "parameter": p.detach().flatten().tolist(),
        "state": {k: v.flatten().tolist() for k, v in state.items() if torch.is_tensor(v) and k != "step"},
        "options": sorted(o.state_dict()["param_groups"][0].keys()),
    }


OPTIMIZERS = {
    "sgd": lambda p: optim.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "sgd maximize": lambda p: optim.SGD(p, 0.1, momentum=0.5, dampening=0.2, maximize=True),
    "adam": lambda p: optim.Adam(p, 0.01, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1),
    "adam amsgrad": lambda p: optim.Adam(p, 0.05, amsgrad=True),
    "adamw": lambda p: optim.AdamW(p, 0.01),
    "adagrad": lambda p: optim.Adagrad(p, 0.1, lr_decay=0.01, weight_decay=0.02, initial_accumulator_value=0.3),
    "rmsprop": lambda p: optim.RMSprop(p, 0.01, weight_decay=0.1),
    "rmsprop momentum": lambda p: optim.RMSprop(p, 0.01, alpha=0.9, momentum=0.7),
    "rmsprop centered": lambda p: optim.RMSprop(p, 0.01, centered=True),
    "rmsprop both": lambda p: optim.RMSprop(p, 0.01, centered=True, momentum=0.9, eps=1e-3),
    "adamax": lambda p: optim.Adamax(p, 0.02, betas=(0.8, 0.99), weight_decay=0.1),
    "nadam": lambda p: optim.NAdam(p, 0.02, weight_decay=0.1),
    "nadam decoupled": lambda p: optim.NAdam(p, 0.02, weight_decay=0.1, momentum_decay=0.01, decoupled_weight_decay=True),
    "radam": lambda p: optim.RAdam(p, 0.02, weight_decay=0.1),
    "radam decoupled": lambda p: optim.RAdam(p, 0.02, betas=(0.8, 0.9), weight_decay=0.1, decoupled_weight_decay=True),
    "adadelta": lambda p: optim.Adadelta(p, 0.5, rho=0.8, weight_decay=0.1),
    "asgd": lambda p: optim.ASGD(p, 0.05, t0=10, lambd=1e-3, weight_decay=0.1),
    "rprop": lambda p: optim.Rprop(p, 0.02, etas=(0.4, 1.3), step_sizes=(1e-4, 0.3)),
    "adafactor": lambda p: optim.Adafactor(p, 0.05, weight_decay=0.1),
    "adafactor options": lambda p: optim.Adafactor(p, 0.3, beta2_decay=-0.5, eps=(1e-5, 1e-2), d=1.3),
    "muon": lambda p: optim.Muon(p, 0.02),
    "muon options": lambda p: optim.Muon(
        p, 0.05, weight_decay=0.3, momentum=0.8, nesterov=False, ns_steps=3, adjust_lr_fn="match_rms_adamw"),
}


def iterate_wide():
    """Muon's iteration in the parameter's dtype instead of bfloat16, as ours is."""
    orthogonal, bfloat16 = optim._muon._zeropower_via_newtonschulz, torch.bfloat16

    def wide(grad, *rest):
        torch.bfloat16 = grad.dtype
        try:
            return orthogonal(grad, *rest)
        finally:
            torch.bfloat16 = bfloat16

    optim._muon._zeropower_via_newtonschulz = wide


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def lbfgs(search, calls, **options):
    x = torch.nn.Parameter(torch.tensor([-1.2, 1.0, 0.7, -0.4]))
    o = optim.LBFGS([x], line_search_fn=search, **options)

    def closure():
        o.zero_grad()
        loss = rosenbrock(x)
        loss.backward()
        return loss

    losses = [o.step(closure).item() for _ in range(calls)]
    return {"parameter": x.detach().tolist(), "losses": losses}


SCHEDULERS = {
    "step": lambda o: sched.StepLR(o, 7, 0.3),
    "multi step": lambda o: sched.MultiStepLR(o, [3, 9, 9, 20], 0.5),
    "constant": lambda o: sched.ConstantLR(o, 0.25, 6),
    "linear": lambda o: sched.LinearLR(o, 0.2, 0.9, 8),
    "exponential": lambda o: sched.ExponentialLR(o, 0.93),
    "polynomial": lambda o: sched.PolynomialLR(o, 12, 2.0),
    "lambda": lambda o: sched.LambdaLR(o, lambda e: 1 / (1 + e)),
    "multiplicative": lambda o: sched.MultiplicativeLR(o, lambda e: 1 - 0.01 * e),
    "cosine": lambda o: sched.CosineAnnealingLR(o, 10, 0.01),
    "cosine restarts": lambda o: sched.CosineAnnealingWarmRestarts(o, 5, 2, 0.01),
    "one cycle": lambda o: sched.OneCycleLR(o, 1.5, total_steps=41),
    "one cycle linear": lambda o: sched.OneCycleLR(o, 1.5, total_steps=41, pct_start=0.4, anneal_strategy="linear", three_phase=True),
    "cyclic": lambda o: sched.CyclicLR(o, 0.1, 0.8, step_size_up=4, step_size_down=7),
    "cyclic triangular2": lambda o: sched.CyclicLR(o, 0.1, 0.8, step_size_up=4, mode="triangular2"),
    "cyclic exp_range": lambda o: sched.CyclicLR(o, 0.1, 0.8, step_size_up=4, mode="exp_range", gamma=0.98),
    "sequential": lambda o: sched.SequentialLR(
        o, [sched.LinearLR(o, 0.1, 1.0, 5), sched.ExponentialLR(o, 0.9), sched.ConstantLR(o, 0.5, 4)], [5, 17]),
    "chained": lambda o: sched.ChainedScheduler([sched.ConstantLR(o, 0.1, 4), sched.ExponentialLR(o, 0.9), sched.StepLR(o, 6)]),
}


def schedule(make):
    o = optim.SGD([torch.nn.Parameter(start())], 0.7, momentum=0.9)
    s = make(o)
    rates, momenta = [], []
    for _ in range(41):
        rates.append(o.param_groups[0]["lr"])
        momenta.append(o.param_groups[0]["momentum"])
        o.step()
        if len(rates) < 41:
            s.step()
    return {"lr": rates, "momentum": momenta}


def plateau(**options):
    o = optim.SGD([torch.nn.Parameter(start())], 0.7)
    s = sched.ReduceLROnPlateau(o, **options)
    rates = []
    for t in range(60):
        s.step(1 / (1 + t) if t < 12 else 0.08 + 0.001 * math.sin(t))
        rates.append(o.param_groups[0]["lr"])
    return rates


def main():
    iterate_wide()
    json.dump(
        {
            "optimizers": {k: run(v) for k, v in OPTIMIZERS.items()},
            "muon tall": run(OPTIMIZERS["muon"], (6, 2)),
            "lbfgs": {
                "none": lbfgs(None, 3, lr=0.002, max_iter=6, history_size=3),
                "strong_wolfe": lbfgs("strong_wolfe", 4),
            },
            "schedulers": {k: schedule(v) for k, v in SCHEDULERS.items()},
            "plateau": {
                "min": plateau(patience=3, factor=0.5, cooldown=2),
                "abs": plateau(patience=1, factor=0.2, threshold=0.01, threshold_mode="abs", min_lr=0.01),
                "max": plateau(mode="max", patience=5),
            },
        },
        __import__("sys").stdout,
        indent=1,
    )


if __name__ == "__main__":
    main()
