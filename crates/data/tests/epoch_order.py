#!/usr/bin/env python3
"""The reference values of the test `is_pinned` in src/epoch.rs, from ChaCha8 written anew.

Run: python3 epoch_order.py
"""

import struct

ROUNDS = 8
QUARTERS = [
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
]


def rotate(x, n):
    return ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF


def block(key, counter):
    state = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574]
    state += struct.unpack("<8I", key)
    state += [counter & 0xFFFFFFFF, counter >> 32, 0, 0]
    w = list(state)
    for _ in range(ROUNDS // 2):
        for a, b, c, d in QUARTERS:
            for x, y, z, n in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)]:
                w[x] = (w[x] + w[y]) & 0xFFFFFFFF
                w[z] = rotate(w[z] ^ w[x], n)
    return [(x + y) & 0xFFFFFFFF for x, y in zip(w, state)]


def numbers(key):
    counter = 0
    while True:
        yield from block(key, counter)
        counter += 1


def epoch_order(seed, epoch, n):
    random = numbers(struct.pack("<QQ", seed, epoch) + b"ganymede epoch 1")
    order = list(range(n))
    for last in range(n - 1, 0, -1):
        bound = last + 1
        product = next(random) * bound
        while product % 2**32 < (2**32 - bound) % bound:
            product = next(random) * bound
        chosen = product >> 32
        order[last], order[chosen] = order[chosen], order[last]
    return order


for seed, epoch, n in [(1, 0, 10), (1, 1, 10), (2**63 + 5, 7, 60_000)]:
    print(seed, epoch, n, epoch_order(seed, epoch, n)[:10])
