//! Person ids from night to night.

use super::*;
use crate::link::ledger::{Change, resolve};

const ANN: &str = "1 nhs=a born=1950-03-02 sex=f pc=LS1-1AA";
const ANN_MOVED: &str = "5 nhs=a born=1950-03-02 sex=f pc=LS2-2BB";
const ANN_AGAIN: &str = "3 nhs=b born=1950-03-02 name=ann,smith";
const BOTH_ANNS: &str = "4 nhs=b born=1950-03-02 name=ann,smith sex=f";

fn night(lines: &[&str], previous: &Previous, day: i8) -> Previous {
    let linked = run(lines, previous, date(2026, 4, day));
    Previous::from_batches(&[linked.person_index], &[linked.ledger]).unwrap()
}

fn lines_of(previous: &Previous) -> Vec<(i64, i64, Change)> {
    previous.ledger.iter().map(|row| (row.person_id, row.became_person_id, row.change)).collect()
}

#[test]
fn a_new_person_is_founded_on_the_smallest_identity() {
    let first = night(&[ANN_MOVED, ANN, ANN_AGAIN], &Previous::default(), 1);
    assert_eq!(first.index, [(1, 1001), (3, 1003), (5, 1001)]);
    assert_eq!(lines_of(&first), [(1001, 1001, Change::New), (1003, 1003, Change::New)]);
}

#[test]
fn the_same_night_again_changes_nothing() {
    let first = night(&[ANN, ANN_MOVED, ANN_AGAIN], &Previous::default(), 1);
    let second = night(&[ANN, ANN_MOVED, ANN_AGAIN], &first, 2);
    assert_eq!(first, second);
}

#[test]
fn an_id_stays_when_a_smaller_identity_joins() {
    let first = night(&[ANN_MOVED, ANN_AGAIN], &Previous::default(), 1);
    let second = night(&[ANN, ANN_MOVED, ANN_AGAIN], &first, 2);
    assert_eq!(second.index, [(1, 1005), (3, 1003), (5, 1005)]);
}

#[test]
fn merged_ids_resolve_to_the_one_that_most_identities_had() {
    let loose = "9 born=1950-03-02 sex=f pc=LS7-7GG";
    let more = "10 nhs=a born=1950-03-02 sex=f pc=LS7-7GG";
    let first = night(&[ANN, ANN_MOVED, loose], &Previous::default(), 1);
    assert_eq!(first.index, [(1, 1001), (5, 1001), (9, 1009)]);
    let second = night(&[ANN, ANN_MOVED, loose, more], &first, 2);
    assert_eq!(second.index, [(1, 1001), (5, 1001), (9, 1001), (10, 1001)]);
    assert_eq!(lines_of(&second)[2..], [(1009, 1001, Change::Merged)]);
    assert_eq!(second.ledger[2].on, date(2026, 4, 2));
    assert_eq!(resolve(&second.ledger, 1009), 1001);

    // The bridge is withdrawn: the piece that leaves gets an id that was never used.
    let third = night(&[ANN, ANN_MOVED, loose], &second, 3);
    assert_eq!(third.index[..2], [(1, 1001), (5, 1001)]);
    let (identity, fresh) = third.index[2];
    assert_eq!(identity, 9);
    assert!(![1001, 1009].contains(&fresh), "a retired id is not used again");
    assert_eq!(lines_of(&third)[3..], [(1001, fresh, Change::Split)]);
    assert_eq!(resolve(&third.ledger, 1009), 1001);
}

#[test]
fn the_larger_part_keeps_the_id_when_a_person_splits() {
    let previous = Previous { index: vec![(1, 77), (3, 77), (4, 77)], ..Previous::default() };
    let next = night(&[ANN, ANN_AGAIN, BOTH_ANNS], &previous, 2);
    assert_eq!(next.index, [(1, 1001), (3, 77), (4, 77)]);
    assert_eq!(lines_of(&next), [(77, 1001, Change::Split)]);
}

#[test]
fn an_id_that_the_smallest_identity_would_give_is_passed_over_while_another_has_it() {
    // Night one: identities 1, 3, 4 are all person 1001; then 3 and 4 keep the id and 1 leaves.
    let previous = Previous { index: vec![(1, 1001), (3, 1001), (4, 1001)], ..Previous::default() };
    let next = night(&[ANN, ANN_AGAIN, BOTH_ANNS], &previous, 2);
    assert_eq!(next.index, [(1, person_of(1001)), (3, 1001), (4, 1001)]);
}

#[test]
fn somebody_who_was_away_comes_back_under_the_old_id() {
    let first = night(&[ANN, ANN_AGAIN], &Previous::default(), 1);
    let second = night(&[ANN_AGAIN], &first, 2);
    let third = night(&[ANN, ANN_AGAIN], &second, 3);
    assert_eq!(third.index, first.index);
    assert_eq!(third.ledger, first.ledger);
}
