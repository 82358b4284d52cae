//! Other sets of links that the evidence of step 6 would bear as well: draws, for ranges of figures.
//!
//! A link is known with a probability, not for sure. A draw takes each pair of persons that the sure
//! steps leave apart and that step 6 would join, or tell as a potential match, and joins it with its
//! probability, under the constraints of the night. What hangs on who is one person, worked out for
//! each draw, then varies as far as the links are uncertain (prior-informed imputation: Goldstein,
//! Harron and Wade 2012, Statistics in Medicine 31:3481; that linkage error be told with results:
//! Gilbert et al. 2018, GUILD, Journal of Public Health 40:191). Steps before the sixth are taken for
//! certain.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field as Column, Schema};
use jiff::civil::Date;

use super::blocking::mix;
use super::clusters::Clusters;
use super::crosswalk::SaidSame;
use super::error::LinkError;
use super::identities::Identities;
use super::ladder::climb;
use super::person_ids::{Persons, assign};
use super::previous::Previous;
use super::run::number_persons;
use super::settings::Settings;
use super::step::Step;
use super::weighed::{Decided, Edge, Rows, Scale, edges, is_bridge, join_rest, train};

/// What draws are made from.
#[derive(Debug, Clone, Copy)]
pub struct Drawing<'a> {
    /// The night's identities.
    pub identities: &'a Identities,
    /// What was said of them.
    pub said: &'a SaidSame,
    /// How they were linked.
    pub settings: &'a Settings,
    /// The night's person index, ordered by identity: a person keeps their id in a draw where most of their identities stay.
    pub index: &'a [(i64, i64)],
    /// Where chance begins: the same seed draws the same links.
    pub seed: u64,
    /// How many draws.
    pub n_draws: u32,
}

/// Which pairs of persons are left to chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chances {
    /// Pairs of persons.
    pub n_pairs: u64,
    /// How many of them are joined on average, were each drawn by itself.
    pub expected: f64,
}

impl Drawing<'_> {
    /// Makes the draws, one after the other: `keep` gets each as `identity_id`, `person_id` (null if of
    /// nobody), ordered by identity. `person_id` makes the id of a person founded on an identity.
    ///
    /// A pair is drawn by a hash of seed, draw and its two identities, so that neither the order of rows
    /// nor the number of threads changes a byte. One draw is held at a time.
    ///
    /// # Errors
    /// Blocking failed; what `keep` says.
    pub fn each<E: From<LinkError>>(
        &self,
        person_id: &(dyn Fn(i64) -> i64 + Sync),
        keep: &mut dyn FnMut(RecordBatch) -> Result<(), E>,
    ) -> Result<Chances, E> {
        let mut sure = self.settings.clone();
        sure.weighed.enabled = false;
        let clusters = climb(self.identities, self.said, &sure)?.clusters;
        let rows = Rows::of(self.identities);
        let weighed = &self.settings.weighed;
        let model = match &self.settings.frozen {
            Some(model) => Some(model.clone()),
            None => train(self.identities, weighed),
        };
        let model = model.filter(|_| weighed.enabled);
        let scale = model.as_ref().map(|model| Scale::new(&rows, weighed, model));
        let pairs = match &scale {
            Some(scale) => pairs_of(&clusters, edges(&rows, &clusters, weighed, scale).0),
            None => Vec::new(),
        };
        let bars = |clusters: &Clusters, edge: &Edge| {
            scale.as_ref().is_some_and(|scale| is_bridge(clusters, scale, edge))
        };
        let previous = Previous { index: self.index.to_vec(), ..Previous::default() };
        for draw in 0..self.n_draws {
            let chance = Chance { seed: self.seed, draw, ids: self.identities.ids() };
            let mut drawn = chance.join(clusters.clone(), &pairs, &bars);
            if let (Some(scale), Some(model)) = (&scale, &model) {
                // What is left of feeds in which each person appears once is a question of each draw.
                join_rest(&mut drawn, weighed, scale, model, &mut Decided::default());
                drawn.flatten();
            }
            keep(self.index_of(&drawn, &previous, person_id)?)?;
        }
        let expected = pairs.iter().map(|pair| super::weighed::probability_of(pair.weight.0)).sum();
        Ok(Chances { n_pairs: pairs.len() as u64, expected })
    }

    fn index_of(
        &self,
        drawn: &Clusters,
        previous: &Previous,
        person_id: &(dyn Fn(i64) -> i64 + Sync),
    ) -> Result<RecordBatch, LinkError> {
        let ids = self.identities.ids();
        let is_known = |identity: i64| {
            previous.index.binary_search_by_key(&identity, |(identity, _)| *identity).is_ok()
        };
        // Who carries too little to be anybody is somebody only where he is joined.
        let is_somebody = |row: u32| drawn.size(row) > 1 || is_known(ids[row as usize]);
        let by_identity = number_persons(self.identities, drawn, &is_somebody);
        let persons = Persons::new(by_identity.clone());
        let (person_ids, _) = assign(&persons, previous, person_id, Date::default());
        let mut with_person = by_identity.iter().peekable();
        let persons: Int64Array = ids
            .iter()
            .map(|identity| {
                let found = with_person.next_if(|(other, _)| other == identity);
                found.map(|&(_, person)| person_ids[person as usize])
            })
            .collect();
        let schema = Schema::new(vec![
            Column::new("identity_id", DataType::Int64, false),
            Column::new("person_id", DataType::Int64, true),
        ]);
        let identities = Int64Array::from_iter_values(ids.iter().copied());
        Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(identities), Arc::new(persons)])?)
    }
}

/// Of each two clusters the surest pair.
fn pairs_of(clusters: &Clusters, edges: Vec<Edge>) -> Vec<Edge> {
    let between = |edge: &Edge| {
        let (one, other) = (clusters.root(edge.left), clusters.root(edge.right));
        (one.min(other), one.max(other))
    };
    let mut pairs: Vec<((u32, u32), Edge)> =
        edges.into_iter().map(|edge| (between(&edge), edge)).collect();
    pairs.sort_unstable();
    pairs.dedup_by_key(|(between, _)| *between);
    pairs.into_iter().map(|(_, edge)| edge).collect()
}

/// One draw's chance.
struct Chance<'a> {
    seed: u64,
    draw: u32,
    ids: &'a [i64],
}

impl Chance<'_> {
    /// Joins pairs by chance, those first that chance favours most.
    ///
    /// A logistic variate is added to the log-odds of each pair. The sum is above nought with just the
    /// pair's probability; and of two persons who exclude each other the likelier is joined more often,
    /// and both as often if both fit as well. So who fits several persons, whom the night gives to none,
    /// is now one's and now the other's.
    fn join(
        &self,
        mut clusters: Clusters,
        pairs: &[Edge],
        is_barred: &dyn Fn(&Clusters, &Edge) -> bool,
    ) -> Clusters {
        let favour = |edge: &Edge| f64::from(edge.weight.0) / 1000.0 + self.log_odds(edge);
        let mut drawn: Vec<(f64, Edge)> =
            pairs.iter().map(|edge| (favour(edge), *edge)).filter(|(sum, _)| *sum > 0.0).collect();
        drawn.sort_unstable_by(|one, other| {
            other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1))
        });
        for (_, edge) in drawn {
            if clusters.could_meet(edge.left, edge.right) && !is_barred(&clusters, &edge) {
                clusters.join(edge.left, edge.right, Step::Weighed);
            }
        }
        clusters.flatten();
        clusters
    }

    /// A logistic variate in bits, as log2 of the odds of a share that is drawn evenly between 0 and 1.
    fn log_odds(&self, edge: &Edge) -> f64 {
        let halves = |value: u64| {
            let half = |half: u64| u32::try_from(half).unwrap_or_default();
            [half(value >> 32), half(value & 0xFFFF_FFFF)]
        };
        let ids = [edge.left, edge.right].map(|row| self.ids[row as usize].cast_unsigned());
        let codes = [self.seed, ids[0], ids[1]].map(halves);
        let hash = mix(codes.into_iter().flatten().chain([self.draw]));
        // The middles of 2^32 even steps: never 0, never 1.
        let share = (f64::from(halves(hash)[0]) + 0.5) / 4_294_967_296.0;
        (share / (1.0 - share)).log2()
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::*;

    fn edge(millibits: i32, left: u32, right: u32) -> Edge {
        Edge { weight: Reverse(millibits), left, right }
    }

    /// In how many of `n` draws each pair of rows is one person's.
    fn together<const N: usize>(
        numbers: &[u32],
        pairs: &[Edge],
        asked: [(u32, u32); N],
        n: u32,
    ) -> [u32; N] {
        let ids: Vec<i64> = (0..numbers.len()).map(|row| 1_000_003 * (row as i64 + 7)).collect();
        let mut joined = [0; N];
        for draw in 0..n {
            let chance = Chance { seed: 11, draw, ids: &ids };
            let drawn = chance.join(Clusters::new(numbers.to_vec()), pairs, &|_, _| false);
            for (count, (one, other)) in joined.iter_mut().zip(asked) {
                *count += u32::from(drawn.root(one) == drawn.root(other));
            }
        }
        joined
    }

    /// Whether a share of `n` draws is a probability's, within four standard deviations.
    fn is_share(count: u32, n: u32, p: f64) -> bool {
        let (count, n) = (f64::from(count), f64::from(n));
        (count - n * p).abs() < 4.0 * (n * p * (1.0 - p)).sqrt()
    }

    #[test]
    fn a_pair_is_joined_with_its_probability() {
        // Odds of 2 (1 bit), of 1/4, of 1,024.
        let pairs = [edge(1_000, 0, 1), edge(-2_000, 2, 3), edge(10_000, 4, 5)];
        let n = 20_000;
        let joined = together(&[0; 6], &pairs, [(0, 1), (2, 3), (4, 5)], n);
        for (count, p) in joined.into_iter().zip([2.0 / 3.0, 0.2, 1_024.0 / 1_025.0]) {
            assert!(is_share(count, n, p), "{count} of {n}: {p}");
        }
    }

    #[test]
    fn the_number_of_persons_varies_as_the_sum_of_its_links() {
        // Six independent links of odds 1: persons are 12 less a binomial of 6 and 1/2, of mean 3 and
        // variance 1.5.
        let pairs: Vec<Edge> = (0..6).map(|at| edge(0, 2 * at, 2 * at + 1)).collect();
        let ids: Vec<i64> = (1..=12).map(|id| id * 77_777).collect();
        let n = 20_000;
        let joins: Vec<f64> = (0..n)
            .map(|draw| {
                let chance = Chance { seed: 5, draw, ids: &ids };
                let drawn = chance.join(Clusters::new(vec![0; 12]), &pairs, &|_, _| false);
                f64::from((0..12).map(|row| u32::from(drawn.root(row) != row)).sum::<u32>())
            })
            .collect();
        let mean = joins.iter().sum::<f64>() / f64::from(n);
        let variance = joins.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n - 1);
        // Standard errors: sqrt(1.5/n) = 0.0087; of the variance sqrt((mu4 - 1.5^2)/n) = 0.0137, the
        // fourth central moment of this binomial being 6/16 (1 + 15) = 6.
        assert!((mean - 3.0).abs() < 4.0 * 0.0087, "{mean}");
        assert!((variance - 1.5).abs() < 4.0 * 0.0137, "{variance}");
    }

    #[test]
    fn who_fits_two_numbers_alike_is_each_ones_as_often_and_never_both() {
        let pairs = [edge(6_000, 0, 2), edge(6_000, 1, 2)];
        let n = 10_000;
        let [first, second, both] = together(&[5, 6, 0], &pairs, [(0, 2), (1, 2), (0, 1)], n);
        assert_eq!(both, 0);
        // Neither with (1/65)^2; the rest by halves.
        let p = (1.0 - 1.0 / 4_225.0) / 2.0;
        assert!(is_share(first, n, p) && is_share(second, n, p), "{first} {second}");
    }

    #[test]
    fn of_two_clusters_the_surest_pair_alone_is_drawn() {
        let mut clusters = Clusters::new(vec![0; 4]);
        clusters.join(0, 1, Step::Local);
        let mut edges = vec![edge(3_000, 1, 2), edge(5_000, 0, 2), edge(4_000, 0, 3)];
        edges.sort_unstable();
        assert_eq!(pairs_of(&clusters, edges), [edge(5_000, 0, 2), edge(4_000, 0, 3)]);
    }
}
