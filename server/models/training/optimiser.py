"""Muon for the hidden matrices, AdamW for embeddings and norms.

Muon (Keller Jordan, 2024) replaces the momentum of a matrix by its nearest semi-orthogonal matrix,
found by a quintic Newton-Schulz iteration. Under `torchrun` every process does that for its share of the matrices.
"""

import torch
import torch.distributed

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def fast_bf16(device: str) -> bool:
    """Whether bf16 is worth using: processors without its instructions emulate them, ten times slower than fp32."""
    return device != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()


def orthogonalise(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Brings the singular values of a matrix, or of a stack of equal-shaped ones, near 1."""
    a, b, c = COEFFICIENTS
    x = matrix.bfloat16() if fast_bf16(matrix.device.type) else matrix.float()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).float()


def orthogonalise_together(stack: torch.Tensor) -> torch.Tensor:
    """As orthogonalise, of a stack that all processes hold alike: each computes a share, and the sum brings them together."""
    if not torch.distributed.is_initialized():
        return orthogonalise(stack)
    share = slice(torch.distributed.get_rank(), None, torch.distributed.get_world_size())
    together = torch.zeros_like(stack)
    together[share] = orthogonalise(stack[share])
    torch.distributed.all_reduce(together)
    return together


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.01):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[torch.Tensor]] = {}
            for parameter in group["params"]:
                by_shape.setdefault(parameter.shape, []).append(parameter)
            for shape, parameters in by_shape.items():
                updates = []
                for parameter in parameters:
                    state = self.state[parameter]
                    if "momentum" not in state:
                        state["momentum"] = torch.zeros_like(parameter)
                    buffer = state["momentum"]
                    buffer.lerp_(parameter.grad, 1 - group["momentum"])
                    updates.append(parameter.grad.lerp(buffer, group["momentum"]))
                scale = max(1, shape[0] / shape[1]) ** 0.5
                for parameter, update in zip(parameters, orthogonalise_together(torch.stack(updates))):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.add_(update, alpha=-group["lr"] * scale)


def build(model: torch.nn.Module, muon_lr: float, adam_lr: float) -> list[torch.optim.Optimizer]:
    """The two optimisers over a Model's parameters, in a fixed order."""
    matrices = [parameter for parameter in model.blk.parameters() if parameter.ndim == 2]
    chosen = set(map(id, matrices))
    others = [parameter for parameter in model.parameters() if id(parameter) not in chosen]
    return [Muon(matrices, lr=muon_lr), torch.optim.AdamW(others, lr=adam_lr, betas=(0.9, 0.95), eps=1e-10, weight_decay=0.0)]
