//! Each rule of the ladder.

use super::*;
use crate::link::settings::Uncorroborated;

fn check(lines: &[&str], expected: &str) -> Linked {
    let linked = run(lines, &Previous::default(), TODAY);
    assert_eq!(persons(&linked), expected, "{lines:#?}\n{}", linked.summary.to_text());
    linked
}

fn check_standing(lines: &[&str], expected: &str, standings: &[(i64, &str)]) {
    let linked = check(lines, expected);
    for &(identity, expected) in standings {
        assert_eq!(standing(&linked, identity), expected, "identity {identity} of {lines:#?}");
    }
}

#[test]
fn number_and_birth_date_link_whether_or_not_the_number_is_trusted() {
    check_standing(
        &[
            "1 nhs=a born=1950-03-02",
            "2 nhs=a born=1950-03-02 untrusted name=ann,smith",
            "3 nhs=b born=1950-03-02",
        ],
        "1 2 | 3",
        &[(1, "1 match"), (2, "1 match"), (3, "- single")],
    );
}

#[test]
fn number_and_part_of_the_birth_date_need_a_name_or_a_place() {
    check_standing(
        &["1 nhs=a born=1950-03-02 name=ann,smith", "2 nhs=a born=1950-03-12 name=ann,jones"],
        "1 2",
        &[(2, "2 match")],
    );
    check(&["1 nhs=a born=1950-03-02 pc=LS1-1AA", "2 nhs=a born=1950-02-03 pc=LS1-2BB"], "1 2");
    check(&["1 nhs=a born=1950-03-02 pc=LS1-1AA", "2 nhs=a born=1950-02-03 pc=LS2-2BB"], "1 | 2");
    check(&["1 nhs=a born=1950-03-02", "2 nhs=a name=ann,smith"], "1 | 2");
}

#[test]
fn a_superseded_number_stands_for_its_successor() {
    let lines =
        ["1 nhs=old born=1950-03-02", "2 nhs=new born=1950-03-02", "3 nhs=other born=1950-03-02"];
    let superseded = vec![(token("nhs", "old"), token("nhs", "new"))];
    let said = SaidSame { superseded, ..SaidSame::default() };
    let linked = link(
        &identities(&lines),
        &said,
        &Previous::default(),
        &Settings::default(),
        &person_of,
        TODAY,
    )
    .unwrap();
    assert_eq!(persons(&linked), "1 2 | 3");
    assert_eq!(standing(&linked, 2), "3 match");
    assert_eq!(linked.summary.numbers.n_superseded_identities, 1);
}

#[test]
fn provider_and_local_id_link_unless_numbers_or_birth_and_name_forbid() {
    check_standing(
        &["1 local=T:7 nhs=a", "2 local=T:7", "3 local=U:7"],
        "1 2 | 3",
        &[(2, "4 match")],
    );
    check(&["1 local=T:7 nhs=a", "2 local=T:7 nhs=b"], "1 | 2");
    check(&["1 local=T:7 nhs=a", "2 local=T:7 nhs=b untrusted"], "1 2");
    check(
        &[
            "1 local=T:7 born=1950-03-02 name=ann,smith",
            "2 local=T:7 born=1987-11-20 name=bob,jones",
        ],
        "1 | 2",
    );
    check(
        &[
            "1 local=T:7 born=1950-03-02 name=ann,smith",
            "2 local=T:7 born=1987-11-20 name=ann,jones",
        ],
        "1 2",
    );
}

#[test]
fn exact_keys_link_in_the_order_of_their_strength() {
    let key = |left: &str, right: &str, step: &str| {
        let lines = [format!("1 nhs=a {left}"), format!("2 {right}")];
        check_standing(&[&lines[0], &lines[1]], "1 2", &[(2, &format!("{step} match"))]);
    };
    let full = "born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA house=1";
    key(full, "born=1950-03-02 name=ann,smith sex=f pc=LS9-9ZZ", "5a");
    key(full, "born=1950-03-02 name=ann,smith sex=m pc=LS1-1AA", "5b");
    key(full, "born=1950-03-02 name=ann,jones sex=f pc=LS1-1AA", "5c");
    key(full, "born=1950-03-02 name=annette,smyth pc=LS1-1AA", "5d");
    key(full, "born=1950-03-02 name=anne,smith sex=f pc=LS9-9ZZ", "5e");
    key(full, "born=1950-02-03 name=ann,smith pc=LS1-1AA", "5f");
    key(full, "born=1950-03-22 name=ann,smith pc=LS1-1AA house=1", "5g");
    key(full, "born=1950-03-02 name=smith,ann", "5h");
    key(full, "born=1950-03-02 sex=f pc=LS1-1AA house=1", "5i");
    key(full, "born=1950-03-02 sex=f pc=LS1-1AA", "5j");
}

#[test]
fn too_little_in_common_does_not_link() {
    check(&["1 born=1950-03-02 sex=f pc=LS1-1AA", "2 born=1950-03-02 sex=f pc=LS1-1AB"], "1 | 2");
    check(
        &[
            "1 born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA",
            "2 born=1950-03-02 name=zoe,jones sex=f pc=LS1-1AA",
        ],
        "1 | 2",
    );
}

#[test]
fn blanks_never_cluster_and_belong_to_nobody() {
    check_standing(
        &[
            "1 sex=f",
            "2 sex=f",
            "3",
            "4",
            "5 name=ann,smith",
            "6 name=ann,smith",
            "7 born=1950-03-02",
        ],
        "",
        &[(1, "- too_little_data"), (3, "- too_little_data"), (6, "- too_little_data")],
    );
}

#[test]
fn twins_are_told_apart_by_name_and_left_alone_without() {
    let twins = [
        "1 nhs=a born=2019-05-05 name=jack,hall sex=m pc=LS1-1AA",
        "2 nhs=b born=2019-05-05 name=james,hall sex=m pc=LS1-1AA",
    ];
    check_standing(
        &[twins[0], twins[1], "3 born=2019-05-05 sex=m pc=LS1-1AA feed=csc local=C:1"],
        "1 | 2 | 3",
        &[(1, "- single"), (3, "- many_matches")],
    );
    check(&[twins[0], twins[1], "3 born=2019-05-05 name=james,hall sex=m pc=LS1-1AA"], "1 | 2 3");
    check(
        &[
            "1 born=2019-05-05 name=jack,hall sex=m pc=LS1-1AA",
            "2 born=2019-05-05 name=oliver,hall sex=m pc=LS1-1AA",
        ],
        "1 | 2",
    );
}

#[test]
fn namesakes_with_numbers_leave_a_third_record_in_doubt() {
    check_standing(
        &[
            "1 nhs=a born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA",
            "2 nhs=b born=1950-03-02 name=ann,smith sex=f pc=LS9-9ZZ",
            "3 born=1950-03-02 name=ann,smith sex=f",
            "4 born=1950-03-02 name=ann,smith sex=f pc=LS9-9ZZ feed=csc",
        ],
        "1 | 2 4 | 3",
        &[(3, "- many_matches"), (4, "5b match")],
    );
}

#[test]
fn pieces_of_one_person_without_numbers_all_come_together() {
    check(
        &[
            "1 nhs=a born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA",
            "2 born=1950-03-02 name=ann,smith sex=f feed=csc",
            "3 born=1950-03-02 name=ann,smith sex=f feed=asc local=L:1",
            "4 feed=asc local=L:1",
        ],
        "1 2 3 4",
    );
}

#[test]
fn a_reissued_number_is_never_joined_to_the_old_one() {
    let before = "1 nhs=old born=2019-05-05 name=jack,hall sex=m pc=LS1-1AA local=T:7";
    let after = "2 nhs=new born=2019-05-05 name=jack,bell sex=m pc=LS1-1AA local=T:7";
    check(&[before, after], "1 | 2");
    check_standing(
        &[before, after, "3 born=2019-05-05 sex=m pc=LS1-1AA local=T:7"],
        "1 | 2 | 3",
        &[(3, "- many_matches")],
    );
    let changed_sex = "2 nhs=new born=2019-05-05 name=jane,hall sex=f pc=LS1-1AA local=T:7";
    check(&[before, changed_sex, "3 born=2019-05-05 name=jane,hall local=T:7"], "1 | 2 3");
}

#[test]
fn somebody_who_moves_is_followed_from_postcode_to_postcode() {
    check(
        &[
            "1 nhs=a born=1950-03-02 sex=f pc=LS1-1AA",
            "2 nhs=a born=1950-03-02 sex=f pc=LS2-2BB",
            "3 nhs=a born=1950-03-02 sex=f pc=LS3-3CC",
            "4 born=1950-03-02 sex=f pc=LS1-1AA feed=csc local=C:1",
            "5 feed=csc local=C:2 born=1950-03-02 sex=f pc=LS3-3CC",
        ],
        "1 2 3 4 5",
    );
}

#[test]
fn a_wrong_untrusted_number_gives_way_to_demographics() {
    let holder = "1 nhs=a born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA";
    let owner = "2 nhs=b born=1987-11-20 name=bob,jones sex=m pc=LS2-2BB";
    check_standing(
        &[holder, owner, "3 nhs=a untrusted born=1987-11-20 name=bob,jones sex=m pc=LS2-2BB"],
        "1 | 2 3",
        &[(3, "5a match"), (1, "- single")],
    );
    check_standing(
        &[holder, "3 nhs=a untrusted born=1987-11-20 name=bob,jones sex=m pc=LS2-2BB"],
        "1 | 3",
        &[(3, "- conflict")],
    );
}

#[test]
fn a_wrong_trusted_number_goes_to_review() {
    let lines = [
        "1 nhs=a born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA",
        "2 nhs=a born=1950-03-02 name=ann,smith sex=f pc=LS5-5EE",
        "3 nhs=b born=1987-11-20 name=bob,jones sex=m pc=LS2-2BB",
        "4 nhs=a born=1987-11-20 name=bob,jones sex=m pc=LS2-2BB",
    ];
    check_standing(&lines, "1 2 | 3 | 4", &[(2, "1 match"), (4, "- conflict")]);
    let summary = run(&lines, &Previous::default(), TODAY).summary;
    assert_eq!(summary.numbers.n_conflicting_numbers, 1);
    assert_eq!(summary.numbers.n_conflicting_identities, 1);
}

#[test]
fn strangers_under_one_number_never_meet_over_a_third_record() {
    check(
        &[
            "1 nhs=a born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA",
            "2 nhs=a untrusted born=1987-11-20 name=bob,jones sex=m pc=LS1-1AA",
            "3 local=T:7 born=1950-03-02 name=ann,smith sex=f",
            "4 local=T:7 born=1987-11-20 name=bob,jones sex=m",
        ],
        "1 3 | 2 4",
    );
}

#[test]
fn a_dummy_number_is_as_good_as_none() {
    let lines = [
        "1 nhs=d born=1950-03-02 name=ann,smith sex=f",
        "2 nhs=d born=1961-07-13 name=bob,jones sex=m",
        "3 nhs=d born=1972-08-24 name=cat,brown sex=f",
        "4 nhs=d born=1983-09-25 name=dan,green sex=m",
        "5 born=1983-09-25 name=dan,green sex=m feed=csc",
        "6 nhs=d",
    ];
    check_standing(&lines, "1 | 2 | 3 | 4 5", &[(4, "5a match"), (6, "- too_little_data")]);
    let numbers = run(&lines, &Previous::default(), TODAY).summary.numbers;
    assert_eq!((numbers.n_dummy_numbers, numbers.n_dummy_identities), (1, 5));
}

#[test]
fn a_number_that_many_of_both_sexes_carry_is_a_dummy_whatever_their_birth_date() {
    let women = ["ann,smith", "cat,brown", "eva,irwin", "gil,moore"];
    let men = ["bob,jones", "dan,green", "fox,kelly", "huw,owens"];
    // Whoever is not known has one number and one date of birth.
    let bearers = |n_women: usize, n_men: usize| -> Vec<String> {
        let women = women[..n_women].iter().map(|name| format!("name={name} sex=f"));
        let men = men[..n_men].iter().map(|name| format!("name={name} sex=m"));
        let rows = women.chain(men).enumerate();
        rows.map(|(i, who)| format!("{} nhs=d born=1901-01-01 {who}", i + 1)).collect()
    };
    let dummies = |lines: &[String]| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        run(&lines, &Previous::default(), TODAY).summary.numbers.n_dummy_identities
    };
    assert_eq!(dummies(&bearers(4, 4)), 8);
    // Three of one sex are few: a sex that was typed wrong now and then is no dummy.
    assert_eq!(dummies(&bearers(4, 3)), 0);
    // Where a feed has no names, by where they live.
    let places = ["LS1-1AA", "LS2-1AA", "LS3-1AA", "LS4-1AA"];
    let rows =
        places.iter().flat_map(|place| ["f", "m"].map(|sex| format!("sex={sex} pc={place}")));
    let rows: Vec<String> =
        rows.enumerate().map(|(i, who)| format!("{} nhs=d {who}", i + 1)).collect();
    assert_eq!((dummies(&rows), dummies(&rows[..6])), (8, 0));
    // One woman who moved and whose names were misspelt, with the wrong sex on half of her rows.
    let moved = ["ann,smith", "anne,smith", "anna,smyth", "ann,bell"];
    let rows = moved.iter().zip(places).flat_map(|(name, place)| {
        ["f", "m"].map(|sex| format!("born=1950-03-02 name={name} sex={sex} pc={place}"))
    });
    let rows: Vec<String> =
        rows.enumerate().map(|(i, who)| format!("{} nhs=d {who}", i + 1)).collect();
    assert_eq!(dummies(&rows), 0);
}

#[test]
fn slips_in_one_persons_birth_date_make_no_dummy() {
    check(
        &[
            "1 nhs=a born=1950-03-02 name=ann,smith",
            "2 nhs=a born=1950-03-12 name=ann,smith",
            "3 nhs=a born=1950-02-03 name=ann,smith",
            "4 nhs=a born=1951-03-02 name=ann,smith",
            "5 nhs=a born=1950-04-02 name=ann,smith",
        ],
        "1 2 3 4 5",
    );
}

/// A person of two identities, a record of theirs under a number that nobody else carries, and one
/// without a number.
const KEYING_ERROR: [&str; 4] = [
    "1 nhs=a born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA feed=gp",
    "2 nhs=a born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA local=T:7",
    "3 nhs=x born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA local=T:7 feed=ecds",
    "4 born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA feed=ambulance",
];

#[test]
fn a_number_that_nobody_else_carries_leaves_no_doubt_about_other_records() {
    let linked = check(&KEYING_ERROR, "1 2 4 | 3");
    assert_eq!(linked.summary.numbers.n_uncorroborated_numbers, 1);
}

#[test]
fn a_number_that_nobody_else_carries_gives_way_if_so_set() {
    let settings =
        Settings { uncorroborated_numbers: Uncorroborated::Yield, ..Settings::default() };
    let partition = |lines: &[&str]| {
        let identities = identities(lines);
        let linked = link(
            &identities,
            &SaidSame::default(),
            &Previous::default(),
            &settings,
            &person_of,
            TODAY,
        );
        persons(&linked.unwrap())
    };
    assert_eq!(partition(&KEYING_ERROR), "1 2 3 4");
    // A re-issued number comes with another name: it binds all the same.
    let reissued = "3 nhs=x born=1950-03-02 name=ann,bell sex=f pc=LS1-1AA local=T:7 feed=ecds";
    assert_eq!(partition(&[KEYING_ERROR[0], KEYING_ERROR[1], reissued]), "1 2 | 3");
}

#[test]
fn one_identity_in_several_feeds_is_counted_in_each_and_linked_once() {
    let lines = [
        "1 nhs=a born=1950-03-02 feed=op",
        "1 nhs=a born=1950-03-02 feed=apc untrusted",
        "2 nhs=a born=1950-03-02 sex=f feed=apc",
    ];
    let summary = check(&lines, "1 2").summary;
    assert_eq!((summary.n_identities, summary.n_records, summary.n_persons), (2, 3, 1));
    let feeds: Vec<_> =
        summary.feeds.iter().map(|feed| (feed.feed.as_str(), feed.n_records)).collect();
    assert_eq!(feeds, [("apc", 2), ("op", 1)]);
    assert_eq!(summary.feeds[0].linked_share(), Some(1.0));
}

#[test]
fn rows_of_one_id_with_different_tokens_are_refused() {
    let lines = ["1 nhs=a", "1 nhs=b"].map(Line::of);
    let error = Identities::from_batches(&[table(&lines)]).unwrap_err().to_string();
    assert!(error.contains("differ in `nhs`"), "{error}");
    let without = table(&lines).project(&[0, 1, 2, 3]).unwrap();
    let error = Identities::from_batches(&[without]).unwrap_err().to_string();
    assert!(error.starts_with("identities: no column"), "{error}");
}

#[test]
fn no_identity_is_no_person() {
    check(&[], "");
}
