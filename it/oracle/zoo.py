"""The model zoo beside torchvision's and the same networks in PyTorch: python it/oracle/zoo.py"""
import torch
import torch.nn.functional as F
import torchvision
from golden import Golden
from torch import nn

golden = Golden()
images = torch.randn(2, 3, 32, 32)
models = torchvision.models
golden.model("resnet18", models.resnet18(num_classes=5), torch.randn(3, 3, 48, 48))
golden.model("resnet34", models.resnet34(num_classes=5).eval(), images)
golden.model("resnet50", models.resnet50(num_classes=5).eval(), images)
golden.model("mobilenet_v2", models.mobilenet_v2(num_classes=5).eval(), images)
golden.model("mobilenet_v2 half", models.mobilenet_v2(num_classes=5, width_mult=0.5).eval(), images)
golden.model("efficientnet_b0", models.efficientnet_b0(num_classes=5).eval(), images)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


# In the order in which Java registers them.
lenet = LeNet()
order = ["conv2", "fc1", "fc2", "conv1", "fc3"]
lenet._modules = {n: lenet._modules[n] for n in order}
golden.model("lenet", lenet, torch.randn(2, 1, 28, 28))


def twice(i, o):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(),
        nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU())


class UNet(nn.Module):
    def __init__(self, i, classes, width, depth):
        super().__init__()
        self.down = nn.ModuleList([twice(i, width)] + [twice(width << d, width << (d + 1)) for d in range(depth)])
        wide = [width << d for d in range(depth, 0, -1)]
        self.up = nn.ModuleList([nn.ConvTranspose2d(w, w // 2, 2, stride=2) for w in wide])
        self.merge = nn.ModuleList([twice(w, w // 2) for w in wide])
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        passed = []
        x = self.down[0](x)
        for block in self.down[1:]:
            passed.append(x)
            x = block(F.max_pool2d(x, 2))
        for up, merge in zip(self.up, self.merge):
            x = merge(torch.cat([passed.pop(), up(x)], 1))
        return self.head(x)


golden.model("unet", UNet(2, 3, 4, 2), torch.randn(2, 2, 8, 12))


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(12, 9)
        self.fc21 = nn.Linear(9, 4)
        self.fc22 = nn.Linear(9, 4)
        self.fc3 = nn.Linear(4, 9)
        self.fc4 = nn.Linear(9, 12)

    def forward(self, x):
        h = F.relu(self.fc1(x))
        mean, log_variance = self.fc21(h), self.fc22(h)
        logits = self.fc4(F.relu(self.fc3(mean)))
        bce = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
        return logits, mean, log_variance, (bce + kl) / len(x)


golden.model("vae", Vae().eval(), torch.rand(3, 12))

generator = nn.Sequential(
    nn.ConvTranspose2d(5, 16, 4, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
    nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
    nn.ConvTranspose2d(8, 4, 4, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
    nn.ConvTranspose2d(4, 1, 4, 2, 1, bias=False), nn.Tanh())
discriminator = nn.Sequential(
    nn.Conv2d(1, 4, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
    nn.Conv2d(4, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.LeakyReLU(0.2),
    nn.Conv2d(8, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.2),
    nn.Conv2d(16, 1, 4, bias=False))


class Main(nn.Module):
    def __init__(self, main):
        super().__init__()
        self.main = main

    def forward(self, x):
        return self.main(x)


golden.model("dcgan generator", Main(generator), torch.randn(3, 5, 1, 1))
golden.model("dcgan discriminator", Main(discriminator), torch.randn(3, 1, 32, 32),
             call=lambda m, x: m(x).flatten())


def perceptron(i, dropout, *sizes):
    layers = []
    for at, size in enumerate(sizes):
        layers.append(nn.Linear(i, size))
        if at < len(sizes) - 1:
            layers += [nn.ReLU()] + ([nn.Dropout(dropout)] if dropout else [])
        i = size
    return nn.Sequential(*layers)


class Embeddings(nn.Module):
    def __init__(self, sizes, d):
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(n, d) for n in sizes])

    def forward(self, x):
        return torch.stack([t(x[:, i]) for i, t in enumerate(self.tables)], 1)


class TabularMlp(nn.Module):
    def __init__(self, k, sizes, d, *layers):
        super().__init__()
        self.embeddings = Embeddings(sizes, d)
        self.layers = perceptron(k + len(sizes) * d, 0.1, *layers)

    def forward(self, x, c):
        return self.layers(torch.cat([x, self.embeddings(c).flatten(1)], 1))


class WideAndDeep(nn.Module):
    def __init__(self, k, sizes, d, *hidden):
        super().__init__()
        self.wide = nn.Linear(k, 1)
        self.weights = Embeddings(sizes, 1)
        self.deep = TabularMlp(k, sizes, d, *hidden, 1)

    def forward(self, x, c):
        return (self.wide(x) + self.weights(c).sum(1) + self.deep(x, c)).squeeze(1)


class DeepFm(nn.Module):
    def __init__(self, k, sizes, d, *hidden):
        super().__init__()
        self.number_vectors = nn.Parameter(torch.randn(k, d))
        self.linear = nn.Linear(k, 1)
        self.weights = Embeddings(sizes, 1)
        self.embeddings = Embeddings(sizes, d)
        self.deep = perceptron((k + len(sizes)) * d, 0.1, *hidden, 1)

    def forward(self, x, c):
        v = torch.cat([x.unsqueeze(2) * self.number_vectors, self.embeddings(c)], 1)
        pairs = sum((v[:, i] * v[:, j]).sum(1) for i in range(v.shape[1]) for j in range(i))
        first = self.linear(x) + self.weights(c).sum(1) + self.deep(v.flatten(1))
        return first.squeeze(1) + pairs


class Dlrm(nn.Module):
    def __init__(self, k, sizes, d, bottom, top):
        super().__init__()
        self.bottom = perceptron(k, 0, *bottom, d)
        self.embeddings = Embeddings(sizes, d)
        n = len(sizes) + 1
        self.top = perceptron(d + n * (n - 1) // 2, 0, *top, 1)

    def forward(self, x, c):
        dense = F.relu(self.bottom(x))
        v = torch.cat([dense.unsqueeze(1), self.embeddings(c)], 1)
        products = [(v[:, i] * v[:, j]).sum(1) for i in range(v.shape[1]) for j in range(i)]
        return self.top(torch.cat([dense, torch.stack(products, 1)], 1)).squeeze(1)


sizes = (3, 5)
numbers, categories = torch.randn(4, 2), torch.tensor([[0, 4], [2, 1], [1, 1], [2, 0]])
golden.model("tabular mlp", TabularMlp(2, sizes, 3, 8, 2).eval(), numbers, categories)
golden.model("wide and deep", WideAndDeep(2, sizes, 3, 8).eval(), numbers, categories)
golden.model("deepfm", DeepFm(2, sizes, 3, 8).eval(), numbers, categories)
golden.model("dlrm", Dlrm(2, sizes, 3, (6,), (7,)), numbers, categories)

golden.save("autograd/src/test/resources/io/arclight/models/zoo.safetensors")
