"""PyTorch's side of the training bench: some steps on request, one JSON object a line each way."""

import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

setup = json.loads(sys.stdin.readline())
V, C, L, H, T, B = (setup[k] for k in ("vocabulary", "width", "layers", "heads", "context", "batch"))
D, HIDDEN = C // H, setup["hidden"]
torch.set_num_threads(setup["threads"])
torch.manual_seed(0)


def turned(x, cos, sin):
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm, self.feed_forward_norm = nn.RMSNorm(C), nn.RMSNorm(C)
        self.qkv, self.output = nn.Linear(C, 3 * C, bias=False), nn.Linear(C, C, bias=False)
        self.gate, self.up = nn.Linear(C, HIDDEN, bias=False), nn.Linear(C, HIDDEN, bias=False)
        self.down = nn.Linear(HIDDEN, C, bias=False)

    def forward(self, x, cos, sin):
        rows = x.shape[0]
        q, k, v = (part.view(rows, T, H, D).transpose(1, 2) for part in self.qkv(self.attention_norm(x)).split(C, -1))
        mixed = F.scaled_dot_product_attention(turned(q, cos, sin), turned(k, cos, sin), v, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(rows, T, C))
        normed = self.feed_forward_norm(x)
        return x + self.down(F.silu(self.gate(normed)) * self.up(normed))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, C)
        self.blocks = nn.ModuleList(Block() for _ in range(L))
        self.norm, self.head = nn.RMSNorm(C), nn.Linear(C, V, bias=False)
        angles = torch.outer(torch.arange(T), 10000 ** (-torch.arange(0, D, 2) / D))
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())

    def forward(self, ids, targets):
        x = self.embedding(ids)
        cos, sin = self.cos.to(x.dtype), self.sin.to(x.dtype)
        for block in self.blocks:
            x = block(x, cos, sin)
        return F.cross_entropy(self.head(self.norm(x)).float().view(-1, V), targets.reshape(-1))


model = Decoder()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1, betas=(0.9, 0.95), fused=True)
forward = torch.compile(model) if setup["compiled"] else model
half = setup["precision"] == "BF16"


def step():
    ids = torch.randint(0, V, (B, T + 1))
    started = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        loss = forward(ids[:, :-1], ids[:, 1:])
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return time.perf_counter() - started, loss.item()


def peak_memory():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6


mode = "compiled" if setup["compiled"] else "eager"
print(json.dumps({"name": f"PyTorch {torch.__version__.split('+')[0]} {mode}"}), flush=True)
for _ in sys.stdin:
    done = [step() for _ in range(setup["steps"])]
    speed = B * T / statistics.median(seconds for seconds, _ in done)
    print(json.dumps({"training": speed, "peak memory": peak_memory(), "loss": done[-1][1]}), flush=True)
