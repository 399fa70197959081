//! The order of images in which every class is seen equally often.

use std::ops::Range;

use crate::DataError;
use crate::epoch::shuffle;

/// Set these streams of random numbers apart from the epoch's, and from one another.
const BLOCK_DOMAIN: &[u8; 16] = b"ganymede class 1";
/// Followed by the label.
const IMAGE_DOMAIN: &[u8; 14] = b"ganymede image";

/// An endless sequence of images, position by position, in which classes take turns: of every `C`
/// positions from a multiple of `C` on, each of the `C` classes that have images holds one, in an order
/// of its own for each such block. Block `b` shows image `b mod n` of a class of `n` images, in the
/// order of the class's own epoch `b / n`: all its images before any is repeated. A function of (seed,
/// labels, position) only.
#[derive(Debug)]
pub(crate) struct Balanced {
    seed: u64,
    classes: Vec<Class>,
    /// The images' indices, class by class, ascending.
    members: Vec<u32>,
    /// For each class, its members and the order of the epoch that was used last.
    orders: Vec<u32>,
    /// The order of the classes in the block that was used last.
    turns: Vec<u32>,
    block: Option<u64>,
}

#[derive(Debug)]
struct Class {
    label: u16,
    range: Range<usize>,
    epoch: Option<u64>,
}

impl Balanced {
    /// Only this function allocates.
    ///
    /// # Errors
    /// [`DataError::Argument`] unless there are 1 to `u32::MAX` labels.
    pub(crate) fn new(labels: &[u16], seed: u64) -> Result<Self, DataError> {
        if labels.is_empty() || u32::try_from(labels.len()).is_err() {
            return Err(DataError::argument("number of labels", "1 to 2^32 - 1", labels.len()));
        }
        let mut members: Vec<u32> = (0..=u32::MAX).take(labels.len()).collect();
        // Stable: ascending within a class.
        members.sort_by_key(|&image| labels[image as usize]);
        let mut classes: Vec<Class> = Vec::new();
        for (position, &image) in members.iter().enumerate() {
            let label = labels[image as usize];
            match classes.last_mut() {
                Some(class) if class.label == label => class.range.end = position + 1,
                _ => classes.push(Class { label, range: position..position + 1, epoch: None }),
            }
        }
        let (orders, turns) = (vec![0; members.len()], vec![0; classes.len()]);
        Ok(Self { seed, classes, members, orders, turns, block: None })
    }

    /// The image at `position`. Computes the orders of the block and the epoch if they differ from the last call's.
    pub(crate) fn image(&mut self, position: u128) -> u32 {
        let count = self.classes.len() as u128;
        // The block wraps round after 2^64 of them.
        let (block, turn) = ((position / count) as u64, (position % count) as usize);
        if self.block != Some(block) {
            shuffle(self.seed, block, BLOCK_DOMAIN, &mut self.turns);
            self.block = Some(block);
        }
        let class = &mut self.classes[self.turns[turn] as usize];
        let images = class.range.len() as u64;
        let (epoch, visit) = (block / images, (block % images) as usize);
        let order = &mut self.orders[class.range.clone()];
        if class.epoch != Some(epoch) {
            let mut domain = [0; 16];
            domain[..14].copy_from_slice(IMAGE_DOMAIN);
            domain[14..].copy_from_slice(&class.label.to_le_bytes());
            shuffle(self.seed, epoch, &domain, order);
            class.epoch = Some(epoch);
        }
        self.members[class.range.start + order[visit] as usize]
    }
}
