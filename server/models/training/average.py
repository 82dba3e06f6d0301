"""Averages the weights of checkpoints that went on from one another, each annealed: the mean lies lower than all of them.

(Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima".) Everything else is taken from the last one.
"""

import argparse
import pathlib

import torch

from train import save


def mean(states: list[dict]) -> dict:
    """The mean of state dictionaries, tensor by tensor."""
    if any(state.keys() != states[0].keys() for state in states):
        raise SystemExit("error: the checkpoints are not of one model")
    return {name: sum(state[name] for state in states) / len(states) for name in states[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", nargs="+", type=pathlib.Path, help="checkpoint.pt of each stage, the last one last")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where the averaged checkpoint goes")
    args = parser.parse_args()
    states = [torch.load(path, weights_only=False) for path in args.checkpoints]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    save(args.out, {**states[-1], "model": mean([state["model"] for state in states])})
    print(f"{args.out}: the mean of {len(states)} checkpoints, {states[-1]['tokens']} tokens")


if __name__ == "__main__":
    main()
