"""The workloads that are some layers of one kind, as PyTorch has them."""
import torch
from torch import nn

ranks = {"conv1d": 1, "conv2d": 2, "conv3d": 3, "depthwise": 2}


def shape(workload, s):
    """The shape of an example, channels last, as data.npz has it."""
    return (s["size"],) * ranks[workload] + (s["channels"],)


def order(workload, x):
    """A batch with the channels where PyTorch wants them, in the layout in which it is fastest."""
    x = torch.movedim(x, -1, 1)
    return x.contiguous() if ranks[workload] == 1 else x


class Mean(nn.Module):
    def forward(self, x):
        return x.flatten(2).mean(2)


def build(workload, s):
    conv, parts, inner = [nn.Conv1d, nn.Conv2d, nn.Conv3d][ranks[workload] - 1], [], s["channels"]
    for _ in range(s["layers"]):
        outer, groups = (inner, inner) if workload == "depthwise" else (s["filters"], 1)
        parts += [conv(inner, outer, s["kernel"], s["strides"], s["kernel"] // 2, groups=groups), nn.ReLU()]
        inner = outer
    model = nn.Sequential(*parts, Mean(), nn.Linear(inner, 10))
    layouts = [None, torch.channels_last, torch.channels_last_3d]
    layout = layouts[ranks[workload] - 1]
    return model.to(memory_format=layout) if layout else model
