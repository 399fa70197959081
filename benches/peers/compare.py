"""Ganymede's training step beside the same step in PyTorch, TensorFlow and JAX, on this machine, now.

    python compare.py --batches 64,128,256 --threads 1,2 --rounds 5
    python compare.py --relativistic

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

HERE = Path(__file__).resolve().parent

PRESET = "tutorial"
# The joint loop's optimisers, which the peers run: Adam for both players.
ADAM = {"kind": "adam", "lr": "2e-4", "beta1": "0.5", "beta2": "0.999", "eps": "1e-8"}
SETTINGS = [
    f"optimizer.{player}.{key}={value}" for player in ("generator", "discriminator") for key, value in ADAM.items()
]

RELATIVISTIC_SETTINGS = ["objective.loss=relativistic", "objective.r1=0.1", "objective.r2=0.1"]
RELATIVISTIC_PEER = ["--loss", "relativistic", "--r1", "0.1", "--r2", "0.1"]

PEERS = {"torch": "mlp_torch.py", "tf": "mlp_tf.py", "jax": "mlp_jax.py"}


def numbers(text):
    return [int(part) for part in text.split(",")]


def peer_names(text):
    names = text.split(",")
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown peer {unknown[0]!r}; known: {', '.join(PEERS)}")
    return names


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ganymede", default="ganymede", metavar="PATH", help="the binary (default: on PATH)")
    for peer in PEERS:
        parser.add_argument(f"--python-{peer}", default="python3", metavar="PATH", help=f"the Python that has {peer}")
    parser.add_argument("--peers", type=peer_names, metavar="LIST", help="which of torch,tf,jax to run (default: all)")
    parser.add_argument("--batches", type=numbers, default=[64, 128, 256], metavar="LIST")
    parser.add_argument("--threads", type=numbers, default=[1, 2], metavar="LIST")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a peer measures")
    parser.add_argument("--relativistic", action="store_true", help="relativistic loss with R1 and R2; torch only")
    args = parser.parse_args()
    if args.relativistic and args.peers not in (None, ["torch"]):
        parser.error("only torch has the gradient penalties: leave --peers out with --relativistic")
    if args.peers is None:
        args.peers = ["torch"] if args.relativistic else list(PEERS)
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


def ganymede_command(args, batch, threads):
    settings = SETTINGS + (RELATIVISTIC_SETTINGS if args.relativistic else [])
    command = [args.ganymede, "bench", "step", PRESET, "--batch", str(batch), "--threads", str(threads), "--json"]
    return command + [part for setting in settings for part in ("--set", setting)]


def peer_command(args, peer, batch, threads):
    python = getattr(args, f"python_{peer}")
    command = [python, str(HERE / PEERS[peer]), "--batch", str(batch), "--threads", str(threads)]
    return command + ["--seconds", str(args.seconds)] + (RELATIVISTIC_PEER if args.relativistic else [])


def measure(args, batch, threads):
    """Each program's ms per step, one value a round."""
    commands = {"ganymede": ganymede_command(args, batch, threads)}
    commands |= {peer: peer_command(args, peer, batch, threads) for peer in args.peers}
    order, times, titles = list(commands), {name: [] for name in commands}, {"ganymede": "ganymede"}
    for number in range(args.rounds):
        for name in order:
            result = last_json(commands[name])
            times[name].append(result["ms_per_step"])
            titles[name] = result.get("peer", name)
        order.append(order.pop(0))
        seen = "  ".join(f"{name} {values[-1]:.2f}" for name, values in times.items())
        load = os.getloadavg()[0]
        print(f"batch {batch} threads {threads} round {number + 1}: {seen}  (load {load:.1f})", file=sys.stderr)
    return times, titles


def main():
    args = arguments()
    loss = "relativistic with R1 and R2" if args.relativistic else "non-saturating"
    print(f"{platform.machine()}, {os.cpu_count()} cores; {loss}")
    print(f"{'batch':>5} {'threads':>7}  {'program':<20} {'ms':>8} {'images/s':>9} {'ratio':>6}  ratio of each round")
    for batch in args.batches:
        for threads in args.threads:
            times, titles = measure(args, batch, threads)
            for name, values in times.items():
                ms = statistics.median(values)
                row = f"{batch:>5} {threads:>7}  {titles[name]:<20} {ms:>8.2f} {batch / ms * 1e3:>9.0f}"
                if name != "ganymede":
                    ratios = [peer / ours for peer, ours in zip(values, times["ganymede"])]
                    row += f" {statistics.median(ratios):>6.2f}  " + " ".join(f"{ratio:.2f}" for ratio in ratios)
                print(row, flush=True)


if __name__ == "__main__":
    main()
