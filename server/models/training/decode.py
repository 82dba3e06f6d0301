"""Greedy decoding of one prompt with a KV cache, in fp32."""

import torch
import torch.nn.functional as F

from model import Model


class Decoder:
    """Holds the keys and values of the tokens fed so far."""

    def __init__(self, model: Model):
        self.model = model
        self.cache: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.position = 0

    @torch.no_grad()
    def feed(self, ids: list[int]) -> torch.Tensor:
        """Log-probabilities of the token after `ids`. More than one id only as the first call."""
        model = self.model
        x = model.token_embd(torch.tensor([ids]))
        span = slice(self.position, self.position + len(ids))
        cos, sin = model.cos[span], model.sin[span]
        for number, block in enumerate(model.blk):
            q, k, v = block.project(block.attn_norm(x), cos, sin)
            if self.position:
                k, v = torch.cat([self.cache[number][0], k], dim=2), torch.cat([self.cache[number][1], v], dim=2)
                self.cache[number] = (k, v)
            else:
                self.cache.append((k, v))
            x = x + block.attend(q, k, v, causal=self.position == 0)
            x = x + block.feed_forward(x)
        self.position += len(ids)
        return F.log_softmax(F.linear(model.output_norm(x[0, -1]), model.token_embd.weight), dim=-1)


def complete_line(model: Model, tokenizer, prompt: list[int], limit: int = 48) -> tuple[str, float, bool]:
    """Greedy text up to the first line break or control token, its mean token log-probability, and
    whether it came to such an end: a loop does not, and its mean says nothing."""
    decoder = Decoder(model)
    first_control = tokenizer.token_to_id("<|endoftext|>")
    log_probabilities, ids, chosen = decoder.feed(prompt), [], []
    while len(ids) < limit and decoder.position < model.config.context:
        token = int(log_probabilities.argmax())
        chosen.append(float(log_probabilities[token]))
        if token >= first_control:
            return tokenizer.decode(ids), sum(chosen) / len(chosen), True
        ids.append(token)
        text = tokenizer.decode(ids)
        if "\n" in text:
            return text.split("\n")[0], sum(chosen) / len(chosen), True
        log_probabilities = decoder.feed([token])
    return tokenizer.decode(ids), sum(chosen) / max(1, len(chosen)), False
