//! An attack on filters by somebody who has stolen the identity zone with its key, but not the master key:
//! by frequencies, by lengths, and by the pattern of pairs of letters, with none, some or many names known.
//! What it recovers is measured, printed and bounded; and so is what hardening would change.
//!
//! A filter shows which pairs of letters two names share, or linkage could not tell that they are alike. So
//! whoever knows whose filters some are learns what bits those pairs set, and reads other names by them
//! (Christen, Schnell, Vatsalan and Ranbaduge 2017; Kroll and Steinmetzer 2015).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, AsArray};
use arrow::datatypes::UInt64Type;
use hmac::{Hmac, KeyInit, Mac};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::Sha256;

use crate::frequency_attack::{people, ranked, stolen, truth};
use crate::support::sample;
use crate::zone_files::parquet_files;

type Bits = [u64; 8];

fn n_set(bits: &Bits) -> i64 {
    bits.iter().map(|word| i64::from(word.count_ones())).sum()
}

fn join(one: &Bits, other: &Bits, by: impl Fn(u64, u64) -> u64) -> Bits {
    std::array::from_fn(|at| by(one[at], other[at]))
}

/// The filters of names in the zone, by token.
fn stolen_filters() -> HashMap<u64, Bits> {
    let mut filters = HashMap::new();
    let files = parquet_files(sample().folder.path()).into_iter();
    for (_, file) in files.filter(|(name, _)| name.starts_with("identities/")) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        for batch in reader.build().expect("a reader") {
            let batch = batch.expect("rows");
            let Some(bits) = batch.column_by_name("bits") else { continue };
            let bits = bits.as_fixed_size_binary();
            let kinds = batch.column_by_name("field").expect("a kind").as_string::<i32>();
            let tokens = batch.column_by_name("token").expect("tokens");
            let tokens = tokens.as_primitive::<UInt64Type>();
            for row in (0..bits.len()).filter(|row| kinds.value(*row) == "name") {
                let words = bits.value(row).as_chunks::<8>().0;
                filters.insert(
                    tokens.value(row),
                    std::array::from_fn(|at| u64::from_le_bytes(words[at])),
                );
            }
        }
    }
    filters
}

/// The pairs of neighbouring letters of a name, with its ends.
fn pairs_of(name: &str) -> BTreeSet<(char, char)> {
    let letters: Vec<char> = std::iter::once(' ')
        .chain(name.chars().filter(|c| c.is_ascii_alphabetic()).map(|c| c.to_ascii_uppercase()))
        .chain([' '])
        .collect();
    letters.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// What the attacker has: filters, the most frequent first, and the names of a public list in that order.
struct Attack<'a> {
    filters: &'a [Bits],
    names: &'a [String],
    pairs: Vec<BTreeSet<(char, char)>>,
    /// Bits that a pair of letters sets, which the description says.
    bits_of_a_pair: i64,
}

impl<'a> Attack<'a> {
    fn new(filters: &'a [Bits], names: &'a [String], bits_of_a_pair: i64) -> Self {
        let pairs = names.iter().map(|name| pairs_of(name)).collect();
        Self { filters, names, pairs, bits_of_a_pair }
    }

    /// Which name each filter is guessed to be of, begun with those that are known or guessed.
    fn guess(&self, seeds: &BTreeMap<usize, usize>) -> BTreeMap<usize, usize> {
        let mut known = seeds.clone();
        for _ in 0..8 {
            let scored = self.mutual_best(&known);
            // The surest fifth is taken for known in the next round.
            let n = scored.len().div_ceil(5);
            if n == 0 {
                break;
            }
            known.extend(scored.into_iter().take(n).map(|(_, filter, name)| (filter, name)));
        }
        let rest = self.mutual_best(&known);
        known.extend(rest.into_iter().map(|(_, filter, name)| (filter, name)));
        known
    }

    /// What bits each pair of letters seems to set: those that all filters of known names with it share.
    fn masks(&self, known: &BTreeMap<usize, usize>) -> HashMap<(char, char), Bits> {
        let mut found: HashMap<(char, char), (usize, Bits)> = HashMap::new();
        for (filter, name) in known {
            for pair in &self.pairs[*name] {
                let mask = found.entry(*pair).or_insert((0, [u64::MAX; 8]));
                *mask = (mask.0 + 1, join(&mask.1, &self.filters[*filter], |a, b| a & b));
            }
        }
        let sure = found.into_iter().filter(|(_, (n, _))| *n >= 2);
        sure.map(|(pair, (_, bits))| (pair, bits)).collect()
    }

    /// Filters and names, of those left, that are each other's best; the surest first.
    fn mutual_best(&self, known: &BTreeMap<usize, usize>) -> Vec<(i64, usize, usize)> {
        let masks = self.masks(known);
        let used: BTreeSet<usize> = known.values().copied().collect();
        let names: Vec<usize> = (0..self.names.len()).filter(|name| !used.contains(name)).collect();
        let filters: Vec<usize> =
            (0..self.filters.len()).filter(|f| !known.contains_key(f)).collect();
        // For each name the bits that are told by its pairs, and how many of its pairs tell nothing.
        let told: Vec<(Bits, i64)> = names
            .iter()
            .map(|name| {
                let masks: Vec<Option<&Bits>> =
                    self.pairs[*name].iter().map(|pair| masks.get(pair)).collect();
                let bits =
                    masks.iter().flatten().fold([0; 8], |all, mask| join(&all, mask, |a, b| a | b));
                (bits, masks.iter().filter(|mask| mask.is_none()).count() as i64)
            })
            .collect();
        let score = |filter: usize, name: usize| -> i64 {
            let (bits, n_untold) = &told[name];
            let filter = &self.filters[filter];
            let n_hit = n_set(&join(bits, filter, |a, b| a & b));
            let n_missed = n_set(bits) - n_hit;
            let expected = n_untold * self.bits_of_a_pair * (512 - n_set(bits)) / 512;
            -4 * n_missed - (n_set(filter) - n_hit - expected).abs()
        };
        let mut best_of_name = vec![(i64::MIN, 0); names.len()];
        let mut best_of_filter = Vec::with_capacity(filters.len());
        for filter in &filters {
            let (mut best, mut second) = ((i64::MIN, 0), i64::MIN);
            for (at, of_name) in best_of_name.iter_mut().enumerate() {
                let score = score(*filter, at);
                *of_name = (*of_name).max((score, *filter));
                if score > best.0 {
                    (best, second) = ((score, at), best.0);
                } else {
                    second = second.max(score);
                }
            }
            best_of_filter.push((best.0.saturating_sub(second), *filter, best.1));
        }
        best_of_filter.retain(|(_, filter, at)| best_of_name[*at].1 == *filter);
        best_of_filter.sort_by_key(|(margin, filter, _)| (-margin, *filter));
        best_of_filter.into_iter().map(|(margin, filter, at)| (margin, filter, names[at])).collect()
    }
}

/// How alike each filter is to those most like it, the most alike first: of equal names alike under any key.
fn likeness(filters: &[Bits]) -> Vec<Vec<f64>> {
    let of = |at: usize| {
        let others = filters.iter().enumerate().filter(|(i, _)| *i != at);
        let mut all: Vec<f64> = others.map(|(_, other)| dice(&filters[at], other)).collect();
        all.sort_by(|a, b| b.total_cmp(a));
        all.truncate(40);
        all.push(n_set(&filters[at]) as f64 / 512.0);
        all
    };
    (0..filters.len()).map(of).collect()
}

/// Filters and names whose places among the others are each other's most alike: the attacker makes filters of
/// the public list under a key of their own (Vidanage, Christen, Ranbaduge and Schnell 2020).
fn by_likeness(
    filters: &[Bits],
    names: &[String],
    bits_of_a_pair: usize,
) -> BTreeMap<usize, usize> {
    let own: Vec<Bits> = names.iter().map(|name| filter_of(name, None, bits_of_a_pair)).collect();
    let (theirs, own) = (likeness(filters), likeness(&own));
    let distance = |one: &[f64], other: &[f64]| -> f64 {
        one.iter().zip(other).map(|(a, b)| (a - b).abs()).sum()
    };
    let nearest = |one: &[f64], among: &[Vec<f64>]| -> (usize, f64, f64) {
        let mut all: Vec<(f64, usize)> =
            among.iter().enumerate().map(|(i, other)| (distance(one, other), i)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        (all[0].1, all[0].0, all[1].0)
    };
    let mut found: Vec<(f64, usize, usize)> = Vec::new();
    for (filter, profile) in theirs.iter().enumerate() {
        let (name, best, second) = nearest(profile, &own);
        if nearest(&own[name], &theirs).0 == filter {
            found.push((best / second, filter, name));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.truncate(found.len().div_ceil(4));
    found.into_iter().map(|(_, filter, name)| (filter, name)).collect()
}

/// The share of filters, but for those known before, whose name is guessed.
fn share(
    guessed: &BTreeMap<usize, usize>,
    names: &[String],
    truth: &[String],
    known: &BTreeMap<usize, usize>,
) -> f64 {
    let others = guessed.iter().filter(|(filter, _)| !known.contains_key(filter));
    let n_right = others.filter(|(filter, name)| truth[**filter] == names[**name]).count();
    n_right as f64 / (truth.len() - known.len()) as f64
}

/// Names whose filters the attacker knows beforehand: this many, spread over all frequencies.
fn known(n: usize, names: &[String], truth: &[String]) -> BTreeMap<usize, usize> {
    let step = truth.len() / n.max(1);
    let place = |name: &String| names.iter().position(|one| one == name);
    let chosen = (0..n).map(|i| i * step);
    chosen.filter_map(|filter| Some((filter, place(&truth[filter])?))).collect()
}

/// A filter as the hub's description says, under a key of this test's own; with a salt, one more set of bits.
fn filter_of(name: &str, salt: Option<&str>, bits_of_a_pair: usize) -> Bits {
    filter_of_width(name, salt, bits_of_a_pair, 512)
}

fn filter_of_width(name: &str, salt: Option<&str>, bits_of_a_pair: usize, width: u16) -> Bits {
    let mut bits = [0; 8];
    for (one, other) in pairs_of(name) {
        let (mut n, mut counter) = (0, 0_u8);
        while n < bits_of_a_pair {
            let mut mac =
                Hmac::<Sha256>::new_from_slice(b"a key of this test").expect("any length");
            mac.update(format!("{one}{other}{}|{counter}", salt.unwrap_or_default()).as_bytes());
            for two in mac.finalize().into_bytes().as_chunks::<2>().0 {
                if n < bits_of_a_pair {
                    let place = usize::from(u16::from_be_bytes(*two) % width);
                    bits[place / 64] |= 1 << (place % 64);
                    n += 1;
                }
            }
            counter += 1;
        }
    }
    bits
}

/// The hardened filter: half of the bits of each pair for the name, half for the name and a year of birth.
fn hardened(name: &str, year: i32) -> Bits {
    let salted = filter_of(name, Some(&year.to_string()), 24);
    join(&filter_of(name, None, 24), &salted, |a, b| a | b)
}

fn dice(one: &Bits, other: &Bits) -> f64 {
    2.0 * n_set(&join(one, other, |a, b| a & b)) as f64 / (n_set(one) + n_set(other)) as f64
}

/// Filters of family names in the zone, the most frequent first, with the name behind each.
fn targets() -> (Vec<Bits>, Vec<String>, Vec<String>) {
    let [known, others] = people();
    let everybody: Vec<_> = known.iter().chain(&others).cloned().collect();
    let behind = truth(&everybody, "family", 1);
    let filters = stolen_filters();
    let tokens = ranked(stolen().into_iter().map(|row| row[1]));
    let tokens: Vec<u64> = tokens.into_iter().filter(|token| behind.contains_key(token)).collect();
    let bits = tokens.iter().map(|token| filters[token]).collect();
    let truth = tokens.iter().map(|token| behind[token].clone()).collect();
    let names = ranked(everybody.iter().map(|person| person[1].clone()));
    (bits, truth, names)
}

#[test]
fn filters_say_little_to_whoever_knows_nobody_and_more_with_every_name_that_is_known() {
    let (bits, truth, names) = targets();
    assert!(bits.len() > 300, "{}", bits.len());
    let attack = Attack::new(&bits, &names, 47);
    // By frequency alone, and by frequency as a start for the pattern of pairs.
    let by_rank: BTreeMap<usize, usize> =
        (0..bits.len().min(names.len())).map(|i| (i, i)).collect();
    let none = BTreeMap::new();
    let by_frequency = share(&by_rank, &names, &truth, &none);
    let first: BTreeMap<usize, usize> = (0..20).map(|i| (i, i)).collect();
    let by_pattern = share(&attack.guess(&first), &names, &truth, &none);
    let alike = by_likeness(&bits, &names, 47);
    let n_right = alike.iter().filter(|(filter, name)| truth[**filter] == names[**name]).count();
    let by_graph = share(&attack.guess(&alike), &names, &truth, &none);
    println!(
        "by likeness to others: {n_right} of {} first guesses are right; {:.1} % of all names then",
        alike.len(),
        100.0 * by_graph
    );
    let with = |n: usize| {
        let known = known(n, &names, &truth);
        share(&attack.guess(&known), &names, &truth, &known)
    };
    let (few, some, many) = (with(10), with(30), with(100));

    // Hardened by year of birth: what a thief has of each name, who sees which filters share a token.
    let years = 1940..1960;
    let all_years = |name: &String| {
        years
            .clone()
            .map(|year| hardened(name, year))
            .fold([u64::MAX; 8], |all, one| join(&all, &one, |a, b| a & b))
    };
    let stripped: Vec<Bits> = truth.iter().map(all_years).collect();
    let one_year: Vec<Bits> = truth.iter().map(|name| hardened(name, 1950)).collect();
    let of_hardened = |bits: &[Bits], n_bits| {
        let known = known(30, &names, &truth);
        share(&Attack::new(bits, &names, n_bits).guess(&known), &names, &truth, &known)
    };
    let (beside_tokens, of_one_year) = (of_hardened(&stripped, 24), of_hardened(&one_year, 48));
    println!(
        "family names recovered from filters: {:.1} % by frequency, {:.1} % by frequency and pattern; with 10, 30, \
         100 names known {:.1}, {:.1}, {:.1} % of the others; hardened by year of birth, with 30 known: {:.1} % where \
         filters lie beside tokens, {:.1} % within one year",
        100.0 * by_frequency,
        100.0 * by_pattern,
        100.0 * few,
        100.0 * some,
        100.0 * many,
        100.0 * beside_tokens,
        100.0 * of_one_year,
    );
    assert!(by_frequency < 0.05 && by_pattern < 0.05, "{by_frequency} {by_pattern}");
    assert!(few < 0.05 && by_graph < 0.05, "{few} {by_graph}");
    // The attack works: of somebody who knows a third of all names it finds many others.
    assert!(many > 0.2, "{many}");
    // Hardening by year of birth does not help where filters lie beside tokens.
    assert!(beside_tokens > of_one_year, "{beside_tokens} {of_one_year}");
}

#[test]
fn hardening_by_year_of_birth_costs_likeness_where_the_year_is_wrong() {
    let [people, _] = people();
    let names: Vec<String> = ranked(people.iter().map(|person| person[1].clone()));
    let (mut plain, mut same, mut other, mut n) = (0.0, 0.0, 0.0, 0.0);
    for name in names.iter().filter(|name| name.len() > 3) {
        // A letter left out, as a typing error does.
        let typed: String = name.chars().take(2).chain(name.chars().skip(3)).collect();
        plain += dice(&filter_of(name, None, 47), &filter_of(&typed, None, 47));
        same += dice(&hardened(name, 1950), &hardened(&typed, 1950));
        other += dice(&hardened(name, 1950), &hardened(name, 1951));
        n += 1.0;
    }
    println!(
        "mean Dice: one letter left out {:.2}, hardened {:.2}; the same name with another year {:.2}",
        plain / n,
        same / n,
        other / n
    );
    // The same name with a mistyped year is no more like itself than a misspelt one.
    assert!(
        (plain - same).abs() / n < 0.05 && other / n < plain / n,
        "{plain} {same} {other} of {n}"
    );
}

#[test]
fn half_the_bits_tell_fewer_misspelt_names_from_others() {
    let [one, other] = people();
    let names: Vec<String> = ranked(one.iter().chain(&other).map(|person| person[1].clone()));
    let share = |width: u16, bits_of_a_pair: usize| -> f64 {
        let filters: Vec<Bits> =
            names.iter().map(|name| filter_of_width(name, None, bits_of_a_pair, width)).collect();
        let is_nearest = |at: usize| -> bool {
            let name = &names[at];
            let typed: String = name.chars().take(1).chain(name.chars().skip(2)).collect();
            let typed = filter_of_width(&typed, None, bits_of_a_pair, width);
            let own = dice(&typed, &filters[at]);
            filters.iter().enumerate().all(|(i, filter)| i == at || dice(&typed, filter) < own)
        };
        let n = (0..names.len()).filter(|at| is_nearest(*at)).count();
        n as f64 / names.len() as f64
    };
    // 512 ln 2 / 7.5, and 256 ln 2 / 7.5.
    let (whole, half) = (share(512, 47), share(256, 24));
    println!(
        "misspelt names that are nearest to themselves, of {}: {:.1} % with 512 bits, {:.1} % with 256",
        names.len(),
        100.0 * whole,
        100.0 * half
    );
    assert!(whole >= half && whole > 0.8, "{whole} {half}");
}
