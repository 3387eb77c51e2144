"""Optimizers saved by PyTorch after ten steps, and what ten more give: python it/oracle/optim_state.py

One .pt file for OptimizerStateGoldenTest: {name: {"start", "optimizer", "end"}}, two named groups with
options of their own; and schedulers after 20 steps.
"""
import copy

import torch
from optim import OPTIMIZERS, SCHEDULERS, gradient, iterate_wide, start
from torch import optim


def steps(o, parameters, first, last):
    for t in range(first, last + 1):
        for k, p in enumerate(parameters):
            p.grad = gradient(t + 3 * k)
        o.step()


def run(make):
    parameters = [torch.nn.Parameter(start()), torch.nn.Parameter(start() * 2)]
    o = make(parameters)
    return saved(o, parameters)


def saved(o, parameters):
    steps(o, parameters, 1, 10)
    out = {"start": [p.detach().clone() for p in parameters]}
    state = o.state_dict()
    out["optimizer"] = {
        "state": {k: {n: v.clone() if torch.is_tensor(v) else v for n, v in s.items()} for k, s in state["state"].items()},
        "param_groups": state["param_groups"],
    }
    steps(o, parameters, 11, 20)
    out["end"] = [p.detach().clone() for p in parameters]
    return out


def groups(kind, **options):
    parameters = [torch.nn.Parameter(start()), torch.nn.Parameter(start() * 2)]
    o = kind(
        [
            {"params": [("body.weight", parameters[0])], "weight_decay": 0.1},
            {"params": [("head.weight", parameters[1])], "lr": 0.03},
        ],
        **options,
    )
    return saved(o, parameters)


def schedule(make):
    o = optim.SGD([torch.nn.Parameter(start())], 0.7, momentum=0.9)
    s = make(o)
    for _ in range(20):
        o.step()
        s.step()
    return {k: v for k, v in s.state_dict().items() if k in ("base_lrs", "last_epoch", "_step_count", "_last_lr")}


def lbfgs():
    x = torch.nn.Parameter(torch.tensor([-1.2, 1.0, 0.7, -0.4]))
    o = optim.LBFGS([x], lr=0.002, max_iter=6, history_size=3)

    def closure():
        o.zero_grad()
        loss = (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
        loss.backward()
        return loss

    o.step(closure)
    o.step(closure)
    out = {"start": [x.detach().clone()], "optimizer": o.state_dict()}
    out = copy.deepcopy(out)
    o.step(closure)
    out["end"] = [x.detach().clone()]
    return out


def average(fn=None, **options):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)).double()
    swa = torch.optim.swa_utils.AveragedModel(model, avg_fn=fn, **options)
    states = []
    for t in range(4):
        with torch.no_grad():
            for p in model.parameters():
                p.add_(gradient(t).flatten()[: p.numel()].reshape(p.shape))
            model[1].running_mean.add_(t + 1)
        states.append({k: v.clone() for k, v in model.state_dict().items()})
        swa.update_parameters(model)
    return {"states": states, "averaged": swa.state_dict()}


def swalr(**options):
    o = optim.SGD([torch.nn.Parameter(start())], 0.7)
    first = optim.lr_scheduler.ExponentialLR(o, 0.9)
    for _ in range(3):
        o.step()
        first.step()
    s = torch.optim.swa_utils.SWALR(o, swa_lr=0.05, **options)
    rates = []
    for _ in range(15):
        rates.append(o.param_groups[0]["lr"])
        o.step()
        s.step()
    return rates


swa = torch.optim.swa_utils
iterate_wide()
torch.save(
    {
        "optimizers": {
            **{k: run(v) for k, v in OPTIMIZERS.items()},
            "groups sgd": groups(optim.SGD, lr=0.1, momentum=0.9),
            "groups adamw": groups(optim.AdamW, lr=0.01),
            "lbfgs": lbfgs(),
        },
        "schedulers": {k: schedule(v) for k, v in SCHEDULERS.items() if k not in ("chained", "sequential")},
        "averages": {
            "swa": average(),
            "swa with buffers": average(use_buffers=True),
            "ema": average(swa.get_ema_avg_fn(0.9)),
        },
        "swalr": {"cos": swalr(), "linear": swalr(anneal_strategy="linear", anneal_epochs=4), "none": swalr(anneal_epochs=0)},
    },
    "autograd/src/test/resources/io/arclight/optim/state.pt",
)
