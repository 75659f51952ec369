//! A deterministic simulation of many tabs, their store and an authorization server: the session engine itself runs on
//! simulated ports, and whatever can go wrong does so, in an order that a seed determines.
//!
//! `cargo test --test simulation -- --seeds 20000 --first 1 --steps 150`; with `--trace` every step is told, with
//! `--survey` a failure does not end the run.
#![cfg(not(target_arch = "wasm32"))]
// A test may fail by panicking: that is what it is for.
#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod coverage;
mod history;
mod invariants;
mod ledger;
mod place;
mod ports;
mod random;
mod scheduler;
mod server;
mod store;
mod turn;
mod world;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use coverage::Coverage;
use invariants::Invariant;
use world::World;

/// From so many seeds on, every case must have been met.
const ENOUGH: u64 = 5_000;
/// How much of a failed run is shown.
const SHOWN: usize = 40;

struct Arguments {
    seeds: u64,
    first: u64,
    steps: u64,
    is_traced: bool,
    /// Goes on after a failure, and says how many seeds break what.
    is_survey: bool,
}

fn arguments() -> Arguments {
    let mut arguments = Arguments { seeds: 20_000, first: 1, steps: 150, is_traced: false, is_survey: false };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let mut number = || given.next().and_then(|value| value.parse().ok()).expect("a number");
        match name.as_str() {
            "--seeds" => arguments.seeds = number(),
            "--first" => arguments.first = number(),
            "--steps" => arguments.steps = number(),
            "--trace" => arguments.is_traced = true,
            "--survey" => arguments.is_survey = true,
            // What cargo hands to every test.
            _ => {}
        }
    }
    arguments
}

struct Outcome {
    steps: u64,
    coverage: Coverage,
    broken: Option<(Invariant, String)>,
    trace: Vec<String>,
}

fn run(seed: u64, steps: u64, is_traced: bool) -> Outcome {
    let world = World::new(seed, is_traced);
    let steps = world.simulate(steps);
    world.clear();
    let (coverage, broken) = (world.coverage.take(), world.broken.take());
    Outcome { steps, coverage, broken, trace: world.trace() }
}

fn main() -> ExitCode {
    let arguments = arguments();
    let start = Instant::now();
    let next = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    let total = Mutex::new((0, Coverage::default()));
    let failed: Mutex<Option<u64>> = Mutex::new(None);
    let survey: Mutex<BTreeMap<&str, (u64, u64)>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let (mut steps, mut coverage) = (0, Coverage::default());
                while !is_over.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= arguments.seeds {
                        break;
                    }
                    let seed = arguments.first + index;
                    let outcome = run(seed, arguments.steps, false);
                    steps += outcome.steps;
                    coverage.add(&outcome.coverage);
                    if let Some((invariant, _)) = outcome.broken {
                        let mut survey = survey.lock().unwrap();
                        let found = survey.entry(invariant.name()).or_insert((0, seed));
                        *found = (found.0 + 1, found.1.min(seed));
                        is_over.store(!arguments.is_survey, Ordering::Relaxed);
                        let mut failed = failed.lock().unwrap();
                        *failed = Some(failed.map_or(seed, |other| other.min(seed)));
                    }
                }
                let mut total = total.lock().unwrap();
                total.0 += steps;
                total.1.add(&coverage);
            });
        }
    });
    let (steps, coverage) = total.into_inner().unwrap();
    let failed = failed.into_inner().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!("{} seeds, {steps} steps, {seconds:.1} s", next.into_inner().min(arguments.seeds));
    if arguments.is_survey {
        println!("{:#?}", survey.lock().unwrap());
    }
    report(&arguments, &coverage, failed)
}

fn report(arguments: &Arguments, coverage: &Coverage, failed: Option<u64>) -> ExitCode {
    for (name, count) in coverage.counts() {
        println!("{count:>10} {name}");
    }
    let outcome =
        failed.or(arguments.is_traced.then_some(arguments.first)).map(|seed| run(seed, arguments.steps, true));
    let broken = outcome.as_ref().and_then(|outcome| outcome.broken.clone());
    if let Some(outcome) = &outcome {
        let shown = if arguments.is_traced { outcome.trace.len() } else { SHOWN };
        println!("\n{}\n", outcome.trace[outcome.trace.len().saturating_sub(shown)..].join("\n"));
    }
    if let (Some((invariant, what)), Some(seed)) = (&broken, failed) {
        println!("seed {seed} breaks {}: {what}", invariant.name());
        let steps = arguments.steps;
        println!("replay: npm run simulate -- --seeds 1 --first {seed} --steps {steps} --trace\n");
    }
    let mut count = 0;
    for invariant in Invariant::ALL {
        let is_broken = broken.as_ref().is_some_and(|(broken, _)| broken == invariant);
        println!("test {} ... {}", invariant.name(), if is_broken { "FAILED" } else { "ok" });
        count += usize::from(is_broken);
    }
    let is_enough = arguments.seeds >= ENOUGH && failed.is_none();
    let missed: Vec<_> = coverage.counts().into_iter().filter(|(_, count)| is_enough && *count == 0).collect();
    if !missed.is_empty() {
        println!("never met: {missed:?}");
        println!("test every_case_is_met ... FAILED");
        count += 1;
    } else if is_enough {
        println!("test every_case_is_met ... ok");
    }
    let passed = Invariant::ALL.len() + usize::from(is_enough) - count;
    let result = if count == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {result}. {passed} passed; {count} failed; 0 ignored; 0 measured; 0 filtered out\n");
    ExitCode::from(u8::from(count > 0))
}
