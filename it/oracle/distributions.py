"""Writes what PyTorch's distributions give, as JSON on stdout: see DistributionsGoldenTest.

    python it/oracle/distributions.py > autograd/src/test/resources/io/arclight/distributions/pytorch.json
"""
import json
import sys

import torch
from torch import distributions as d

torch.set_default_dtype(torch.float64)
t = torch.tensor

CASES = {
    "normal": (d.Normal(t([0.0, 1.5, -2.0]), t([1.0, 0.3, 4.0])), d.Normal(t(0.5), t([2.0, 1.0, 0.7])), t([0.3, 1.0, -6.0])),
    "uniform": (d.Uniform(t([0.0, -1.0]), t([1.0, 3.0])), d.Uniform(t([-0.5, -2.0]), t([1.0, 5.0])), t([0.25, 2.0])),
    "exponential": (d.Exponential(t([0.5, 2.0])), d.Exponential(t([1.5, 0.2])), t([0.1, 3.0])),
    "gamma": (d.Gamma(t([0.4, 1.0, 7.5]), t([1.0, 0.5, 2.0])), d.Gamma(t([1.4, 3.0, 5.5]), t([0.3, 0.5, 1.0])), t([0.2, 1.0, 4.0])),
    "beta": (d.Beta(t([0.5, 2.0]), t([0.7, 5.0])), d.Beta(t([1.5, 1.0]), t([3.0, 0.4])), t([0.2, 0.9])),
    "dirichlet": (d.Dirichlet(t([[0.5, 1.0, 4.0], [2.0, 2.0, 2.0]])), d.Dirichlet(t([1.0, 0.3, 2.0])), t([[0.2, 0.3, 0.5], [0.6, 0.1, 0.3]])),
    "bernoulli probs": (d.Bernoulli(probs=t([0.1, 0.5, 0.9])), d.Bernoulli(probs=t([0.3, 0.2, 0.6])), t([1.0, 0.0, 1.0])),
    "bernoulli logits": (d.Bernoulli(logits=t([-2.0, 0.3, 5.0])), d.Bernoulli(logits=t([1.0, 0.0, -1.0])), t([1.0, 0.0, 0.0])),
    "categorical probs": (d.Categorical(probs=t([[0.2, 0.5, 0.3], [4.0, 1.0, 5.0]])), d.Categorical(probs=t([[0.1, 0.1, 0.8], [1.0, 1.0, 2.0]])), t([2, 0])),
    "categorical logits": (d.Categorical(logits=t([[0.2, 1.5, -0.3]])), d.Categorical(logits=t([[1.0, 1.0, 2.0]])), t([[1], [2]])),
    "multivariate normal": (
        d.MultivariateNormal(t([0.5, -1.0]), t([[2.0, 0.3], [0.3, 0.5]])),
        d.MultivariateNormal(t([[0.0, 1.0], [2.0, 2.0]]), t([[1.0, -0.2], [-0.2, 1.5]])),
        t([[0.0, 0.0], [1.0, -2.0]])),
}
MIXED = {
    "uniform to normal": (d.Uniform(t([0.0, -1.0]), t([1.0, 3.0])), d.Normal(t(0.3), t([1.0, 2.0]))),
    "exponential to gamma": (d.Exponential(t([0.5, 2.0])), d.Gamma(t([1.5, 0.4]), t([1.0, 3.0]))),
    "gamma to exponential": (d.Gamma(t([1.5, 0.4]), t([1.0, 3.0])), d.Exponential(t([0.5, 2.0]))),
}


def flat(x):
    return x.flatten().tolist()


out = {}
for name, (p, q, value) in CASES.items():
    case = {"log_prob": flat(p.log_prob(value)), "entropy": flat(p.entropy()), "kl": flat(d.kl_divergence(p, q))}
    if "categorical" not in name:
        case["mean"], case["variance"] = flat(p.mean), flat(p.variance)
    if name in ("normal", "uniform", "exponential"):
        case["cdf"] = flat(p.cdf(value))
        case["icdf"] = flat(p.icdf(t(0.3).expand(p.batch_shape)))
    out[name] = case
for name, (p, q) in MIXED.items():
    out[name] = {"kl": flat(d.kl_divergence(p, q))}
json.dump(out, sys.stdout, indent=1)
