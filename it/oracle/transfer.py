"""LeNet trained on the digits 0 to 4, in half precision: python it/oracle/transfer.py MNIST_FOLDER"""
import gzip
import pathlib
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional


class LeNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, classes)

    def forward(self, x):
        x = functional.max_pool2d(self.conv1(x).relu(), 2)
        x = functional.max_pool2d(self.conv2(x).relu(), 2).flatten(1)
        return self.fc3(self.fc2(self.fc1(x).relu()).relu())


def read(name, header):
    with gzip.open(pathlib.Path(sys.argv[1]) / name) as file:
        return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8, offset=header).copy())


torch.manual_seed(1)
torch.set_num_threads(1)
x = read("train-images-idx3-ubyte.gz", 16).view(-1, 1, 28, 28).float() / 255
y = read("train-labels-idx1-ubyte.gz", 8).long()
x, y = x[y < 5], y[y < 5]
model = LeNet(5)
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
for epoch in range(2):
    for rows in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
folder = pathlib.Path("it/src/test/resources/io/arclight/it/showcase")
folder.mkdir(parents=True, exist_ok=True)
torch.save({"epochs": 2, "state_dict": model.half().state_dict()}, folder / "lenet-0-4.pt")
