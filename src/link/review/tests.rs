//! A night of made-up people, reviewed.

use proptest::prelude::*;

use super::*;
use crate::link::decision::{DecidedPair, Verdict};
use crate::link::tests::order::{any_line, numbered};
use crate::link::tests::{TODAY, identities, person_of, table};
use crate::link::weighed::tests::city;
use crate::link::weighed::{Waterfall, Weighed};
use crate::link::{Previous, link};

struct Night {
    identities: Identities,
    index: RecordBatch,
    said: SaidSame,
    settings: Settings,
}

impl Night {
    fn of(identities: Identities, said: SaidSame, settings: Settings) -> Self {
        let previous = Previous::default();
        let linked = link(&identities, &said, &previous, &settings, &person_of, TODAY).unwrap();
        Self { identities, index: linked.person_index, said, settings }
    }

    fn reviewed(&self) -> Reviewed<'_> {
        Reviewed {
            identities: &self.identities,
            person_index: std::slice::from_ref(&self.index),
            said: &self.said,
            settings: &self.settings,
        }
    }

    fn queue(&self) -> Vec<DoubtfulPair> {
        queue(self.reviewed()).unwrap()
    }

    fn explain(&self, pair: [i64; 2]) -> Explanation {
        explain(self.reviewed(), pair).unwrap().expect("both are there")
    }
}

fn night(lines: &[&str], decided: &[(Verdict, [i64; 2])]) -> Night {
    let decided = (2..).zip(decided).map(|(line, &(verdict, pair))| DecidedPair {
        line,
        verdict,
        identities: Some(pair),
    });
    let said = SaidSame { decided: decided.collect(), ..SaidSame::default() };
    Night::of(identities(lines), said, Settings::default())
}

/// Doubt and identities of every pair.
fn check(night: &Night, expected: &[(&str, [i64; 2])]) {
    let pairs = night.queue();
    let found: Vec<(&str, [i64; 2])> =
        pairs.iter().map(|one| (one.doubt, one.identities)).collect();
    assert_eq!(found, expected);
}

/// Two namesakes with numbers, and a form that fits both; a number in conflict.
const LINES: [&str; 5] = [
    "1 nhs=a born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA feed=apc",
    "2 nhs=b born=1950-03-02 name=ann,smith sex=f pc=LS9-9ZZ feed=op",
    "3 born=1950-03-02 name=ann,smith sex=f feed=asc",
    "4 nhs=c born=1987-11-20 name=bob,jones sex=m pc=LS2-1AA",
    "5 nhs=c born=2001-01-31 name=zoe,green sex=f pc=LS2-2AA",
];

#[test]
fn the_queue_has_what_fits_several_and_numbers_in_conflict_once_for_two_persons() {
    let found = night(&LINES, &[]);
    let expected = [("conflict", [4, 5]), ("many_matches", [1, 3]), ("many_matches", [2, 3])];
    check(&found, &expected);
    let pairs = found.queue();
    assert_eq!(pairs[1].feeds, [vec!["apc".to_owned()], vec!["asc".to_owned()]]);
    assert_eq!((pairs[1].n_records, pairs[1].has_number), ([1, 1], [true, false]));
    let words: Vec<String> =
        pairs[0].levels.iter().map(|one| format!("{}: {:?}", one.field, one.likeness)).collect();
    let expected = "family name: Differs; given name: Differs; birth date: Differs; sex: Differs; \
                    postcode and house: Differs; street: Missing";
    assert!(words.join("; ").starts_with(expected), "{words:?}");
}

#[test]
fn what_was_decided_is_not_asked_again_and_leaves_no_doubt() {
    let rest = [("conflict", [4, 5]), ("many_matches", [2, 3])];
    check(
        &night(&LINES, &[(Verdict::Different, [5, 4])]),
        &[("many_matches", [1, 3]), ("many_matches", [2, 3])],
    );
    // 3 is not 1: then it is 2, and nothing is left to ask.
    check(&night(&LINES, &[(Verdict::Different, [3, 1])]), &rest[..1]);
    check(&night(&LINES, &[(Verdict::Same, [3, 1])]), &rest[..1]);
    // Decided since, but not yet in the person index.
    let mut late = night(&LINES, &[]);
    late.said.decided =
        vec![DecidedPair { line: 2, verdict: Verdict::Different, identities: Some([1, 3]) }];
    check(&late, &rest);
}

#[test]
fn an_explanation_says_what_stands_in_the_way() {
    let found = night(&LINES, &[(Verdict::Different, [4, 3])]);
    let why = |pair| found.explain(pair).reasons.join("; ");
    assert!(why([1, 2]).contains("two different trusted NHS numbers"));
    assert!(why([3, 4]).contains("`different` in line 2"));
    assert!(why([4, 5]).contains("bears a number that is somebody else's"));
    let one = found.explain([1, 3]);
    assert!(!one.is_one_person);
    assert_eq!(one.applies[0], "5a: an exact key of demographics, which 3 persons have");
    assert_eq!(one.statuses, ["single", "many_matches"]);
    assert_eq!(explain(found.reviewed(), [1, 99]).unwrap(), None);
    let joined = night(&LINES[..3], &[(Verdict::Same, [1, 3])]).explain([1, 3]);
    assert!(joined.is_one_person);
    assert!(joined.applies.contains(&"d: `same` in line 2".to_owned()), "{:?}", joined.applies);
    assert!(joined.reasons[0].starts_with("one person of 2 identities"), "{:?}", joined.reasons);
}

#[test]
fn another_nights_person_index_is_refused() {
    let (one, other) = (night(&LINES, &[]), night(&LINES[..2], &[]));
    let mixed = Reviewed { person_index: std::slice::from_ref(&other.index), ..one.reviewed() };
    assert!(matches!(queue(mixed), Err(LinkError::OtherIdentities)));
}

#[test]
fn the_parts_of_every_weight_add_up_to_it_and_to_what_the_index_says() {
    let (identities, weighed) = city();
    // So wide a doubt that some fall into it.
    let weighed = Weighed { potential: 0.001, probability: 0.999, ..weighed };
    let settings = Settings { weighed, ..Settings::default() };
    let night = Night::of(identities, SaidSame::default(), settings);
    let (rows, model) = (Rows::of(&night.identities), night.reviewed().model().unwrap());
    let scale = Scale::new(&rows, &night.settings.weighed, &model);
    let n = rows.n_rows();
    for (left, right) in (0..n).zip((0..n).map(|row| (row * 7 + 1) % n)) {
        let parts = Waterfall::of(&scale, left, right);
        assert_eq!(parts.total(), scale.weight(left, right));
        assert_eq!(parts.bars.len(), model.slot.len());
    }
    let pairs = night.queue();
    assert!(pairs.iter().any(|one| one.doubt == "potential"), "some are");
    for pair in &pairs {
        let told = night.explain(pair.identities);
        let last = told.waterfall.last().expect("a sum");
        assert_eq!(Some(last.sum_bits), pair.weight, "the last sum is the weight");
        assert!(!told.is_one_person && !told.reasons.is_empty(), "{told:?}");
        let probability = pair.probability.unwrap();
        // Odds of 2 to the weight: Fellegi and Sunter's, by hand.
        let odds = pair.weight.unwrap().exp2();
        assert!((probability - odds / (1.0 + odds)).abs() < 1e-12);
        let (bits, bits_of) = (pair.weight.unwrap(), |p: f64| (p / (1.0 - p)).log2());
        let [linked, potential] = told.thresholds;
        assert!(pair.doubt != "potential" || bits < bits_of(linked) + 0.51, "{pair:?}");
        // Whole bits alone are shown, and add up.
        let mut sum = 0.0;
        for step in &told.waterfall {
            sum += step.bits + step.rarity_bits;
            assert_eq!((step.bits.fract(), step.rarity_bits.fract()), (0.0, 0.0), "{step:?}");
            assert_eq!(step.sum_bits, sum);
        }
        assert!(!told.to_text().contains(".000 ") && bits.fract() == 0.0);
        match pair.doubt {
            "potential" => assert!(bits > bits_of(potential) - 0.51, "{pair:?}"),
            "held_back" => assert!(bits > bits_of(linked) - 0.51, "{pair:?}"),
            _ => {}
        }
    }
}

#[test]
fn weights_are_rounded_to_the_nearest_bit() {
    let rounded = [-1_501, -1_500, -499, 0, 499, 500, 12_345].map(whole_bits);
    assert_eq!(rounded, [-2, -1, 0, 0, 0, 1, 12]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn whoever_says_different_of_all_that_is_asked_is_asked_no_more_and_changes_no_person(
        lines in prop::collection::vec(any_line(), 2..30).prop_map(|lines| numbered(&lines)),
    ) {
        let identities = Identities::from_batches(&[table(&lines)]).unwrap();
        let first = Night::of(identities.clone(), SaidSame::default(), Settings::default());
        let asked = first.queue();
        let persons = asked.iter().map(|one| one.identities);
        let decided = persons.map(|identities| DecidedPair {
            line: 2,
            verdict: Verdict::Different,
            identities: Some(identities),
        });
        let mut again = first;
        again.said.decided = decided.collect();
        prop_assert_eq!(again.queue(), Vec::new());
        for one in &asked {
            prop_assert!(!again.explain(one.identities).is_one_person);
        }
    }
}
