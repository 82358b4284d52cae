//! Reviewers' decisions hold through every step, in whatever order they were written.

use proptest::prelude::*;

use super::order::{any_line, numbered};
use super::*;
use crate::link::decision::{Bonds, DecidedPair, Verdict};
use crate::link::number::link_numbers;

fn pair(line: u64, verdict: Verdict, identities: [i64; 2]) -> DecidedPair {
    DecidedPair { line, verdict, identities: Some(identities) }
}

fn solve(identities: &Identities, decided: &[DecidedPair]) -> Linked {
    let said = SaidSame { decided: decided.to_vec(), ..SaidSame::default() };
    link(identities, &said, &Previous::default(), &Settings::default(), &person_of, TODAY)
        .expect("it links")
}

/// Who is together once that is decided, and what became of it: applied, gone, refused.
fn check(lines: &[&str], decided: &[(Verdict, [i64; 2])], expected: &str, counts: [u64; 3]) {
    let decided: Vec<DecidedPair> =
        (2..).zip(decided).map(|(line, &(verdict, ids))| pair(line, verdict, ids)).collect();
    let linked = solve(&identities(lines), &decided);
    assert_eq!(persons(&linked), expected);
    let told = &linked.summary.decisions;
    let found = [told.n_applied, told.gone_lines.len() as u64, told.refused_lines.len() as u64];
    assert_eq!(found, counts, "applied, gone, refused");
}

use Verdict::{Different, Same};

const ANN: &str = "born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA";
const BOB: &str = "born=1987-11-20 name=bob,jones sex=m pc=LS9-9ZZ";

#[test]
fn who_is_decided_to_be_one_is_one_and_says_so() {
    let lines = [format!("1 nhs=a {ANN}"), format!("2 {BOB}"), "3 sex=m".to_owned()];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    check(&lines, &[], "1 | 2", [0, 0, 0]);
    check(&lines, &[(Same, [1, 2])], "1 2", [1, 0, 0]);
    let linked = solve(&identities(&lines), &[pair(2, Same, [2, 3]), pair(3, Same, [1, 3])]);
    assert_eq!(persons(&linked), "1 2 3");
    assert_eq!(standing(&linked, 2), "d match");
    assert_eq!(standing(&linked, 3), "d match", "who carries too little is somebody by decision");
}

#[test]
fn whom_a_decision_parts_no_step_joins_and_no_third_row_bridges() {
    let lines = [
        format!("1 nhs=a local=T:1 {ANN}"),
        format!("2 nhs=a {ANN} house=1"),
        format!("3 local=T:1 {ANN}"),
        format!("4 {ANN} house=1"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    check(&lines, &[], "1 2 3 4", [0, 0, 0]);
    // Number, birth date, names: the surest step there is.
    let linked = solve(&identities(&lines[..2]), &[pair(2, Different, [2, 1])]);
    assert_eq!(persons(&linked), "1 | 2");
    // By the number 1 and 2 are one; 3 has the local id of the one and the names of both.
    check(&lines, &[(Different, [2, 3])], "1 2 4 | 3", [1, 0, 0]);
}

#[test]
fn the_bearers_of_one_number_are_one_person_if_somebody_says_so() {
    let lines =
        [format!("1 nhs=a {ANN}"), format!("2 nhs=a {ANN} house=1"), format!("3 nhs=a {BOB}")];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    check(&lines, &[], "1 2 | 3", [0, 0, 0]);
    let conflicting = |decided: &[DecidedPair]| {
        let linked = solve(&identities(&lines), decided);
        (standing(&linked, 3), linked.summary.numbers.n_conflicting_numbers)
    };
    assert_eq!(conflicting(&[]), ("- conflict".to_owned(), 1));
    check(&lines, &[(Same, [3, 1])], "1 2 3", [1, 0, 0]);
    assert_eq!(conflicting(&[pair(2, Same, [3, 1])]), ("d match".to_owned(), 0));
}

#[test]
fn two_trusted_numbers_are_never_joined_whatever_is_decided() {
    let lines = [format!("1 nhs=a {ANN}"), format!("2 nhs=b {BOB}"), "3 sex=f".to_owned()];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    check(&lines, &[(Same, [1, 2])], "1 | 2", [0, 0, 1]);
    // Over a third row: nobody can tell which of the two decisions is wrong.
    check(&lines, &[(Same, [1, 3]), (Same, [3, 2])], "1 | 2", [0, 0, 2]);
    check(&lines, &[(Same, [1, 3]), (Different, [3, 2])], "1 3 | 2", [2, 0, 0]);
    // A number that proves nothing binds nobody.
    let untrusted = [lines[0], "2 nhs=b untrusted born=1987-11-20 name=bob,jones"];
    check(&untrusted, &[(Same, [1, 2])], "1 2", [1, 0, 0]);
    // 1 and 2 have one number, so that 3 cannot be the one and not the other.
    let lines = [lines[0], "2 nhs=a born=1950-03-02 name=ann,smith house=9", lines[2]];
    check(&lines, &[(Same, [1, 3]), (Different, [2, 3])], "1 2", [1, 0, 1]);
}

#[test]
fn a_decision_about_somebody_who_is_gone_does_nothing() {
    let ann = format!("1 nhs=a {ANN}");
    let gone = DecidedPair { line: 2, verdict: Same, identities: None };
    let linked = solve(&identities(&[&ann]), &[gone, pair(3, Different, [1, 99])]);
    assert_eq!(persons(&linked), "1");
    assert_eq!(linked.summary.decisions.gone_lines, [2, 3]);
    let text = linked.summary.decisions.to_text();
    assert!(text.starts_with("2 (1 same, 1 different): 0 hold, 2 of a pair"), "{text}");
    assert!(text.contains("(line 2, 3)"), "{text}");
}

/// Forms of one number and birth date, and nothing else that a later step could join them by.
const FORMS: [&str; 3] = [
    "1 nhs=a born=1950-03-02 house=1",
    "2 nhs=a born=1950-03-02 house=2",
    "3 nhs=a born=1950-03-02 house=3",
];

#[test]
fn who_is_parted_from_one_form_of_a_number_stays_with_the_others() {
    check(&FORMS, &[], "1 2 3", [0, 0, 0]);
    check(&FORMS, &[(Different, [1, 2]), (Different, [1, 3])], "1 | 2 3", [2, 0, 0]);
    check(&FORMS, &[(Different, [1, 2]), (Different, [2, 3])], "1 3 | 2", [2, 0, 0]);
    check(&FORMS, &[(Different, [1, 3]), (Different, [2, 3])], "1 2 | 3", [2, 0, 0]);
}

#[test]
fn who_fits_two_that_are_kept_apart_is_given_to_neither_whichever_has_the_smaller_id() {
    for (apart, third) in [([1, 2], 3), ([1, 3], 2), ([2, 3], 1)] {
        check(&FORMS, &[(Different, apart)], "1 | 2 | 3", [1, 0, 0]);
        let linked = solve(&identities(&FORMS), &[pair(2, Different, apart)]);
        assert_eq!(standing(&linked, third), "- many_matches");
        // Said to be the one, it is not the other.
        check(
            &FORMS,
            &[(Different, apart), (Same, [apart[0], third])],
            match third {
                3 => "1 3 | 2",
                _ => "1 2 | 3",
            },
            [2, 0, 0],
        );
    }
    // Two that fit the same two are one person among themselves.
    let four = [FORMS[0], FORMS[1], FORMS[2], "4 nhs=a born=1950-03-02 house=4"];
    check(&four, &[(Different, [1, 4])], "1 | 2 3 | 4", [1, 0, 0]);
}

#[test]
fn a_stranger_is_kept_from_everybody_into_whom_decisions_part_a_number() {
    let ann = [1, 2].map(|id| format!("{id} nhs=a {ANN} house={id}"));
    let bob = format!("3 nhs=a {BOB}");
    let identities = identities(&[&ann[0], &ann[1], &bob]);
    let bonds = Bonds::of(&[pair(2, Different, [1, 2])], &identities);
    let present = identities.column(Field::Nhs).to_vec();
    let linked = link_numbers(&identities, present, &bonds, &Settings::default());
    let (_, clusters, _) = linked.expect("it links");
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        assert!(clusters.kept_apart(one, other), "rows {one} and {other}");
    }
}

#[test]
fn a_different_of_a_pair_that_is_gone_is_an_alarm_and_a_same_is_none() {
    let ann = format!("1 nhs=a {ANN}");
    let alarm = |verdict| {
        let gone = DecidedPair { line: 7, verdict, identities: None };
        solve(&identities(&[&ann]), &[gone]).summary.decisions.alarm()
    };
    assert_eq!(alarm(Same), None);
    let told = alarm(Different).expect("an alarm");
    assert!(
        told.starts_with("decisions, line 7: `different` of a pair that is not there"),
        "{told}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn decisions_hold_whatever_their_order_and_never_join_two_trusted_numbers(
        lines in prop::collection::vec(any_line(), 2..30).prop_map(|lines| numbered(&lines)),
        (decided, shuffled) in prop::collection::vec((any::<bool>(), 1_i64..30, 1_i64..30), 0..12)
            .prop_map(|all| {
                let named = all.into_iter().filter(|(_, one, other)| one != other);
                (2..).zip(named)
                    .map(|(line, (is_same, one, other))| {
                        pair(line, if is_same { Same } else { Different }, [one, other])
                    })
                    .collect::<Vec<_>>()
            })
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        let identities = Identities::from_batches(&[table(&lines)]).unwrap();
        let linked = solve(&identities, &decided);
        let again = solve(&identities, &shuffled);
        prop_assert_eq!(&again.person_index, &linked.person_index);
        let people = linked.person_index.column(1).as_primitive::<Int64Type>();
        let person = |id: i64| people.iter().nth(usize::try_from(id - 1).unwrap()).flatten();
        let told = &linked.summary.decisions;
        for one in &decided {
            let Some([left, right]) = one.identities else { continue };
            if told.gone_lines.contains(&one.line) {
                continue;
            }
            let is_one = person(left).is_some() && person(left) == person(right);
            match one.verdict {
                Different => prop_assert!(!is_one, "{left} and {right} are two"),
                Same if told.refused_lines.contains(&one.line) => {}
                Same => prop_assert!(is_one, "{left} and {right} are one"),
            }
        }
        let mut number_of = std::collections::BTreeMap::new();
        for (line, person) in lines.iter().zip(people.iter()) {
            if let (Some(person), Some(number), true) = (person, line.get(Field::Nhs), line.trusted) {
                let known = *number_of.entry(person).or_insert(number);
                prop_assert!(known == number || is_dummy(&linked), "two trusted numbers");
            }
        }
    }
}

/// Whether some number of the night was taken for nobody's, and so binds nobody.
fn is_dummy(linked: &Linked) -> bool {
    linked.summary.numbers.n_dummy_numbers > 0
}
