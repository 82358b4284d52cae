//! One pass of the ladder by one exact key (steps 4 and 5).

use rayon::prelude::*;

use super::blocking::{Blocks, mix};
use super::candidates::{Choice, choose};
use super::clusters::Clusters;
use super::error::LinkError;
use super::exclusion::Exclusion;
use super::field::Field;
use super::identities::Identities;
use super::key::Key;
use super::uncorroborated::Shadows;

/// What one pass did.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    /// Clusters that fit several persons, and how many identities they had.
    pub(crate) ambiguous: Vec<(u32, u32)>,
    /// How many clusters were joined to another.
    pub(crate) n_joined: u64,
    /// How many values were shared by too many clusters to look at.
    pub(crate) n_oversize: u64,
}

/// Joins the clusters that share the key's value and with nobody else do.
///
/// A cluster has a value if any of its identities has: somebody who moved keeps every postcode.
///
/// # Errors
/// Blocking failed.
pub(crate) fn pass(
    identities: &Identities,
    clusters: &mut Clusters,
    key: &Key,
    shadows: &Shadows,
    max_block: usize,
) -> Result<Pass, LinkError> {
    clusters.flatten();
    let entries = Entries::of(identities, key);
    let blocks = Blocks::of(entries.values(identities))?;
    let exclusion = Exclusion { identities, clusters, guards: key.guards };
    let shared: Vec<Vec<u32>> = blocks
        .par_iter()
        .map(|block| entries.clusters(identities, clusters, block))
        .filter(|shared| shared.len() > 1)
        .collect();
    let (small, large): (Vec<_>, Vec<_>) =
        shared.into_iter().partition(|shared| shared.len() <= max_block);
    let pairs: Vec<(u32, u32)> =
        small.par_iter().flat_map_iter(|shared| candidate_pairs(shared, &exclusion)).collect();
    let choice = choose(pairs, &exclusion, shadows, max_block);
    Ok(carry_out(clusters, key, choice, large.len()))
}

fn candidate_pairs(shared: &[u32], exclusion: &Exclusion) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    for (at, &left) in shared.iter().enumerate() {
        let others = shared[at + 1..].iter().copied();
        pairs.extend(
            others.filter(|&right| !exclusion.excludes(left, right)).map(|right| (left, right)),
        );
    }
    pairs
}

fn carry_out(clusters: &mut Clusters, key: &Key, choice: Choice, n_large: usize) -> Pass {
    let ambiguous = choice.ambiguous.into_iter().map(|root| (root, clusters.size(root))).collect();
    let joined = |&&(left, right): &&(u32, u32)| clusters.join(left, right, key.step);
    let n_joined = choice.joins.iter().filter(joined).count() as u64;
    Pass { ambiguous, n_joined, n_oversize: n_large as u64 }
}

/// The rows that have all fields of the key, once for each variant.
struct Entries {
    rows: Vec<u32>,
    /// The fields of the entries up to this place.
    variants: Vec<(&'static [Field], usize)>,
}

impl Entries {
    fn of(identities: &Identities, key: &Key) -> Self {
        let mut rows: Vec<u32> = Vec::new();
        let mut variants = Vec::new();
        for &fields in key.variants {
            let complete = |&row: &u32| Key::codes(identities, fields, row).is_some();
            rows.par_extend(identities.rows().into_par_iter().filter(complete));
            variants.push((fields, rows.len()));
        }
        Self { rows, variants }
    }

    fn fields(&self, entry: usize) -> &'static [Field] {
        self.variants[self.variants.partition_point(|&(_, end)| end <= entry)].0
    }

    fn codes(&self, identities: &Identities, entry: usize) -> impl Iterator<Item = u32> {
        let row = self.rows[entry];
        self.fields(entry).iter().map(move |&field| identities.code(field, row))
    }

    fn values(&self, identities: &Identities) -> Vec<u64> {
        let value = |entry| mix(self.codes(identities, entry));
        (0..self.rows.len()).into_par_iter().map(value).collect()
    }

    /// The clusters of a block, each once; an entry that only shares the mixed value is left out.
    fn clusters(&self, identities: &Identities, clusters: &Clusters, block: &[u32]) -> Vec<u32> {
        let first = block[0] as usize;
        let same = |&&entry: &&u32| {
            self.codes(identities, entry as usize).eq(self.codes(identities, first))
        };
        let root = |&entry: &u32| clusters.root(self.rows[entry as usize]);
        let mut roots: Vec<u32> = block.iter().filter(same).map(root).collect();
        roots.sort_unstable();
        roots.dedup();
        roots
    }
}
