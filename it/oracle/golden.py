"""What PyTorch gives for modules and functions, a safetensors file for each family: see Golden.java.

    from golden import Golden
    golden = Golden()
    golden.module("linear", torch.nn.Linear(3, 2), torch.randn(4, 3))
    golden.function("gelu", torch.nn.functional.gelu, torch.randn(5))
    golden.save("autograd/src/test/resources/io/arclight/nn/linear.safetensors")

State and inputs are float32; all is computed in float64 and rounded, so that what Arclight is compared
with is nearer to the truth than PyTorch's own float32.
"""
import copy
import json

import torch
from safetensors.torch import save_file


def _double(t):
    return t.detach().to(torch.float64) if t.is_floating_point() else t.detach()


def _tensors(result):
    """The tensors of a result, depth first."""
    if torch.is_tensor(result):
        return [result]
    if isinstance(result, (tuple, list)):
        return [t for part in result for t in _tensors(part)]
    if isinstance(result, dict):
        return [t for part in result.values() for t in _tensors(part)]
    return []


def formula(shape, key):
    """Values on [-0.5, 0.5), the same as Golden.formula in Java."""
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    h = (i * 2654435761 + key * 40503 + 12345) % (1 << 32)
    h = ((h ^ (h >> 15)) * 739982445) % (1 << 32)
    return (((h ^ (h >> 12)) % (1 << 24)).to(torch.float64) / (1 << 24) - 0.5).reshape(shape)


def fill(state):
    """Weights of a size that keeps activations near 1, by formula, in the order of the state."""
    for key, (name, t) in enumerate(state.items()):
        if not t.is_floating_point():
            continue
        u = formula(t.shape, key)
        if t.dim() > 1:
            u = u * (2 * (3 / (t.numel() / t.shape[0])) ** 0.5)
        elif name.endswith("bias") or name.endswith("running_mean"):
            u = u * 0.2
        else:
            u = u * 0.4 + 1
        t.copy_(u)


class Golden:
    def __init__(self, seed=0):
        torch.manual_seed(seed)
        self.tensors = {}
        self.metadata = {"torch": torch.__version__}

    def module(self, name, module, *inputs, call=None):
        """Inputs, state before and after, outputs, and gradients of all by fixed cotangents.

        `call(module, *inputs)` where it is not simply called. The mode (train, eval) is the module's.
        """
        self._put(name, "state", module.state_dict())
        module = copy.deepcopy(module).to(torch.float64)
        run = call or (lambda m, *x: m(*x))
        outputs = self._run(name, lambda *x: run(module, *x), inputs)
        self._put(name, "after", dict(module.named_buffers()))
        grads = {n: p.grad for n, p in module.named_parameters() if p.grad is not None}
        self._put(name, "grad", grads)
        return outputs

    def model(self, name, model, *inputs, call=None):
        """As module, for large ones: weights by formula, of gradients a product and the norm."""
        with torch.no_grad():
            fill(model.state_dict())
        state = [[n, list(t.shape)] for n, t in model.state_dict().items()]
        self.metadata[name] = json.dumps(state)
        model = copy.deepcopy(model).to(torch.float64)
        run = call or (lambda m, *x: m(*x))
        outputs = self._run(name, lambda *x: run(model, *x), inputs)
        grads = {}
        for key, (n, p) in enumerate(model.named_parameters()):
            if p.grad is not None:
                g = p.grad
                grads[n] = torch.stack([(g * formula(g.shape, key)).sum(), g.norm()])
        self._put(name, "gradients", grads)
        return outputs

    def function(self, name, function, *inputs):
        return self._run(name, function, inputs)

    def _run(self, name, function, inputs):
        self._put(name, "in", dict(enumerate(inputs)))
        inputs = [_double(x) for x in inputs]
        for x in inputs:
            x.requires_grad_(x.is_floating_point())
        outputs = _tensors(function(*inputs))
        self._put(name, "out", dict(enumerate(outputs)))
        roots = [(i, o) for i, o in enumerate(outputs) if o.requires_grad]
        if roots:
            cotangents = {i: torch.randn(o.shape) for i, o in roots}
            self._put(name, "cotangent", cotangents)
            torch.autograd.backward([o for _, o in roots], [_double(c) for c in cotangents.values()])
            self._put(name, "gradin", {i: x.grad for i, x in enumerate(inputs) if x.grad is not None})
        return outputs

    def _put(self, name, kind, tensors):
        for key, t in tensors.items():
            t = t.detach().clone().contiguous()
            self.tensors[f"{name}/{kind}/{key}"] = t.to(torch.float32) if t.is_floating_point() else t

    def save(self, path):
        save_file(self.tensors, path, metadata=self.metadata)
        print(f"{path}: {len(self.tensors)} tensors, torch {torch.__version__}")
