//! Matching against a search through all controls, and at its edges.

use proptest::prelude::*;

use super::{Distance, MatchOptions, Pair, Subject, matched_controls};

const PLAIN: MatchOptions =
    MatchOptions { distance: Distance::Score, caliper: None, per_case: 1, is_replaced: false };

fn subjects(scores: &[(bool, f64)]) -> Vec<Subject<'static>> {
    let one = |(at, (is_case, score)): (usize, &(bool, f64))| Subject {
        key: at as i64,
        is_case: *is_case,
        features: vec![*score],
        stratum: None,
    };
    scores.iter().enumerate().map(one).collect()
}

/// Every control looked at for every case, as the definition says it.
fn searched(scores: &[(bool, f64)], per_case: usize, is_replaced: bool) -> Vec<Pair> {
    let line: Vec<f64> = scores.iter().map(|(_, score)| (score / (1.0 - score)).ln()).collect();
    let mut cases: Vec<usize> = (0..scores.len()).filter(|at| scores[*at].0).collect();
    cases.sort_by(|a, b| line[*b].total_cmp(&line[*a]));
    let (mut pairs, mut taken): (Vec<Pair>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    for rank in 1..=per_case {
        for &case in &cases {
            let is_free = |at: usize| {
                !scores[at].0
                    && taken.iter().all(|(by, of)| *of != at || (is_replaced && *by != case))
            };
            let distance = |at: usize| (line[at] - line[case]).abs();
            let free = (0..scores.len()).filter(|at| is_free(*at));
            let Some(at) = free.min_by(|a, b| distance(*a).total_cmp(&distance(*b))) else {
                continue;
            };
            taken.push((case, at));
            let (case_key, control_key) = (case as i64, at as i64);
            pairs.push(Pair { case_key, control_key, rank, distance: distance(at) });
        }
    }
    pairs.sort_by_key(|pair| (pair.case_key, pair.rank));
    pairs
}

proptest! {
    #[test]
    fn the_line_finds_whom_a_search_through_all_finds(
        scores in prop::collection::vec((any::<bool>(), 1..20_u8), 2..40),
        per_case in 1..4_usize,
        is_replaced: bool,
    ) {
        let scores: Vec<(bool, f64)> =
            scores.iter().map(|(is_case, score)| (*is_case, f64::from(*score) / 20.0)).collect();
        let found =
            matched_controls(&subjects(&scores), MatchOptions { per_case, is_replaced, ..PLAIN });
        let has_both = scores.iter().any(|one| one.0) && scores.iter().any(|one| !one.0);
        let expected =
            if has_both { searched(&scores, per_case, is_replaced) } else { Vec::new() };
        prop_assert_eq!(found.pairs, expected);
    }
}

#[test]
fn what_cannot_be_matched_has_a_reason() {
    let both = [(true, 0.5), (false, 0.4), (false, 0.9)];
    let all = [Distance::Propensity, Distance::Score, Distance::Mahalanobis];
    let reason = |subjects: &[Subject], options: MatchOptions| {
        let found = matched_controls(subjects, options);
        assert!(found.pairs.is_empty() == found.reason.is_some(), "{found:?}");
        found.reason.is_some()
    };
    for distance in all {
        let options = MatchOptions { distance, ..PLAIN };
        assert!(reason(&[], options) && reason(&subjects(&both[..1]), options));
        assert!(reason(&subjects(&[(true, f64::NAN), (false, 0.5)]), options));
        assert!(reason(&subjects(&both), MatchOptions { per_case: 0, ..options }));
        assert!(reason(&subjects(&both), MatchOptions { caliper: Some(f64::NAN), ..options }));
        let twice = [subjects(&both), subjects(&both)].concat();
        assert!(reason(&twice, options));
        let huge = [(true, 1e308), (true, -1e308), (false, 1e308), (false, -1e308)];
        assert!(reason(&subjects(&huge), options) || distance == Distance::Propensity);
    }
    let alike = [(true, 0.5), (false, 0.5), (false, 0.5)];
    let mahalanobis = MatchOptions { distance: Distance::Mahalanobis, ..PLAIN };
    assert!(reason(&subjects(&alike), mahalanobis) && !reason(&subjects(&alike), PLAIN));
    // One case has no variance, so that a caliper has no unit.
    assert!(reason(&subjects(&both), MatchOptions { caliper: Some(1.0), ..PLAIN }));
    let far = [(true, 0.9), (true, 0.8), (false, 0.1), (false, 0.2)];
    assert!(reason(&subjects(&far), MatchOptions { caliper: Some(0.1), ..PLAIN }));
}
