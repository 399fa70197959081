"""The tutorial's dense networks in TensorFlow with XLA: time of one simultaneous joint step.

    python mlp_tf.py --batch 128 --threads 2 --seconds 3

Prints one JSON line. Both gradients are taken at the same weights, D runs once over the fakes, and the
whole step, optimisers included, is one XLA computation.
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
    """Affinity bounds what the options below leave out; both act only before TensorFlow starts."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[-threads:])
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def build_step(tf, batch, loss):
    layers = tf.keras.layers

    def mlp(inputs, hidden, outputs, last):
        stack = [layers.Dense(units, activation="relu") for units in hidden]
        return tf.keras.Sequential([tf.keras.Input((inputs,)), *stack, layers.Dense(outputs, activation=last)])

    g = mlp(LATENT, [128, 256, 512, 1024], PIXELS, "tanh")
    d = mlp(PIXELS, [512, 256, 128, 64], 1, None)
    g_optimizer, d_optimizer = (tf.keras.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8) for _ in range(2))
    g_optimizer.build(g.trainable_variables)
    d_optimizer.build(d.trainable_variables)
    mean, softplus = tf.reduce_mean, tf.math.softplus

    @tf.function(jit_compile=True)
    def step(real):
        noise = tf.random.normal([batch, LATENT])
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fake = g(noise, training=True)
            real_logits, fake_logits = d(real, training=True), d(fake, training=True)
            if loss == "relativistic":
                d_loss = mean(softplus(fake_logits - real_logits))
                g_loss = mean(softplus(real_logits - fake_logits))
            else:
                d_loss = mean(softplus(-real_logits)) + mean(softplus(fake_logits))
                g_loss = mean(softplus(-fake_logits))
        g_gradients = g_tape.gradient(g_loss, g.trainable_variables)
        d_gradients = d_tape.gradient(d_loss, d.trainable_variables)
        g_optimizer.apply_gradients(zip(g_gradients, g.trainable_variables))
        d_optimizer.apply_gradients(zip(d_gradients, d.trainable_variables))
        return d_loss, g_loss

    return step


def measure(tf, step, batch, seconds):
    """Median ms a step over blocks of equal length."""
    images = tf.random.uniform([POOL, PIXELS], -1, 1)

    def block(steps):
        start = time.perf_counter()
        for i in range(steps):
            offset = i * batch % (POOL - batch)
            losses = step(images[offset : offset + batch])
        losses[0].numpy()  # waits for the last step
        return (time.perf_counter() - start) / steps

    block(1)  # compiles
    estimate = min(block(WARM_UP) for _ in range(2))
    steps = max(1, round(seconds / BLOCKS / estimate))
    return statistics.median(block(steps) for _ in range(BLOCKS)) * 1e3


def main():
    args = arguments()
    limit_threads(args.threads)
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.random.set_seed(0)
    ms = measure(tf, build_step(tf, args.batch, args.loss), args.batch, args.seconds)
    version = ".".join(tf.__version__.split(".")[:2])
    result = {"peer": f"tensorflow {version} xla", "batch": args.batch, "threads": args.threads, "loss": args.loss}
    result |= {"ms_per_step": round(ms, 3), "images_per_s": round(args.batch / ms * 1e3)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
