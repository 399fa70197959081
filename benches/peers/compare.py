"""Ganymede's training step beside the same step in PyTorch, TensorFlow and JAX, on this machine, now.

    python compare.py --batches 64,128,256 --threads 1,2 --rounds 5
    python compare.py --model conditional --variant penalties --batches 64,128

Machines drift and other work comes and goes, so every round runs all programs one after the other, in
an order that rotates, and Ganymede is compared within a round. A ratio is the peer's time over
Ganymede's: above 1, Ganymede is faster. Progress goes to stderr, the table to stdout.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

from models import MODELS

HERE = Path(__file__).resolve().parent
PYTHONS = ("torch", "tf", "jax")


def numbers(text):
    return [int(part) for part in text.split(",")]


def python_of(peer):
    """Which Python a peer runs in: `torch-channels-last` in that of `torch`."""
    return peer.split("-")[0]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ganymede", default="ganymede", metavar="PATH", help="the binary (default: on PATH)")
    for name in PYTHONS:
        parser.add_argument(f"--python-{name}", default="python3", metavar="PATH", help=f"the Python that has {name}")
    parser.add_argument("--model", choices=MODELS, default="mlp")
    parser.add_argument("--variant", metavar="NAME", help="which of the model's variants (default: its first)")
    parser.add_argument("--peers", metavar="LIST", help="which of the variant's peers to run (default: all)")
    parser.add_argument("--batches", type=numbers, default=[64, 128, 256], metavar="LIST")
    parser.add_argument("--threads", type=numbers, default=[1, 2], metavar="LIST")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a program measures")
    args = parser.parse_args()
    variants = MODELS[args.model].variants
    args.variant = args.variant or next(iter(variants))
    if args.variant not in variants:
        parser.error(f"{args.model} has no variant {args.variant!r}; it has {', '.join(variants)}")
    peers = variants[args.variant].peers
    args.peers = args.peers.split(",") if args.peers else list(peers)
    for peer in args.peers:
        if peer not in peers:
            parser.error(f"no peer {peer!r} for {args.model}, {args.variant}; there are {', '.join(peers)}")
    return args


def last_json(command):
    """Runs a program and returns the JSON object it printed, or exits with what went wrong."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error}")
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with status {done.returncode}:\n{done.stderr[-2000:]}")
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        sys.exit(f"{' '.join(command)}\nprinted no JSON object:\n{done.stdout[-2000:]}")


def commands(args, batch, threads):
    """The command of every program, by name."""
    model = MODELS[args.model]
    variant = model.variants[args.variant]
    common = ["--batch", str(batch), "--threads", str(threads), "--seconds", str(args.seconds)]
    settings = [part for setting in model.settings + variant.settings for part in ("--set", setting)]
    found = {"ganymede": [args.ganymede, "bench", "step", model.preset, *common, "--json", *settings]}
    for peer in args.peers:
        script, *options = variant.peers[peer]
        found[peer] = [getattr(args, f"python_{python_of(peer)}"), str(HERE / script), *common, *options]
    return found


def measure(args, batch, threads):
    """Each program's ms per step, one value a round."""
    programs = commands(args, batch, threads)
    order, times, titles = list(programs), {name: [] for name in programs}, {"ganymede": "ganymede"}
    for number in range(args.rounds):
        for name in order:
            result = last_json(programs[name])
            times[name].append(result["ms_per_step"])
            titles[name] = result.get("peer", name)
        order.append(order.pop(0))
        seen = "  ".join(f"{name} {values[-1]:.2f}" for name, values in times.items())
        load = os.getloadavg()[0]
        print(f"batch {batch} threads {threads} round {number + 1}: {seen}  (load {load:.1f})", file=sys.stderr)
    return times, titles


def main():
    args = arguments()
    print(f"{platform.machine()}, {os.cpu_count()} cores; {args.model}, {args.variant}")
    columns = f"{'program':<24} {'ms':>8} {'least':>8} {'images/s':>9} {'ratio':>6}  ratio of each round"
    print(f"{'batch':>5} {'threads':>7}  {columns}")
    for batch in args.batches:
        for threads in args.threads:
            times, titles = measure(args, batch, threads)
            for name, values in times.items():
                ms = statistics.median(values)
                row = f"{batch:>5} {threads:>7}  {titles[name]:<24}"
                row += f" {ms:>8.2f} {min(values):>8.2f} {batch / ms * 1e3:>9.0f}"
                if name != "ganymede":
                    ratios = [peer / ours for peer, ours in zip(values, times["ganymede"])]
                    row += f" {statistics.median(ratios):>6.2f}  " + " ".join(f"{ratio:.2f}" for ratio in ratios)
                print(row, flush=True)


if __name__ == "__main__":
    main()
