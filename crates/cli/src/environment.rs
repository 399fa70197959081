//! The environment of a run, for `environment.json`.

use std::fs;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::time::utc;

/// The commit this program was built from, where that is known.
pub(crate) const COMMIT: Option<&str> = option_env!("GANYMEDE_COMMIT");

/// Version, commit, processor, threads and the time.
pub(crate) fn describe(threads: usize) -> Value {
    json!({
        "started": utc(SystemTime::now()),
        "version": env!("CARGO_PKG_VERSION"),
        "commit": COMMIT,
        "cpu": cpu_model(),
        "logical_cores": std::thread::available_parallelism().map_or(1, usize::from),
        "threads": threads,
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "avx2": avx2(),
    })
}

/// The processor's name, where the system has it in the place Linux does.
fn cpu_model() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The instruction set. The bytes of a run depend on it: the same seed gives the same bytes on the same set.
fn avx2() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}
