//! A run on disk, and the loop that fills it: [`train`](train()).
//!
//! ```text
//! runs/0003-dense/
//!   config.toml        resolved, complete
//!   environment.json   version, commit, processor, threads
//!   events.jsonl       one line a tick, and one for each start, evaluation, checkpoint, alarm, roll-back, stop and its products
//!   samples/           a grid a tick from fixed latents
//!   checkpoints/       NNNNNNNNNN.safetensors, named by images shown; `latest` names the newest, `best` the best
//!   lock               held while a process trains here
//! ```

mod alarms;
mod catch_up;
mod checkpoint;
mod clock;
mod course;
mod create;
mod due;
mod error;
mod evaluate;
pub mod evaluation;
mod event_log;
mod events;
mod find;
mod folder;
mod forecast;
pub mod health;
mod lock;
mod names;
mod observer;
mod past;
mod peak_memory;
pub mod picture;
mod roll_back;
mod scores;
mod session;
mod stop;
mod stop_reason;
mod tick;
mod train;
mod watch;

pub use clock::TrainingClock;
pub use error::RunError;
pub use evaluation::{Evaluator, Standing, generate_as_data};
pub use events::{Event, Tick};
pub use find::{find_run, find_runs};
pub use folder::{CheckpointChoice, RunFolder};
pub use names::{grids, run_order};
pub use observer::Observer;
pub use past::Past;
pub use scores::{EvalClass, Evaluation};
pub use session::Session;
pub use stop_reason::StopReason;
pub use train::train;
