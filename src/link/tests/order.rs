//! Neither the order of rows nor the number of threads changes the result, and no person ever has
//! two trusted numbers.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// Few values in each field, so that everything happens: twins, namesakes, wrong numbers, dummies.
pub(crate) fn any_line() -> impl Strategy<Value = String> {
    let part = |key: &'static str, values: &'static [&'static str]| prop_oneof![1 => Just(String::new()), 2 => select(values).prop_map(move |v| format!("{key}={v}"))];
    (
        part("nhs", &["a", "b", "c", "d"]),
        part("born", &["1950-03-02", "1950-02-03", "1950-03-12", "1987-11-20", "2019-05-05"]),
        part("name", &["ann,smith", "anne,smith", "ann,jones", "bob,jones", "jones,bob"]),
        part("sex", &["f", "m"]),
        part("pc", &["LS1-1AA", "LS1-2BB", "LS9-9ZZ"]),
        part("local", &["T:1", "T:2", "U:1"]),
        part("house", &["1", "2"]),
        prop_oneof![4 => Just(""), 1 => Just("untrusted")],
    )
        .prop_map(|(nhs, born, name, sex, pc, local, house, trust)| {
            format!("{nhs} {born} {name} {sex} {pc} {local} {house} {trust}")
        })
}

pub(crate) fn numbered(lines: &[String]) -> Vec<Line> {
    lines.iter().enumerate().map(|(at, line)| Line::of(&format!("{} {line}", at + 1))).collect()
}

fn solve(batches: &[RecordBatch], threads: usize) -> (RecordBatch, RecordBatch) {
    let identities = Identities::from_batches(batches).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let superseded = vec![(token("nhs", "d"), token("nhs", "c"))];
    let said = SaidSame { superseded, ..SaidSame::default() };
    let linked = pool.install(|| {
        link(&identities, &said, &Previous::default(), &Settings::default(), &person_of, TODAY)
    });
    let linked = linked.unwrap();
    (linked.person_index, linked.ledger)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn order_and_threads_change_nothing(
        (lines, shuffled) in prop::collection::vec(any_line(), 1..40)
            .prop_map(|lines| numbered(&lines))
            .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        cut in 0_usize..40,
    ) {
        let expected = solve(&[table(&lines)], 1);
        let cut = cut.min(shuffled.len());
        let batches = [table(&shuffled[..cut]), table(&shuffled[cut..])];
        prop_assert_eq!(&solve(&batches, 2), &expected);
        prop_assert_eq!(&solve(&batches, 4), &expected);
    }

    #[test]
    fn no_person_has_two_trusted_numbers(lines in prop::collection::vec(any_line(), 1..40)) {
        let lines = numbered(&lines);
        let identities = Identities::from_batches(&[table(&lines)]).unwrap();
        let settings = Settings { max_births_per_number: 10, ..Settings::default() };
        let linked =
            link(&identities, &SaidSame::default(), &Previous::default(), &settings, &person_of, TODAY).unwrap();
        let people = linked.person_index.column(1).as_primitive::<Int64Type>();
        let mut number_of = std::collections::BTreeMap::new();
        for (line, person) in lines.iter().zip(people.iter()) {
            if let (Some(person), Some(number), true) = (person, line.get(Field::Nhs), line.trusted) {
                prop_assert_eq!(*number_of.entry(person).or_insert(number), number);
            }
        }
    }
}
