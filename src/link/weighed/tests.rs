//! Step 6 on made-up people whose truth is known.

use std::collections::BTreeMap;

use super::score::Scale;
use super::*;
use crate::link::tests::city::Random;
use crate::link::tests::{Line, table, token};

/// Somebody as a form describes them.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) person: usize,
    pub(super) feed: &'static str,
    number: Option<usize>,
    given: String,
    family: String,
    born: (u64, u64, u64),
    sex: &'static str,
    postcode: u64,
    house: u64,
}

/// A name that sounds like no other: its number in syllables.
fn name(mut n: u64) -> String {
    const CONSONANTS: [&str; 12] = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t"];
    const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
    n = n * 7_919 + 104_729;
    (0..3)
        .map(|_| {
            let syllable = [CONSONANTS[(n % 12) as usize], VOWELS[(n / 12 % 5) as usize]].concat();
            n /= 60;
            syllable
        })
        .collect()
}

/// The name with one letter changed, left out or put in.
fn misspelt(name: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let at = random.below(letters.len() as u64) as usize;
    let letter = char::from(b'a' + random.below(26) as u8);
    match random.below(3) {
        0 => letters[at] = letter,
        1 => letters.insert(at, letter),
        _ => drop(letters.remove(at)),
    }
    letters.into_iter().collect()
}

/// Households of one to four with a family name and an address.
fn people(n: usize, random: &mut Random) -> Vec<Form> {
    let mut people: Vec<Form> = Vec::new();
    while people.len() < n {
        let (family, postcode, house) =
            (name(random.rank(900)), random.below(n as u64 / 20), random.below(99) + 1);
        for _ in 0..=random.below(4) {
            let is_woman = random.happens(500);
            people.push(Form {
                person: people.len(),
                feed: "list",
                number: None,
                given: name(5_000 + random.rank(900) + if is_woman { 1_000 } else { 0 }),
                family: family.clone(),
                born: (1930 + random.below(92), 1 + random.below(12), 1 + random.below(28)),
                sex: if is_woman { "f" } else { "m" },
                postcode,
                house,
            });
        }
    }
    people
}

/// Another form of the same person, with the slips that forms have.
fn again(form: &Form, n_postcodes: u64, random: &mut Random) -> Form {
    let mut form = Form { feed: "form", ..form.clone() };
    if random.happens(100) {
        form.given = misspelt(&form.given, random);
    }
    if random.happens(100) {
        form.family = misspelt(&form.family, random);
    }
    if random.happens(120) {
        (form.postcode, form.house) = (random.below(n_postcodes), random.below(99) + 1);
    }
    if random.happens(30) {
        form.born.2 = 1 + random.below(28);
    }
    if random.happens(50) {
        form.sex = if form.sex == "f" { "m" } else { "f" };
    }
    form
}

/// Padded bigrams, each at forty toy places.
fn filter(text: &str) -> [u64; 8] {
    let padded: Vec<char> = format!("_{text}_").chars().collect();
    let mut bits = [0_u64; 8];
    for pair in padded.windows(2) {
        let pair: String = pair.iter().collect();
        for place in 0..40 {
            let at = token(&place.to_string(), &pair);
            let at = (at ^ (at >> 29)) as usize % 512;
            bits[at / 64] |= 1 << (at % 64);
        }
    }
    bits
}

pub(super) fn identities(forms: &[Form]) -> Identities {
    let mut names = BTreeMap::new();
    let line = |(at, form): (usize, &Form)| {
        let (year, month, day) = form.born;
        let mut line = Line::of(&format!(
            "{} feed={} born={year}-{month:02}-{day:02} name={},{} sex={} pc=P{}-X house={}",
            at + 1,
            form.feed,
            form.given,
            form.family,
            form.sex,
            form.postcode,
            form.house
        ));
        if let Some(number) = form.number {
            line.put(Field::Nhs, "nhs", &number.to_string());
        }
        line
    };
    let lines: Vec<Line> = forms.iter().enumerate().map(line).collect();
    for form in forms {
        for text in [&form.given, &form.family] {
            names.insert(token("name", text), filter(text));
        }
    }
    let mut identities = Identities::from_batches(&[table(&lines)]).expect("a whole table");
    identities.set_filters(Field::Family, &names);
    identities
}

pub(super) fn decide(
    identities: &Identities,
    settings: &Weighed,
    model: Option<&Model>,
) -> (Clusters, Decided) {
    let numbers = identities.column(Field::Nhs).to_vec();
    let mut clusters = Clusters::new(numbers);
    clusters.appear_once(identities.feed_bits(&settings.one_per_feed));
    let decided = pass(identities, &mut clusters, settings, model).expect("enough to learn from");
    clusters.flatten();
    (clusters, decided)
}

/// Precision and recall over pairs.
fn score(forms: &[Form], clusters: &Clusters) -> (f64, f64) {
    let pairs = |counts: BTreeMap<(u32, usize), f64>| -> f64 {
        counts.into_values().map(|n| n * (n - 1.0) / 2.0).sum()
    };
    let counted = |key: &dyn Fn(u32, usize) -> (u32, usize)| {
        let mut counts = BTreeMap::new();
        for (row, form) in (0..).zip(forms) {
            *counts.entry(key(clusters.root(row), form.person)).or_insert(0.0) += 1.0;
        }
        pairs(counts)
    };
    let right = counted(&|root, person| (root, person));
    (right / counted(&|root, _| (root, 0)), right / counted(&|_, person| (0, person)))
}

fn town(n: usize, seed: u64) -> Vec<Form> {
    let mut random = Random(seed);
    let mut forms = people(n, &mut random);
    for at in 0..n / 2 {
        let again = again(&forms[at], n as u64 / 20, &mut random);
        forms.push(again);
    }
    forms
}

/// A list of people, and a form of each.
pub(super) fn two_files(n: usize, seed: u64) -> Vec<Form> {
    let mut random = Random(seed);
    let list = people(n, &mut random)[..n].to_vec();
    let mut again = |form: &Form| again(form, n as u64 / 20, &mut random);
    let forms: Vec<Form> = list.iter().map(&mut again).collect();
    [list, forms].concat()
}

/// Identities of a town, with the settings of the default file.
pub(crate) fn city() -> (Identities, Weighed) {
    (identities(&town(3_000, 1)), Weighed::default())
}

#[test]
fn people_are_found_again_through_slips_and_kept_from_those_they_live_with() {
    let forms = town(3_000, 1);
    let (clusters, decided) = decide(&identities(&forms), &Weighed::default(), None);
    let (precision, recall) = score(&forms, &clusters);
    assert!(precision > 0.995, "{precision}");
    assert!(recall > 0.97, "{recall}");
    let likely = decided.evidence.values().all(|one| one.probability() >= 0.9 && one.bits() > 3.0);
    assert!(likely, "nothing is linked below the threshold");
}

#[test]
fn shares_are_learned_that_the_forms_were_made_with() {
    let model = train(&identities(&town(6_000, 2)), &Weighed::default()).expect("enough");
    let share = |name: &str, level: usize| {
        let slot = model.slot.iter().find(|slot| slot.name == name).expect("a slot");
        slot.m[level - 1]
    };
    // 3,000 forms: four standard errors of a share of 95 % are 1.6 points. One slip in a hundred
    // names, and one in 28 days, leaves what it was.
    assert!((share("sex", 1) - 0.95).abs() < 0.016, "{}", share("sex", 1));
    assert!((share("given name", 1) - 0.90).abs() < 0.022, "{}", share("given name", 1));
    assert!((share("family name", 1) - 0.90).abs() < 0.022, "{}", share("family name", 1));
    assert!((share("birth date", 1) - 0.97).abs() < 0.013, "{}", share("birth date", 1));
    assert!((share("postcode and house", 5) - 0.88).abs() < 0.025);
    let n = 9_000.0;
    let n_matches = model.prior * n * (n - 1.0) / 2.0;
    assert!((n_matches / 3_000.0 - 1.0).abs() < 0.05, "{n_matches}");
    for slot in &model.slot {
        for shares in [&slot.m, &slot.u] {
            let sum: f64 = shares.iter().sum();
            assert!(sum == 0.0 || (sum - 1.0).abs() < 0.01, "{}: {sum}", slot.name);
        }
    }
}

#[test]
fn a_rare_name_says_more_by_as_much_as_it_is_rarer() {
    let mut forms = town(3_000, 3);
    let mut carriers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, form) in forms.iter().enumerate() {
        carriers.entry(form.family.clone()).or_default().push(at);
    }
    let by_size = |rows: &&Vec<usize>| rows.len();
    let common = carriers.values().max_by_key(by_size).expect("a name")[0];
    let rare = carriers.values().min_by_key(by_size).expect("a name")[0];
    // Each once more, moved far away: only then is nobody under one roof with them.
    let moved = [common, rare].map(|at| Form { postcode: 9_999, house: 100, ..forms[at].clone() });
    let first_moved = u32::try_from(forms.len()).expect("few");
    forms.extend(moved);
    let identities = identities(&forms);
    let settings = Weighed::default();
    let model = train(&identities, &settings).expect("enough");
    let rows = Rows::of(&identities);
    let scale = Scale::new(&rows, &settings, &model);
    let rows_of = [common, rare].map(|at| u32::try_from(at).expect("few"));
    let n_carriers = |field: Field, row: u32| {
        let code = identities.code(field, row);
        identities.column(field).iter().filter(|&&other| other == code).count() as f64
    };
    let expected: f64 = [Field::Family, Field::Given, Field::Birth, Field::Sex]
        .map(|field| (n_carriers(field, rows_of[0]) / n_carriers(field, rows_of[1])).log2())
        .iter()
        .sum();
    let weights = [0, 1].map(|at| scale.weight(rows_of[at as usize], first_moved + at));
    let found = f64::from(weights[1] - weights[0]) / 1000.0;
    assert!((found - expected).abs() < 0.01, "{found} for {expected}");
    let of_name = n_carriers(Field::Family, rows_of[0]) / n_carriers(Field::Family, rows_of[1]);
    assert!(of_name > 8.0, "the names differ in how common they are");
}

#[test]
fn neither_threads_nor_the_order_of_rows_change_who_belongs_together() {
    let mut forms = town(1_500, 4);
    let partition = |forms: &[Form], threads: usize| {
        let identities = identities(forms);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let (clusters, _) = pool.install(|| decide(&identities, &Weighed::default(), None));
        // Forms are told apart by what they say, whatever their row.
        let mut groups: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (row, form) in (0..).zip(forms) {
            let said = format!(
                "{} {} {} {:?} {} {}",
                form.feed, form.given, form.family, form.born, form.postcode, form.house
            );
            groups.entry(clusters.root(row)).or_default().push(said);
        }
        let mut groups: Vec<Vec<String>> = groups.into_values().collect();
        groups.iter_mut().for_each(|group| group.sort());
        groups.sort();
        groups
    };
    let expected = partition(&forms, 1);
    assert_eq!(partition(&forms, 4), expected);
    forms.reverse();
    let reversed = partition(&forms, 2);
    let differing = reversed.iter().filter(|group| expected.binary_search(group).is_err()).count();
    // What is drawn at random is drawn by row: a pair at the threshold may fall on its other side.
    assert!(differing * 200 < expected.len(), "{differing} of {}", expected.len());
}

#[test]
fn two_numbers_never_meet_nor_does_a_form_without_one_bridge_them() {
    let mut forms = town(1_500, 5);
    // An adopted child: the same birth, sex and home under a new number, with the old name and the new.
    let before = Form { number: Some(1), feed: "list", ..forms[0].clone() };
    let after = Form { number: Some(2), ..before.clone() };
    let bridge = Form { number: None, ..before.clone() };
    let at = u32::try_from(forms.len()).expect("few");
    forms.extend([before, after, bridge]);
    let (clusters, decided) = decide(&identities(&forms), &Weighed::default(), None);
    let roots = [at, at + 1, at + 2].map(|row| clusters.root(row));
    assert_ne!(roots[0], roots[1], "two trusted numbers");
    assert!(
        roots[2] != roots[0] && roots[2] != roots[1],
        "it fits both, and is joined with neither"
    );
    assert!(decided.ambiguous.iter().any(|&(root, _)| clusters.root(root) == roots[2]));
}

#[test]
fn a_feed_in_which_each_appears_once_gives_a_person_one_row() {
    let forms = town(1_500, 6);
    let once = vec!["list".to_owned(), "form".to_owned()];
    let settings = Weighed { one_per_feed: once, ..Weighed::default() };
    let (clusters, _) = decide(&identities(&forms), &settings, None);
    let mut seen = std::collections::BTreeSet::new();
    for (row, form) in (0..).zip(&forms) {
        assert!(seen.insert((clusters.root(row), form.feed)), "twice in {}", form.feed);
    }
    let (precision, recall) = score(&forms, &clusters);
    assert!(precision > 0.995 && recall > 0.97, "{precision} {recall}");
}

#[test]
fn a_frozen_model_does_what_it_did_when_it_was_learned() {
    let forms = town(1_500, 7);
    let identities = identities(&forms);
    let settings = Weighed::default();
    let (learned, decided) = decide(&identities, &settings, None);
    let model = decided.model.expect("it was learned");
    let frozen: Model = toml::from_str(&model.to_toml()).expect("a model");
    assert_eq!(frozen, model);
    assert_eq!(frozen.version(), model.version());
    assert!(frozen.suits(&settings));
    let fewer = Weighed { comparison: settings.comparison[1..].to_vec(), ..settings.clone() };
    assert!(!frozen.suits(&fewer));
    let (applied, _) = decide(&identities, &settings, Some(&frozen));
    for row in identities.rows() {
        assert_eq!(applied.root(row), learned.root(row));
    }
}

#[test]
fn too_little_to_learn_from_is_no_model() {
    assert!(train(&identities(&town(40, 8)), &Weighed::default()).is_none());
    assert!(train(&identities(&[]), &Weighed::default()).is_none());
}

#[test]
fn where_nobody_stands_twice_no_other_class_is_taken_for_one_persons_pairs() {
    let forms = people(20_000, &mut Random(11));
    let identities = identities(&forms);
    if let Some(model) = train(&identities, &Weighed::default()) {
        let (clusters, _) = decide(&identities, &Weighed::default(), Some(&model));
        let n_joined = (0..20_000).filter(|&row| clusters.size(row) > 1).count();
        assert!(n_joined < 20, "{n_joined} of 20,000 strangers are joined");
    }
}

#[test]
fn what_is_not_declared_is_that_of_the_default_file() {
    let settings: Weighed = toml::from_str("probability = 0.95").expect("settings");
    assert_eq!(settings, Weighed { probability: 0.95, ..Weighed::default() });
    assert!(toml::from_str::<Weighed>("probabilty = 0.95").is_err());
    assert_eq!(Weighed::default().check(), Ok(()));
    let wrong = [
        Weighed { probability: 1.0, ..Weighed::default() },
        Weighed { potential: 0.95, ..Weighed::default() },
        Weighed { advantage: -1.0, ..Weighed::default() },
        Weighed { comparison: Vec::new(), ..Weighed::default() },
        Weighed { max_block: 1, ..Weighed::default() },
        Weighed {
            block: vec![Rule { same: Vec::new(), and_any: Vec::new() }],
            ..Weighed::default()
        },
    ];
    for settings in wrong {
        assert!(settings.check().is_err(), "{settings:?}");
    }
}
