//! Intake: one file in; records, identities, quarantine and findings out.
//!
//! The file streams through in blocks: a thread reads, rayon's pool parts, checks and pseudonymises,
//! and this thread writes in the order of the file, so that the same file gives the same parts on any
//! number of threads. No identifier outlives its block, no cell reaches an error or a finding, and
//! every record that was read is accounted for: accepted, quarantined, filtered or duplicate.

mod batch;
mod block;
mod broken_rows;
mod collector;
mod conveyor;
mod delivery;
mod delivery_profile;
mod error;
mod filters;
mod identities;
mod listing;
mod months;
mod newborn;
mod notes;
mod profile;
mod providers;
mod repeats;
mod restricted;
mod roles;
mod tables;
mod tally;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::contract::Contract;
use crate::extract::{ExtractReader, Limits};
use crate::pseudonymise::{Encoder, Places};
use crate::store::Store;

use self::block::Desk;
use self::collector::Collector;
use self::repeats::{KEYS_IN_MEMORY, Repeats};

pub use self::delivery::{AwaitedHash, Delivery, Finding, Intake};
pub use self::delivery_profile::profile_schema;
pub use self::error::IntakeError;
pub(super) use self::roles::day;
pub use self::tables::{finding_schema, quarantine_schema};

/// Takes a delivery in under its contract; `progress` hears of bytes of the file as they are done.
///
/// # Errors
/// [`IntakeError`] if the file cannot be read, breaks its contract as a whole, or holds an issued
/// NHS number under the demonstration key. Nothing is then added to the store.
pub fn intake(
    delivery: &Delivery<'_>,
    contract: &Contract,
    encoder: &Encoder,
    places: &Places,
    store: &Store,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Intake, IntakeError> {
    intake_within(delivery, contract, encoder, places, store, progress, Caps::default())
}

/// What bounds the memory of an intake.
#[derive(Clone, Copy)]
struct Caps {
    limits: Limits,
    /// Keys that are kept in memory before they go to disk.
    n_keys: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { limits: Limits::default(), n_keys: KEYS_IN_MEMORY }
    }
}

fn intake_within(
    delivery: &Delivery<'_>,
    contract: &Contract,
    encoder: &Encoder,
    places: &Places,
    store: &Store,
    progress: &(dyn Fn(u64) + Sync),
    caps: Caps,
) -> Result<Intake, IntakeError> {
    let noted = restricted::with_groups(delivery, contract, caps.limits)?;
    let contract = noted.as_ref();
    let one = Pass { delivery, contract, encoder, places, store, limits: caps.limits };
    let run = |repeats, progress| THREADS.install(|| one.run(repeats, progress));
    match run(Repeats::seeking(store, caps.n_keys), progress)? {
        Outcome::Done(intake) => Ok(*intake),
        Outcome::Again(repeats) => match run(repeats, &|_| ())? {
            Outcome::Done(intake) => Ok(*intake),
            Outcome::Again(_) => Err(IntakeError::Batch { path: delivery.path.to_owned() }),
        },
    }
}

/// Threads that take files in: one more than there are processors, since one of them writes in the
/// order of the file. As one of them it encodes columns itself where no other is idle; from outside,
/// columns would queue behind blocks.
static THREADS: LazyLock<ThreadPool> = LazyLock::new(|| {
    ThreadPoolBuilder::new()
        .num_threads(rayon::current_num_threads() + 1)
        .thread_name(|i| format!("intake-{i}"))
        .build()
        .expect("the system starts threads: it has started those of the other pool")
});

/// One pass through a file, and what it needs.
struct Pass<'a> {
    delivery: &'a Delivery<'a>,
    contract: &'a Contract,
    encoder: &'a Encoder,
    places: &'a Places,
    store: &'a Store,
    limits: Limits,
}

/// What came of a pass.
enum Outcome {
    Done(Box<Intake>),
    /// Repeated rows were found too late: nothing is kept, and another pass must know them.
    Again(Repeats),
}

impl Pass<'_> {
    fn run(
        &self,
        repeats: Repeats,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Outcome, IntakeError> {
        let &Self { delivery, contract, encoder, places, store, limits } = self;
        let path = delivery.path;
        let mut reader = ExtractReader::open(path, &contract.format, limits)?;
        reader.leave_out(&contract.header_only);
        let binding = contract.bind(path, reader.header())?;
        let layout = reader.layout();
        let desk = Desk::new(delivery, contract, &binding, &layout, encoder, places);
        let mut collector = Collector::new(delivery, contract, &binding, store, repeats)?;
        let mut n_bytes_done = 0;
        conveyor::convey::<_, _, IntakeError>(
            || Ok(reader.next_block()?),
            |block| desk.process(block),
            |processed| {
                let processed = processed?;
                let n_bytes = processed.n_bytes_read - n_bytes_done;
                n_bytes_done = processed.n_bytes_read;
                collector.take(processed)?;
                progress(n_bytes);
                Ok(())
            },
        )?;
        match collector.settle()? {
            Some(repeats) => Ok(Outcome::Again(repeats)),
            None => {
                let (profiles, filters) = desk.into_counts();
                Ok(Outcome::Done(Box::new(collector.finish(&profiles, filters)?)))
            }
        }
    }
}
