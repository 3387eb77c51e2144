"""Losses, with every option: python it/oracle/losses.py"""
import torch
import torch.nn.functional as F
from golden import Golden
from torch import nn

golden = Golden()
REDUCTIONS = ("none", "mean", "sum")


def loss(name, make, *inputs):
    """The loss `make(reduction)` under all reductions."""
    for reduction in REDUCTIONS:
        golden.function(f"{name} {reduction}", make(reduction), *inputs)


# ---- cross entropy of classes
weight = torch.tensor([0.5, 2.0, 0.0, 1.5])
x = 2 * torch.randn(6, 4)
classes = torch.tensor([0, 3, 1, 2, 3, -100])
other = torch.tensor([0, 3, 1, 1, 3, 2])
loss("ce", lambda r: nn.CrossEntropyLoss(reduction=r), x, classes)
loss("ce weight", lambda r: nn.CrossEntropyLoss(weight.to(torch.float64), reduction=r), x, classes)
loss("ce ignore", lambda r: nn.CrossEntropyLoss(ignore_index=1, reduction=r), x, other)
loss("ce smooth", lambda r: nn.CrossEntropyLoss(label_smoothing=0.1, reduction=r), x, classes)
loss(
    "ce all",
    lambda r: nn.CrossEntropyLoss(
        weight.to(torch.float64), ignore_index=1, label_smoothing=0.3, reduction=r
    ),
    x,
    other,
)
images = torch.randn(2, 4, 3, 2)
pixels = torch.randint(0, 4, (2, 3, 2))
loss("ce images", lambda r: nn.CrossEntropyLoss(reduction=r), images, pixels)
loss(
    "ce images all",
    lambda r: nn.CrossEntropyLoss(
        weight.to(torch.float64), ignore_index=3, label_smoothing=0.2, reduction=r
    ),
    images,
    pixels,
)
loss("ce one", lambda r: nn.CrossEntropyLoss(reduction=r), torch.randn(4), torch.tensor(2))
loss("ce long rows", lambda r: nn.CrossEntropyLoss(reduction=r), torch.randn(3, 40), torch.tensor([7, 39, 0]))

# ---- cross entropy of probabilities
share = torch.rand(6, 4).softmax(1)
loss("ce share", lambda r: nn.CrossEntropyLoss(reduction=r), x, share)
loss(
    "ce share all",
    lambda r: nn.CrossEntropyLoss(weight.to(torch.float64), label_smoothing=0.3, reduction=r),
    x,
    share,
)
loss("ce share images", lambda r: nn.CrossEntropyLoss(reduction=r), images, torch.rand(2, 4, 3, 2))
loss("ce share one", lambda r: nn.CrossEntropyLoss(reduction=r), torch.randn(4), torch.rand(4))

# ---- negative log likelihood
logp = x.log_softmax(1)
loss("nll", lambda r: nn.NLLLoss(reduction=r), logp, classes)
loss(
    "nll all", lambda r: nn.NLLLoss(weight.to(torch.float64), ignore_index=1, reduction=r), logp, other
)
loss("nll images", lambda r: nn.NLLLoss(reduction=r), images, pixels)
loss("nll one", lambda r: nn.NLLLoss(reduction=r), torch.randn(4), torch.tensor(2))

# ---- binary
p = torch.cat([torch.rand(8), torch.tensor([0.0, 1.0, 0.0, 1.0])]).reshape(3, 4)
t = torch.cat([torch.rand(8), torch.tensor([0.0, 1.0, 1.0, 0.0])]).reshape(3, 4)
scale = torch.rand(3, 4).to(torch.float64)
golden.function("scale", lambda s: s, scale.to(torch.float32))
loss("bce", lambda r: nn.BCELoss(reduction=r), p, t)
loss("bce weight", lambda r: nn.BCELoss(weight=scale[0], reduction=r), p, t)
logits = torch.cat([3 * torch.randn(9), torch.tensor([0.0, 200, -200])]).reshape(3, 4)
loss("bce logits", lambda r: nn.BCEWithLogitsLoss(reduction=r), logits, t)
pos = torch.tensor([1.0, 2.0, 0.5, 3.0], dtype=torch.float64)
loss("bce logits pos", lambda r: nn.BCEWithLogitsLoss(pos_weight=pos, reduction=r), logits, t)
loss(
    "bce logits all",
    lambda r: nn.BCEWithLogitsLoss(scale, pos_weight=pos, reduction=r),
    logits,
    t,
)

# ---- differences
a = torch.cat([2 * torch.randn(8), torch.tensor([1.0, 1.0, 0.0, 0.5])]).reshape(3, 4)
b = torch.cat([2 * torch.randn(8), torch.tensor([1.0, 0.0, 1.0, 0.0])]).reshape(3, 4)
loss("mse", lambda r: nn.MSELoss(reduction=r), a, b)
loss("l1", lambda r: nn.L1Loss(reduction=r), a, b)
loss("smooth l1", lambda r: nn.SmoothL1Loss(reduction=r), a, b)
loss("smooth l1 0.5", lambda r: nn.SmoothL1Loss(beta=0.5, reduction=r), a, b)
loss("smooth l1 0", lambda r: nn.SmoothL1Loss(beta=0.0, reduction=r), a, b)
loss("huber", lambda r: nn.HuberLoss(reduction=r), a, b)
loss("huber 0.5", lambda r: nn.HuberLoss(delta=0.5, reduction=r), a, b)
for name, f in {"mse": F.mse_loss, "l1": F.l1_loss, "huber": F.huber_loss}.items():
    golden.function(f"{name} of one", f, torch.tensor(1.5), torch.tensor(0.25))

# ---- distributions
q = torch.rand(3, 4).softmax(1)
loss("kl", lambda r: nn.KLDivLoss(reduction=r), a.log_softmax(1), q)
loss("kl log", lambda r: nn.KLDivLoss(log_target=True, reduction=r), a.log_softmax(1), q.log())
golden.function("kl batchmean", nn.KLDivLoss(reduction="batchmean"), a.log_softmax(1), q)
golden.function(
    "kl log batchmean", nn.KLDivLoss(reduction="batchmean", log_target=True), a.log_softmax(1), q.log()
)
golden.function(
    "kl zeros",
    lambda u, v: F.kl_div(u, v.detach(), reduction="sum"),
    torch.randn(2),
    torch.tensor([0.0, 1.0]),
)
var = torch.rand(3, 4) + 0.1
var[0, 0] = 0.0
loss("gaussian", lambda r: nn.GaussianNLLLoss(reduction=r), a, b, var)
loss("gaussian full", lambda r: nn.GaussianNLLLoss(full=True, eps=0.3, reduction=r), a, b, var)
loss("gaussian rows", lambda r: nn.GaussianNLLLoss(reduction=r), a, b, torch.rand(3, 1) + 0.1)
loss("gaussian rows 1d", lambda r: nn.GaussianNLLLoss(reduction=r), a, b, torch.rand(3) + 0.1)
golden.function("gaussian number", lambda x, y: F.gaussian_nll_loss(x, y, 0.7), a, b)
counts = torch.tensor([0.0, 1, 2, 7, 3, 0, 1, 1, 4, 2, 9, 1]).reshape(3, 4)
loss("poisson", lambda r: nn.PoissonNLLLoss(reduction=r), a, counts)
# The target's gradient is NaN in PyTorch where its Stirling term is masked.
loss(
    "poisson full",
    lambda r: lambda u, v: F.poisson_nll_loss(u, v.detach(), full=True, reduction=r),
    a,
    counts,
)
loss(
    "poisson plain",
    lambda r: nn.PoissonNLLLoss(log_input=False, eps=0.1, reduction=r),
    torch.rand(3, 4),
    counts,
)

# ---- margins
signs = torch.tensor([1.0, -1, 1, -1, -1, 1, 1, 1, -1, 1, 1, -1])
loss("ranking", lambda r: nn.MarginRankingLoss(reduction=r), a, b, signs.reshape(3, 4))
loss("ranking 0.5", lambda r: nn.MarginRankingLoss(0.5, reduction=r), a, b, signs.reshape(3, 4))
loss("hinge", lambda r: nn.HingeEmbeddingLoss(reduction=r), a, signs.reshape(3, 4))
loss("hinge 2", lambda r: nn.HingeEmbeddingLoss(2.0, reduction=r), a, signs.reshape(3, 4))
loss(
    "soft margin",
    lambda r: lambda u, v: F.soft_margin_loss(u, v.detach(), reduction=r),
    a,
    signs.reshape(3, 4),
)
labels = torch.tensor([[3, 0, -1, 1], [1, -1, -1, -1], [-1, 2, 0, 1]])
loss("multi label margin", lambda r: nn.MultiLabelMarginLoss(reduction=r), a, labels)
loss("multi label margin one", lambda r: nn.MultiLabelMarginLoss(reduction=r), a[0], labels[0])
loss("multi label soft", lambda r: nn.MultiLabelSoftMarginLoss(reduction=r), a, t.round())
loss(
    "multi label soft weight",
    lambda r: nn.MultiLabelSoftMarginLoss(pos, reduction=r),
    a,
    t.round(),
)
rows = torch.tensor([1, 3, 0])
loss("multi margin", lambda r: nn.MultiMarginLoss(reduction=r), a, rows)
loss("multi margin 2", lambda r: nn.MultiMarginLoss(p=2, margin=0.5, reduction=r), a, rows)
loss("multi margin weight", lambda r: nn.MultiMarginLoss(weight=pos, reduction=r), a, rows)
loss("multi margin one", lambda r: nn.MultiMarginLoss(reduction=r), a[0], torch.tensor(2))

# ---- embeddings
c, d, e = torch.randn(5, 4), torch.randn(5, 4), torch.randn(5, 4)
sides = torch.tensor([1.0, -1, 1, -1, -1])
loss("cosine", lambda r: nn.CosineEmbeddingLoss(reduction=r), c, d, sides)
loss("cosine 0.5", lambda r: nn.CosineEmbeddingLoss(0.5, reduction=r), c, d, sides)
loss("cosine one", lambda r: nn.CosineEmbeddingLoss(reduction=r), c[0], d[0], torch.tensor(-1.0))
loss("triplet", lambda r: nn.TripletMarginLoss(reduction=r), c, d, e)
loss("triplet swap", lambda r: nn.TripletMarginLoss(2.0, 1.0, swap=True, reduction=r), c, d, e)
loss("triplet eps", lambda r: nn.TripletMarginLoss(0.5, p=3, eps=0.1, reduction=r), c, d, e)


def l1(u, v):
    return (u - v).abs().sum(-1)


def triplet(**options):
    return lambda r: nn.TripletMarginWithDistanceLoss(reduction=r, **options)


loss("triplet with", triplet(distance_function=l1, margin=0.5), c, d, e)
loss("triplet with swap", triplet(distance_function=l1, swap=True), c, d, e)
loss("triplet with default", triplet(), c, d, e)

# ---- linear cross entropy
for name, options, target in (
    ("linear ce", {}, torch.tensor([1, 2, 0, 6, -100])),
    ("linear ce bias", {"bias": True, "label_smoothing": 0.2}, torch.tensor([1, 2, 0, 6, 3])),
    (
        "linear ce weight",
        {"weight": torch.rand(7), "ignore_index": 2, "bias": True},
        torch.tensor([1, 2, 0, 6, 3]),
    ),
    ("linear ce share", {}, torch.rand(5, 7).softmax(1)),
    ("linear ce images", {"out_features": (2, 3), "bias": True}, torch.randint(0, 7, (5, 2, 3))),
):
    for reduction in REDUCTIONS:
        module = nn.LinearCrossEntropyLoss(4, 7, reduction=reduction, **options)
        golden.module(f"{name} {reduction}", module, c, target)
golden.save("autograd/src/test/resources/io/arclight/nn/losses.safetensors")
