"""The tutorial's dense networks in JAX: time of one simultaneous joint step.

    python mlp_jax.py --batch 128 --threads 2 --seconds 3

Prints one JSON line. Both gradients are taken at the same weights, D runs once over the fakes, and the
whole step, optimisers included, is one jitted function that reuses its arguments' memory.
"""

import argparse
import json
import os
import statistics
import time

LATENT, PIXELS = 100, 784
POOL = 8192  # images to draw batches from
WARM_UP, BLOCKS = 10, 7


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0, help="time to measure for, after warming up")
    parser.add_argument("--loss", choices=["non-saturating", "relativistic"], default="non-saturating")
    return parser.parse_args()


def limit_threads(threads):
    """JAX sizes its pool by the cores the process may use, when it starts."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[-threads:])
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["JAX_PLATFORMS"] = "cpu"


def build_step(jax, optax, batch, loss):
    """(step, its first state); step(state, images) -> (state, (L_D, L_G))."""
    jnp, softplus = jax.numpy, jax.nn.softplus

    def initial(key, sizes):
        glorot = jax.nn.initializers.glorot_uniform()
        keys = jax.random.split(key, len(sizes))
        return [(glorot(k, (a, b)), jnp.zeros(b)) for k, a, b in zip(keys, sizes, sizes[1:])]

    def mlp(parameters, x):
        for w, b in parameters[:-1]:
            x = jax.nn.relu(x @ w + b)
        w, b = parameters[-1]
        return x @ w + b

    def d_loss(real, fake):
        if loss == "relativistic":
            return softplus(fake - real).mean()
        return softplus(-real).mean() + softplus(fake).mean()

    def g_loss(real, fake):
        return softplus(real - fake).mean() if loss == "relativistic" else softplus(-fake).mean()

    optimizer = optax.adam(2e-4, b1=0.5, b2=0.999, eps=1e-8)

    def step(state, real):
        g, d, g_state, d_state, key = state
        key, noise_key = jax.random.split(key)
        noise = jax.random.normal(noise_key, (batch, LATENT))

        fake, pull_g = jax.vjp(lambda g: jnp.tanh(mlp(g, noise)), g)
        real_logits, pull_real = jax.vjp(lambda d: mlp(d, real), d)
        fake_logits, pull_fake = jax.vjp(mlp, d, fake)

        d_value, (d_real, d_fake) = jax.value_and_grad(d_loss, (0, 1))(real_logits, fake_logits)
        g_value, g_fake = jax.value_and_grad(g_loss, 1)(real_logits, fake_logits)
        d_gradient = jax.tree.map(jnp.add, pull_real(d_real)[0], pull_fake(d_fake)[0])
        (g_gradient,) = pull_g(pull_fake(g_fake)[1])

        g_update, g_state = optimizer.update(g_gradient, g_state)
        d_update, d_state = optimizer.update(d_gradient, d_state)
        g, d = optax.apply_updates(g, g_update), optax.apply_updates(d, d_update)
        return (g, d, g_state, d_state, key), (d_value, g_value)

    g_key, d_key, key = jax.random.split(jax.random.PRNGKey(0), 3)
    g = initial(g_key, [LATENT, 128, 256, 512, 1024, PIXELS])
    d = initial(d_key, [PIXELS, 512, 256, 128, 64, 1])
    return jax.jit(step, donate_argnums=0), (g, d, optimizer.init(g), optimizer.init(d), key)


def measure(jax, step, state, batch, seconds):
    """Median ms a step over blocks of equal length."""
    images = jax.random.uniform(jax.random.PRNGKey(1), (POOL, PIXELS), minval=-1, maxval=1)
    images = [images[i : i + batch] for i in range(0, POOL - batch + 1, batch)]

    def block(steps):
        nonlocal state
        start = time.perf_counter()
        for i in range(steps):
            state, losses = step(state, images[i % len(images)])
        jax.block_until_ready((state, losses))
        return (time.perf_counter() - start) / steps

    block(1)  # compiles
    estimate = min(block(WARM_UP) for _ in range(2))
    steps = max(1, round(seconds / BLOCKS / estimate))
    return statistics.median(block(steps) for _ in range(BLOCKS)) * 1e3


def main():
    args = arguments()
    limit_threads(args.threads)
    import jax
    import optax

    step, state = build_step(jax, optax, args.batch, args.loss)
    ms = measure(jax, step, state, args.batch, args.seconds)
    version = ".".join(jax.__version__.split(".")[:2])
    result = {"peer": f"jax {version}", "batch": args.batch, "threads": args.threads, "loss": args.loss}
    result |= {"ms_per_step": round(ms, 3), "images_per_s": round(args.batch / ms * 1e3)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
