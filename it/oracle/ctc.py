"""Connectionist temporal classification: python it/oracle/ctc.py"""
import torch
from golden import Golden
from torch.nn.functional import ctc_loss

golden = Golden()
T, B, C = 7, 3, 5
x = torch.randn(T, B, C).log_softmax(-1)
padded = torch.tensor([[1, 2, 2, 4], [3, 1, 1, 1], [4, 0, 0, 0]])
joined = torch.tensor([1, 2, 2, 4, 3, 1, 4])
steps, lengths = torch.tensor([7, 5, 6]), torch.tensor([4, 2, 1])


def case(name, *inputs, **options):
    golden.function(name, lambda *a: ctc_loss(*a, **options), *inputs)


for reduction in ("mean", "sum", "none"):
    case(f"padded {reduction}", x, padded, steps, lengths, reduction=reduction)
case("joined", x, joined, steps, lengths)
case("int32", x, joined.int(), steps.int(), lengths.int(), reduction="sum")
case("blank", x, torch.tensor([[0, 1, 3], [2, 2, 0], [1, 1, 1]]), steps, torch.tensor([3, 2, 0]), blank=4)
case("single", x[:, 0], padded[0][:3], torch.tensor(6), torch.tensor(3), reduction="none")
case("single mean", x[:, 1], padded[0][:3], torch.tensor(6), torch.tensor(3))
# The first target has more classes and repetitions than steps.
short = torch.tensor([2, 5, 0])
none = torch.tensor([4, 2, 0])
case("infinite", x, padded, short, none, reduction="none")
case("zero infinity", x, padded, short, none, reduction="none", zero_infinity=True)
case("zero infinity mean", x, padded, short, none, zero_infinity=True)
case("no targets", x, torch.zeros(3, 0, dtype=torch.long), steps, torch.zeros(3, dtype=torch.long), reduction="sum")
long = torch.randn(40, 2, 9).log_softmax(-1)
case("long", long, torch.randint(1, 9, (2, 15)), torch.tensor([40, 37]), torch.tensor([15, 11]), reduction="sum")
golden.save("autograd/src/test/resources/io/arclight/nn/ctc.safetensors")
