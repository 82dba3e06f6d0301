"""Trains the model on shards of rows: Muon + AdamW, bf16 autocast, warm-up-stable-decay by wall clock.

New shards may appear while it runs. SIGTERM or SIGINT writes a checkpoint and stops; --resume goes on
from there. Loss and validation go to tab-separated logs beside the checkpoint.

Under `torchrun --nproc-per-node N` every process computes its share of each step's rows. On a busy machine N processes
of one thread are many times faster than one process of N: they wait for each other once a step, not in every layer.
"""

import argparse
import contextlib
import datetime
import os
import pathlib
import signal
import time

import numpy
import torch
import torch.distributed

import optimiser
import weights
from model import CONFIGS, Model
from samples import MIDDLE_FLAG

WARM_UP_STEPS = 100
MOMENTUM_STEPS = 300


class RowLoader:
    """Draws rows without replacement from the shards of a folder, which it lists again now and then."""

    def __init__(self, folder: pathlib.Path, seed: int):
        self.folder = folder
        self.random = numpy.random.default_rng(seed)
        self.shards: dict[str, numpy.ndarray] = {}
        self.unread = numpy.empty((0, 2), dtype=numpy.int64)
        self.epoch = 0

    def list_shards(self, known: list[str] = ()) -> None:
        """Loads shards not seen yet; only those outside `known` become unread rows."""
        for path in sorted(self.folder.glob("*.npy")):
            if path.name not in self.shards:
                self.shards[path.name] = numpy.load(path)
                if path.name not in known:
                    self.add(len(self.shards) - 1)

    def add(self, shard: int) -> None:
        rows = len(list(self.shards.values())[shard])
        fresh = numpy.stack([numpy.full(rows, shard), numpy.arange(rows)], axis=1)
        self.unread = self.random.permutation(numpy.concatenate([self.unread, fresh]))

    def draw(self, count: int) -> torch.Tensor:
        if len(self.unread) < count:
            self.list_shards()
            if len(self.unread) < count:
                self.epoch += 1
                for shard in range(len(self.shards)):
                    self.add(shard)
        taken, self.unread = self.unread[:count], self.unread[count:]
        shards = list(self.shards.values())
        return torch.from_numpy(numpy.stack([shards[shard][row] for shard, row in taken]).astype(numpy.int64))

    def state(self) -> dict:
        return {"names": list(self.shards), "unread": self.unread, "epoch": self.epoch, "random": self.random.bit_generator.state}

    def restore(self, state: dict) -> None:
        for name in state["names"]:
            self.shards[name] = numpy.load(self.folder / name)
        self.unread, self.epoch = state["unread"], state["epoch"]
        self.random.bit_generator.state = state["random"]


def schedule(step: int, elapsed: float, total: float, decay: float) -> float:
    """Learning-rate factor: linear warm-up by steps, then 1, then linear to 0 over the last `decay` of the time."""
    return min(1.0, (step + 1) / WARM_UP_STEPS, max(0.0, (total - elapsed) / (decay * total)))


def seconds_until(clock: str) -> float:
    """Seconds from now to the next HH:MM UTC."""
    now = datetime.datetime.now(datetime.timezone.utc)
    hour, minute = map(int, clock.split(":"))
    target = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return ((target - now).total_seconds()) % 86_400


def save(path: pathlib.Path, state: dict) -> None:
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    os.replace(temporary, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=pathlib.Path, required=True)
    parser.add_argument("--validation", type=pathlib.Path, required=True, help="one .npy of held-out rows")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for checkpoint.pt and the logs")
    parser.add_argument("--config", choices=list(CONFIGS), default="nano")
    parser.add_argument("--minutes", type=float, help="length of this run, decay included")
    parser.add_argument("--deadline", help="end of this run as HH:MM UTC, instead of --minutes")
    parser.add_argument("--decay", type=float, default=0.28, help="share of the time in which the rate falls to 0")
    parser.add_argument("--rows", type=int, default=8, help="rows per step, over all processes")
    parser.add_argument("--micro", type=int, default=4, help="rows per forward pass")
    parser.add_argument("--middle-weight", type=float, default=1.0, help="weight in the loss of middles against other tokens")
    parser.add_argument("--muon-lr", type=float, default=0.02)
    parser.add_argument("--adam-lr", type=float, default=3e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true", help="fuse the model's small operations first: a minute's wait, then more than twice as fast")
    parser.add_argument("--pad", type=int, help="id of <|fim_pad|>; the default is the vocabulary size less 3")
    parser.add_argument("--save-every", type=float, default=240, help="seconds between checkpoints")
    parser.add_argument("--validate-every", type=float, default=600, help="seconds between validations")
    parser.add_argument("--validation-rows", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--init", type=pathlib.Path, help="exported model whose weights and token count are the start, instead of random ones")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--new-rows", action="store_true", help="with --resume: another shard folder than before, none of it read")
    args = parser.parse_args()
    total = args.minutes * 60 if args.minutes else seconds_until(args.deadline)
    processes, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    if processes > 1:
        torch.distributed.init_process_group("gloo" if args.device == "cpu" else "nccl")

    def add_up(*values: float) -> list[float]:
        """Each value summed over all processes."""
        summed = torch.tensor(values, dtype=torch.float64, device=args.device)
        if processes > 1:
            torch.distributed.all_reduce(summed)
        return summed.tolist()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    config = CONFIGS[args.config]
    pad = args.pad if args.pad is not None else config.vocabulary - 3
    model = Model(config).to(args.device)
    optimisers = optimiser.build(model, args.muon_lr, args.adam_lr)
    base_rates = [args.muon_lr, args.adam_lr]
    loader = RowLoader(args.shards, args.seed)
    step = tokens = 0
    earlier = 0.0
    if args.init:
        exported, _, metadata = weights.load(args.init)
        model.load_state_dict(exported.state_dict())
        tokens = metadata["trust.training_tokens"]
    checkpoint = args.out / "checkpoint.pt"
    if args.resume and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=False)
        model.load_state_dict(state["model"])
        for one, saved in zip(optimisers, state["optimisers"]):
            one.load_state_dict(saved)
        if not args.new_rows:
            loader.restore(state["loader"])
        step, tokens, earlier = state["step"], state["tokens"], state["seconds"]
    loader.list_shards()
    validation = torch.from_numpy(numpy.load(args.validation)[:args.validation_rows].astype(numpy.int64))
    stopping = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.append(True))
    autocast = lambda: torch.autocast(args.device, dtype=torch.bfloat16, enabled=optimiser.fast_bf16(args.device))

    # Only what is trained is compiled: a validation is too rare to pay for a second compilation.
    trained_loss = torch.compile(model.loss_sum) if args.compile else model.loss_sum

    def loss_sum(rows: torch.Tensor, middle_weight: float, of=trained_loss) -> tuple[torch.Tensor, float]:
        """Weighted loss of some rows and the sum of the weights."""
        rows = rows.to(args.device)
        ids = rows & ~MIDDLE_FLAG
        # The last position has no target. It is kept because CPU attention is twice as slow at an odd length.
        targets = torch.nn.functional.pad(rows[:, 1:], (0, 1), value=pad)
        weight = torch.where((targets & MIDDLE_FLAG) > 0, middle_weight, 1.0) * (targets != pad)
        return of(ids, targets & ~MIDDLE_FLAG, weight), float(weight.sum())

    def validate() -> float:
        summed = count = 0
        with torch.no_grad(), autocast():
            for rows in validation.split(args.micro):
                loss, weight = loss_sum(rows, 1.0, of=model.loss_sum)
                summed, count = summed + float(loss), count + weight
        return summed / count

    with contextlib.ExitStack() as stack:
        open_log = lambda name: stack.enter_context(open(args.out / name if rank == 0 else os.devnull, "a" if args.resume else "w"))
        log = open_log("loss.tsv")
        if not step:
            log.write("step\ttokens\tseconds\tloss\trate\ttokens_per_second\tepoch\n")
        validation_log = open_log("validation.tsv")
        begun = time.monotonic()
        saved = validated = logged = begun
        recent_loss = recent_weight = recent_count = 0
        while True:
            # One clock for all: what processes decide apart, they would wait for each other over.
            elapsed, stop, due_save, due_validation = (value / processes for value in add_up(
                time.monotonic() - begun, float(bool(stopping)), time.monotonic() - saved > args.save_every,
                time.monotonic() - validated > args.validate_every))
            finished = elapsed >= total or stop > 0
            if finished or due_save == 1:
                if rank == 0:
                    save(checkpoint, {
                        "config": args.config, "model": model.state_dict(), "optimisers": [one.state_dict() for one in optimisers],
                        "loader": loader.state(), "step": step, "tokens": tokens, "seconds": earlier + elapsed})
                saved = time.monotonic()
                loader.list_shards()
            if finished or due_validation == 1:
                validation_log.write(f"{step}\t{tokens}\t{earlier + elapsed:.0f}\t{validate():.4f}\n")
                validation_log.flush()
                validated = time.monotonic()
            if finished:
                break
            # Every process draws all rows, so that all agree on which are read, and computes its share.
            batch = loader.draw(args.rows)
            count = int((batch[:, 1:] != pad).sum())
            batch = batch[rank::processes]
            step_weight = 0.0
            for rows in batch.split(args.micro):
                with autocast():
                    loss, weight = loss_sum(rows, args.middle_weight)
                loss.backward()
                recent_loss, step_weight = recent_loss + float(loss.detach()), step_weight + weight
            recent_weight += step_weight
            step_weight, = add_up(step_weight)
            for parameter in model.parameters():
                if processes > 1:
                    torch.distributed.all_reduce(parameter.grad)
                parameter.grad /= step_weight
            factor = schedule(step, elapsed, total, args.decay)
            for one, base in zip(optimisers, base_rates):
                for group in one.param_groups:
                    group["lr"] = base * factor
                    if "momentum" in group:
                        group["momentum"] = 0.85 + 0.10 * min(1.0, step / MOMENTUM_STEPS)
                one.step()
                one.zero_grad(set_to_none=True)
            step, tokens, recent_count = step + 1, tokens + count, recent_count + count
            if step % 20 == 0:
                now = time.monotonic()
                log.write(f"{step}\t{tokens}\t{earlier + now - begun:.0f}\t{recent_loss / recent_weight:.4f}\t{factor:.3f}"
                          f"\t{recent_count / (now - logged):.0f}\t{loader.epoch}\n")
                log.flush()
                recent_loss, recent_weight, recent_count, logged = 0.0, 0.0, 0, now


if __name__ == "__main__":
    main()
