//! `bench layers`: the time of each layer in each direction, and its share of the machine's rate.

use std::time::Instant;

use gan::player::Player;
use kernels::Threads;
use nn::{Arenas, Direction, Mode, NoiseKey, TapeParts};
use serde_json::{Value, json};

use super::{Products, load, quantile};
use crate::args::BenchLayersArgs;
use crate::{output, threads};

/// Runs of a layer before any is timed, and the fewest that are timed.
const WARM_UP_RUNS: usize = 2;
const MIN_RUNS: usize = 5;

/// One layer in one direction.
struct Figure {
    direction: Direction,
    /// Median seconds of a batch.
    seconds: f64,
    flops: u64,
}

impl Figure {
    fn gflops(&self) -> f64 {
        self.flops as f64 / 1e9 / self.seconds
    }
}

/// One layer.
struct Row {
    index: usize,
    kind: String,
    output: String,
    figures: Vec<Figure>,
}

/// One network's rows.
struct Part {
    player: &'static str,
    batch: usize,
    rows: Vec<Row>,
}

pub(in crate::commands) fn layers(args: BenchLayersArgs) -> anyhow::Result<()> {
    let (parts, rate) = threads::run(args.threads.get(), |threads| {
        let mut trainer = load(&args.preset, &args.over, args.batch, threads)?;
        let batch = trainer.experiment().train.batch_size;
        let mut machine = Machine { products: Products::new(threads), seconds: Vec::new() };
        // As in a step: D sees real and generated images.
        let (generator, discriminator) = trainer.players_mut();
        let parts = [("generator", generator, batch), ("discriminator", discriminator, 2 * batch)]
            .map(|(name, player, batch)| measure(name, player, batch, (threads, args.seconds), &mut machine));
        machine.seconds.sort_by(f64::total_cmp);
        Ok((parts, Products::gflops(quantile(&machine.seconds, 0.5))))
    })?;
    if args.json { print_json(&parts, rate) } else { print(&parts, rate) }
}

/// The machine's rate, measured again beside every layer, so that a slower machine slows down both.
struct Machine {
    products: Products,
    seconds: Vec<f64>,
}

/// Times every layer of a player on a batch, `seconds` for each layer and direction.
fn measure(
    name: &'static str,
    player: &mut Player,
    batch: usize,
    (threads, seconds): (Threads, f64),
    machine: &mut Machine,
) -> Part {
    let Player { network, parameters, state, grads, .. } = player;
    let parts =
        TapeParts { cotangents: true, input_cotangents: true, tangents: true, features_cotangent: false };
    let mut tape = network.tape(batch, parts);
    let key = NoiseKey { seed: 0, stream: 0, step: 0 };
    let mode = Mode::Train(key);
    kernels::noise::fill_normal(key, 0, tape.input_mut());
    network.forward(threads, mode, parameters, state, &mut tape);
    let cotangent = vec![1.0 / batch as f32; tape.output().len()];
    network.seed(threads, &cotangent, &mut tape);
    network.vjp(threads, mode, parameters, 0..batch, &mut tape);
    let (tangent, gradient) = tape.input_tangent_mut(0..batch);
    tangent.copy_from_slice(gradient);
    network.jvp(threads, mode, parameters, 0..batch, &mut tape);

    let operations = network.plan().operations();
    let rows = operations.iter().enumerate().map(|(index, operation)| {
        let flops = operation.product_flops();
        machine.products.time(&mut machine.seconds);
        let asked = Direction::ALL
            .into_iter()
            .filter(|d| operation.parameter_count() > 0 || *d != Direction::WeightGrad);
        let figures = asked.map(|direction| {
            let mut run = || {
                let start = Instant::now();
                let what = (index, direction);
                let arenas = Arenas { parameters, state, grads };
                network.run_layer(threads, mode, what, arenas, &mut tape);
                start.elapsed().as_secs_f64()
            };
            (0..WARM_UP_RUNS).for_each(|_| _ = run());
            let start = Instant::now();
            let mut times = Vec::new();
            while times.len() < MIN_RUNS || start.elapsed().as_secs_f64() < seconds {
                times.push(run());
            }
            times.sort_by(f64::total_cmp);
            Figure { direction, seconds: quantile(&times, 0.5), flops: flops * batch as u64 }
        });
        let (kind, output) = (operation.label(), operation.output.to_string());
        Row { index, kind, output, figures: figures.collect() }
    });
    Part { player: name, batch, rows: rows.collect() }
}

fn print(parts: &[Part], rate: f64) -> anyhow::Result<()> {
    for Part { player, batch, rows } in parts {
        output::line(format!("{player}, batch {batch}: ms, GFLOP/s, share of the product rate"))?;
        let mut table = vec![["layer", "output"].map(str::to_owned).to_vec()];
        table[0].extend(Direction::ALL.map(|d| d.name().to_owned()));
        for row in rows {
            let mut cells = vec![format!("{} {}", row.index, row.kind), row.output.clone()];
            cells.extend(Direction::ALL.map(|direction| {
                row.figures
                    .iter()
                    .find(|f| f.direction == direction)
                    .map_or_else(String::new, |f| cell(f, rate))
            }));
            table.push(cells);
        }
        let mut total = vec!["total".to_owned(), String::new()];
        total.extend(Direction::ALL.map(|direction| {
            let seconds = rows.iter().flat_map(|r| &r.figures).filter(|f| f.direction == direction);
            let (seconds, flops) = seconds.fold((0.0, 0), |(s, n), f| (s + f.seconds, n + f.flops));
            cell(&Figure { direction, seconds, flops }, rate)
        }));
        table.push(total);
        output::line(output::table(&table))?;
    }
    Ok(output::line(format!("this machine's product rate: {rate:.1} GFLOP/s"))?)
}

fn cell(figure: &Figure, rate: f64) -> String {
    let ms = 1e3 * figure.seconds;
    match figure.flops {
        0 => format!("{ms:.3}          "),
        _ => format!("{ms:.3} {:5.1} {:3.0}%", figure.gflops(), 100.0 * figure.gflops() / rate),
    }
}

fn print_json(parts: &[Part], rate: f64) -> anyhow::Result<()> {
    let rows: Vec<Value> = parts
        .iter()
        .flat_map(|part| part.rows.iter().map(move |row| (part, row)))
        .flat_map(|(part, row)| {
            row.figures.iter().map(move |figure| {
                json!({
                    "player": part.player,
                    "batch": part.batch,
                    "layer": row.index,
                    "kind": row.kind,
                    "output": row.output,
                    "direction": figure.direction.name(),
                    "ms": 1e3 * figure.seconds,
                    "gflops": figure.gflops(),
                    "share_of_product_rate": figure.gflops() / rate,
                })
            })
        })
        .collect();
    Ok(output::document(json!({ "product_gflops": rate, "layers": rows }).to_string())?)
}
