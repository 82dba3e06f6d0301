"""A decoder-only transformer of the qwen3 shape, as llama.cpp computes it.

RMSNorm, grouped-query attention with per-head QK norms and NEOX rotary embedding, SwiGLU, tied
embeddings. Layer names follow the GGUF tensors they become.
"""

import dataclasses

import torch
import torch.nn.functional as F
from torch import nn


@dataclasses.dataclass(frozen=True)
class Config:
    vocabulary: int = 8192
    context: int = 1024
    layers: int = 6
    width: int = 256
    heads: int = 4
    kv_heads: int = 2
    head: int = 64
    feed_forward: int = 768
    rope_base: float = 10_000.0
    epsilon: float = 1e-6


CONFIGS = {
    "nano": Config(),
    "base": Config(vocabulary=16384, context=2048, layers=12, width=512, heads=8, kv_heads=4, feed_forward=1536),
}


class RMSNorm(nn.Module):
    def __init__(self, size: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """NEOX rotary embedding of (batch, heads, time, head): pairs are half a head apart."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class Block(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        linear = lambda inputs, outputs: nn.Linear(inputs, outputs, bias=False)
        self.attn_norm = RMSNorm(config.width, config.epsilon)
        self.attn_q = linear(config.width, config.heads * config.head)
        self.attn_k = linear(config.width, config.kv_heads * config.head)
        self.attn_v = linear(config.width, config.kv_heads * config.head)
        self.attn_q_norm = RMSNorm(config.head, config.epsilon)
        self.attn_k_norm = RMSNorm(config.head, config.epsilon)
        self.attn_output = linear(config.heads * config.head, config.width)
        self.ffn_norm = RMSNorm(config.width, config.epsilon)
        self.ffn_gate = linear(config.width, config.feed_forward)
        self.ffn_up = linear(config.width, config.feed_forward)
        self.ffn_down = linear(config.feed_forward, config.width)

    def project(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Rotated queries and keys, and values, each (batch, heads, time, head)."""
        split = lambda y: y.view(*y.shape[:2], -1, self.config.head).transpose(1, 2)
        q = rotate(self.attn_q_norm(split(self.attn_q(x))), cos, sin)
        k = rotate(self.attn_k_norm(split(self.attn_k(x))), cos, sin)
        return q, k, split(self.attn_v(x))

    def attend(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool = True) -> torch.Tensor:
        """Mixes the values; `causal` is off for a single query that sees every key."""
        repeat = self.config.heads // self.config.kv_heads
        k, v = k.repeat_interleave(repeat, dim=1), v.repeat_interleave(repeat, dim=1)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.attn_output(mixed.transpose(1, 2).flatten(2))

    def feed_forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.ffn_norm(x)
        return self.ffn_down(F.silu(self.ffn_gate(y)) * self.ffn_up(y))

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        x = x + self.attend(*self.project(self.attn_norm(x), cos, sin))
        return x + self.feed_forward(x)


class Model(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.token_embd = nn.Embedding(config.vocabulary, config.width)
        self.blk = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.output_norm = RMSNorm(config.width, config.epsilon)
        frequency = config.rope_base ** (-torch.arange(0, config.head, 2, dtype=torch.float32) / config.head)
        angle = torch.outer(torch.arange(config.context, dtype=torch.float32), frequency)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        self.initialise()

    def initialise(self) -> None:
        """Small embeddings, 1/sqrt(fan-in) matrices, and zero output projections: every block starts as identity."""
        nn.init.normal_(self.token_embd.weight, std=0.02)
        for block in self.blk:
            for name in ("attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up"):
                nn.init.normal_(getattr(block, name).weight, std=self.config.width ** -0.5)
            nn.init.zeros_(block.attn_output.weight)
            nn.init.zeros_(block.ffn_down.weight)

    def hidden(self, ids: torch.Tensor) -> torch.Tensor:
        """Final normalised states of (batch, time) token ids; time may not exceed the context."""
        x = self.token_embd(ids)
        if torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda"):
            x = x.to(torch.bfloat16)
        time = ids.shape[1]
        cos, sin = self.cos[:time].to(x.dtype), self.sin[:time].to(x.dtype)
        for block in self.blk:
            x = block(x, cos, sin)
        return self.output_norm(x)

    def logits(self, ids: torch.Tensor) -> torch.Tensor:
        return F.linear(self.hidden(ids), self.token_embd.weight)

    def loss_sum(self, ids: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, chunk: int = 1024) -> torch.Tensor:
        """Summed, weighted cross-entropy in nats, over the vocabulary in chunks of positions to bound memory."""
        states, targets, weights = self.hidden(ids).flatten(0, 1), targets.flatten(), weights.flatten()
        total = states.new_zeros((), dtype=torch.float32)
        for start in range(0, len(targets), chunk):
            part = slice(start, start + chunk)
            logits = F.linear(states[part], self.token_embd.weight).float()
            total = total + F.cross_entropy(logits, targets[part], reduction="none") @ weights[part]
        return total
