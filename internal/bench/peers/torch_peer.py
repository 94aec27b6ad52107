"""PyTorch on a workload's data.npz: python torch_peer.py WORKLOAD BATCH step|epoch|predict|cold [NAME=NUMBER ...]

step prints the median seconds of a step, epoch those of an epoch, an epoch a line, the first left out; predict those of calls on random
data; cold trains one epoch and prints nothing. It is given its best: fused optimizer, channels last, denormals flushed, and inference
mode. With COMPILE=1 the model is compiled, with THREADS=1 the process keeps to one core. With DEVICE=cuda it computes on the GPU, where all data
then lie beforehand; compiled, it is told to use CUDA graphs. PRECISION is float32, tf32 or bf16 (autocast).
"""
import os
import sys

threads = int(os.environ.get("THREADS", "2"))
os.environ["OMP_NUM_THREADS"] = str(threads)
if threads == 1:
    os.sched_setaffinity(0, {0})
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import torch_layers

torch.set_flush_denormal(True)
torch.set_num_threads(threads)
torch.manual_seed(0)
device = os.environ.get("DEVICE") or "cpu"
precision = os.environ.get("PRECISION", "float32")
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
settings = {k: int(v) for k, v in (a.split("=") for a in sys.argv[4:])}
workload, variant, batch, what = sys.argv[1], "", int(sys.argv[2]), sys.argv[3]
if not settings:
    workload, variant = workload[:2], workload[2:]


class Residual(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU(),
                                  nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer))
        self.short = nn.Identity() if stride == 1 else nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x):
        return F.relu(self.short(x) + self.body(x))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.out = nn.Embedding(20000, 128), nn.Linear(128, 1)
        if variant == "bi":
            self.read = nn.LSTM(128, 64, num_layers=2, bidirectional=True, batch_first=True)
        else:
            self.read = {"": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[variant](128, 128, batch_first=True)

    def forward(self, x):
        y, last = self.read(self.words(x))
        return self.out(torch.cat([last[0][-2], last[0][-1]], 1) if variant == "bi" else y[:, -1])


class Decoder(nn.Module):
    def __init__(self, width=128, heads=4):
        super().__init__()
        self.heads = heads
        self.norm1, self.qkv, self.project = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm2, self.mlp = nn.LayerNorm(width), nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in self.qkv(self.norm1(x)).split(d, 2))
        x = x + self.project(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, d))
        return x + self.mlp(self.norm2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(256, 128), nn.Embedding(128, 128)
        self.body = nn.Sequential(*[Decoder() for _ in range(4)], nn.LayerNorm(128), nn.Linear(128, 256))

    def forward(self, x):
        return self.body(self.words(x) + self.places.weight)


class Encoder(nn.Module):
    def __init__(self, width, heads, first, approximate):
        super().__init__()
        self.heads, self.first = heads, first
        self.norm1, self.qkv, self.project = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm2, self.mlp = nn.LayerNorm(width), nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate), nn.Linear(4 * width, width))

    def attend(self, x):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in self.qkv(x).split(d, 2))
        return self.project(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, d))

    def forward(self, x):
        if self.first:
            x = x + self.attend(self.norm1(x))
            return x + self.mlp(self.norm2(x))
        x = self.norm1(x + self.attend(x))
        return self.norm2(x + self.mlp(x))


class Encoders(nn.Module):
    def __init__(self, width, heads, first, approximate):
        super().__init__()
        self.body = nn.Sequential(*[Encoder(width, heads, first, approximate) for _ in range(4)], nn.LayerNorm(width) if first else nn.Identity())
        self.out = nn.Linear(width, 10)

    def forward(self, x):
        return self.out(self.body(x).mean(1))


def resnet20():
    parts, width = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for outer in (16, 32, 64):
        for _ in range(3):
            parts.append(Residual(width, outer, 1 if width == outer else 2))
            width = outer
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


models = {
    "w1": lambda: nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 10)),
    "w2": lambda: nn.Sequential(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                                nn.Linear(2304, 128), nn.ReLU(), nn.Linear(128, 10)),
    "w3": resnet20, "w4": Recurrent,
    "w5": {"": GPT, "vit": lambda: Encoders(192, 3, True, "none"), "enc": lambda: Encoders(240, 6, False, "tanh")}[variant if workload == "w5" else ""],
    "w6": lambda: nn.Sequential(nn.Linear(28, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 1)),
}
models["w8"] = models["w1"]
model = (torch_layers.build(workload, settings) if settings else models[workload]()).to(device)
if workload in ("w2", "w3"):
    model = model.to(memory_format=torch.channels_last)
run = torch.compile(model, mode="reduce-overhead" if device != "cpu" else None) if os.environ.get("COMPILE") == "1" else model
if what == "predict":
    shapes = {"w1": (784,), "w2": (32, 32, 3), "w3": (32, 32, 3), "w4": (200,), "w5": (128,), "w5vit": (197, 192), "w5enc": (77, 240), "w6": (28,)}
    shape = (batch,) + (torch_layers.shape(workload, settings) if settings else shapes.get(workload + variant, shapes.get(workload)))
    x = torch.randint(0, 256, shape, dtype=torch.int32) if workload == "w4" or workload + variant == "w5" else torch.rand(shape)
    if workload in ("w2", "w3"):
        x = x.permute(0, 3, 1, 2)
    if settings:
        x = torch_layers.order(workload, x)
    x = x.to(device)
    model.eval()
    with torch.inference_mode():
        for _ in range(5):
            run(x)
        begin = time.perf_counter()
        while time.perf_counter() - begin < 2:
            start = time.perf_counter()
            run(x)
            wait()
            print(time.perf_counter() - start)
    raise SystemExit
data = np.load("data.npz")
x, y = data["x"], torch.from_numpy(data["y"])
x = torch.from_numpy(x.astype(np.float32) / 255 if x.dtype == np.uint8 else x)
if workload in ("w2", "w3"):
    x = x.permute(0, 3, 1, 2)
if settings:
    x = torch_layers.order(workload, x)
y = (y if workload in ("w4", "w6") else y.long()).to(device)
x = x.to(device)
loss = {"w4": F.binary_cross_entropy_with_logits, "w6": F.binary_cross_entropy_with_logits,
        "w5": lambda p, t: F.cross_entropy(p.view(-1, p.shape[-1]), t.reshape(-1))}.get(workload, F.cross_entropy)
weights = model.parameters()
optimizer = {"w3": lambda: torch.optim.SGD(weights, 0.1, momentum=0.9, fused=True), "w5": lambda: torch.optim.AdamW(weights, 1e-3, fused=True)}.get(
    workload, lambda: torch.optim.Adam(weights, 1e-3, fused=True))()
for epoch in range(1 if what == "cold" else 4):
    times = []
    began = time.perf_counter()
    order = torch.randperm(len(x)) if what == "cold" else None
    for i in range(0, len(x) if what != "step" else len(x) // batch * batch, batch):
        start = time.perf_counter()
        part = slice(i, i + batch) if order is None else order[i : i + batch]
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=precision == "bf16"):
            value = loss(run(x[part]), y[part])
        value.backward()
        optimizer.step()
        wait()
        times.append(time.perf_counter() - start)
    if epoch:
        print(sorted(times)[len(times) // 2] if what == "step" else time.perf_counter() - began)
