"""What torch.nn.utils gives: python it/oracle/utils.py"""
import torch
from golden import Golden
from torch import nn
from torch.nn.utils import parametrizations as pz
from torch.nn.utils import prune

golden = Golden()
x = torch.randn(5, 4)


def linear(out=3):
    return nn.Linear(4, out)


golden.module("weight norm", pz.weight_norm(linear()), x)
golden.module("weight norm dim 1", pz.weight_norm(linear(), dim=1), x)
golden.module("weight norm of all", pz.weight_norm(linear(), dim=None), x)
golden.module("weight norm of the bias", pz.weight_norm(linear(), "bias"), x)
golden.module("spectral norm", pz.spectral_norm(linear()), x)
golden.module("spectral norm eval", pz.spectral_norm(linear(), n_power_iterations=2, dim=1).eval(), x)
golden.module("spectral norm of the bias", pz.spectral_norm(linear(), "bias"), x)
golden.module("two", pz.spectral_norm(pz.weight_norm(linear())), x)

for name, out in [("square", 4), ("tall", 6), ("wide", 3)]:
    for kind in ["matrix_exp", "cayley", "householder"]:
        for trivial in [True, False]:
            m = pz.orthogonal(linear(out), orthogonal_map=kind, use_trivialization=trivial)
            if kind != "householder" or trivial:
                with torch.no_grad():
                    original = m.parametrizations.weight.original
                    original.add_(0.3 * torch.randn_like(original).tril(-1))
            golden.module(f"orthogonal {name} {kind} {'trivialized' if trivial else 'plain'}", m, x)


def pruned(name, module):
    """Copies do not take what pruning computed last."""
    for part in module.modules():
        for key in ["weight", "bias"]:
            if hasattr(part, key + "_orig"):
                setattr(part, key, getattr(part, key).detach())
    golden.module(name, module, x)


m = linear(6)
golden.module("prune start", m, x)
prune.l1_unstructured(m, "weight", 0.3)
pruned("prune l1", m)
prune.ln_structured(m, "weight", 2, n=2, dim=0)
pruned("prune ln", m)
prune.l1_unstructured(m, "weight", 3)
pruned("prune again", m)
prune.l1_unstructured(m, "bias", 0.5)
prune.ln_structured(m, "weight", 0.25, n=float("inf"), dim=1)
pruned("prune columns", m)
m = linear(6)
two = nn.Sequential(m, nn.Linear(6, 2))
golden.module("global start", two, x)
prune.global_unstructured([(two[0], "weight"), (two[1], "weight"), (two[1], "bias")], prune.L1Unstructured, amount=0.4)
pruned("global", two)



def fused(name, layer, norm, inputs):
    """A layer and a norm in evaluation mode, which fused give the same."""
    for p in [*norm.parameters(), norm.running_mean]:
        torch.nn.init.normal_(p)
    torch.nn.init.uniform_(norm.running_var, 0.5, 2)
    golden.module(name, nn.Sequential(layer, norm).eval(), inputs)


fused("fuse conv", nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2), nn.BatchNorm2d(6), torch.randn(2, 4, 5, 5))
fused("fuse conv no bias", nn.Conv1d(2, 3, 2, bias=False), nn.BatchNorm1d(3, eps=0.1), torch.randn(2, 2, 5))
fused("fuse transposed", nn.ConvTranspose2d(4, 6, 3, groups=2), nn.BatchNorm2d(6), torch.randn(2, 4, 3, 3))
fused("fuse linear", nn.Linear(4, 3, bias=False), nn.BatchNorm1d(3), x)

grads = [torch.randn(3, 4), torch.randn(7), torch.zeros(2)]
for p in [0.5, 1.0, 2.0, 3.0, float("inf"), float("-inf"), 0.0]:
    golden.function(f"total norm {p}", lambda *g: nn.utils.get_total_norm([t.detach() for t in g], p), *grads)


def clipped(*g):
    parameters = [nn.Parameter(torch.zeros_like(t)) for t in g]
    for q, t in zip(parameters, g):
        q.grad = t.detach().clone()
    total = nn.utils.clip_grad_norm_(parameters, 0.7, norm_type=3.0)
    return [total, *[q.grad for q in parameters]]


golden.function("clip", clipped, *grads)
golden.save("autograd/src/test/resources/io/arclight/nn/utils/utils.safetensors")
