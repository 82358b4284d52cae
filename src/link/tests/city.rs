//! Precision and recall on a small city whose people marry, move, have twins and are misspelt.

use super::*;
use crate::link::evaluate::{Evaluation, JudgedRecord, evaluate};

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub(crate) fn happens(&mut self, per_thousand: u64) -> bool {
        self.below(1000) < per_thousand
    }

    /// A rank from 0 to n − 1, small ones much more often: the way names are shared out.
    pub(crate) fn rank(&mut self, n: u64) -> u64 {
        let limit = self.below(n) + 1;
        self.below(limit)
    }
}

#[derive(Clone)]
struct Person {
    family: u64,
    married: Option<u64>,
    given: u64,
    born: (u64, u64, u64),
    sex: u64,
    homes: Vec<u64>,
}

struct Feed {
    name: &'static str,
    numbers_per_thousand: u64,
    has_local: bool,
    has_names: bool,
    rows_per_thousand: u64,
}

const fn feed(name: &'static str, numbers: u64, local: u64, names: u64, rows: u64) -> Feed {
    let (has_local, has_names) = (local == 1, names == 1);
    Feed { name, numbers_per_thousand: numbers, has_local, has_names, rows_per_thousand: rows }
}

const FEEDS: [Feed; 9] = [
    feed("gp_registration", 1000, 1, 1, 0),
    feed("apc", 970, 1, 1, 620),
    feed("op", 970, 1, 0, 620),
    feed("ecds", 930, 1, 1, 600),
    feed("mhsds", 950, 1, 0, 290),
    feed("asc", 800, 1, 1, 330),
    feed("csc", 0, 1, 0, 230),
    feed("ambulance", 50, 0, 1, 410),
    feed("third_sector", 0, 1, 1, 230),
];

fn people(n: usize, random: &mut Random) -> Vec<Person> {
    let postcodes = n as u64 / 30 + 1;
    let mut people = Vec::new();
    while people.len() < n {
        let family = random.rank(6000);
        let mut homes = vec![random.below(postcodes)];
        while random.happens(200) {
            homes.push(random.below(postcodes));
        }
        for _ in 0..=random.below(4) {
            let sex = random.below(2);
            let person = Person {
                family,
                married: (sex == 0 && random.happens(100)).then(|| random.rank(6000)),
                given: random.rank(400) + 1000 * sex,
                born: (1930 + random.below(92), 1 + random.below(12), 1 + random.below(28)),
                sex,
                homes: homes.clone(),
            };
            if random.happens(15) {
                people.push(Person { given: person.given + 400, ..person.clone() });
            }
            people.push(person);
        }
    }
    people
}

/// One record of a person in a feed, with the slips that forms have.
fn record(at: u64, person: &Person, feed: &Feed, home: u64, random: &mut Random) -> Line {
    let anchor = feed.rows_per_thousand == 0;
    let slip = |random: &mut Random, per_thousand| !anchor && random.happens(per_thousand);
    let mut line = Line { id: 0, feed: feed.name.to_owned(), trusted: true, fields: Vec::new() };
    if random.happens(feed.numbers_per_thousand) {
        let wrong = slip(random, 10);
        let number = if wrong { random.below(100_000_000) } else { at };
        line.put(Field::Nhs, "nhs", &number.to_string());
        line.trusted = !wrong && !slip(random, 100);
    }
    if feed.has_local {
        line.put(Field::Local, "local", &format!("{}:{}:{at}", feed.name, random.below(2)));
    }
    if feed.has_names {
        put_names(&mut line, person, [slip(random, 500), slip(random, 20), slip(random, 40)]);
    }
    let (year, month, mut day) = person.born;
    if slip(random, 8) {
        day = 1 + random.below(28);
    }
    if !slip(random, 10) {
        line.born(&format!("{year}-{month:02}-{day:02}"));
    }
    line.put(
        Field::Sex,
        "sex",
        &(if slip(random, 3) { 1 - person.sex } else { person.sex }).to_string(),
    );
    if !slip(random, 20) {
        line.put(Field::Postcode, "postcode", &home.to_string());
        line.put(Field::Outcode, "outcode", &(home / 40).to_string());
    }
    line
}

fn put_names(line: &mut Line, person: &Person, [married, family_slip, given_slip]: [bool; 3]) {
    let family = if married { person.married.unwrap_or(person.family) } else { person.family };
    let spelt = |name: u64, slip: bool| if slip { format!("{name}x") } else { name.to_string() };
    line.put(Field::Family, "family", &spelt(family, family_slip));
    line.put(Field::Given, "given", &spelt(person.given, given_slip));
    line.put(Field::FamilySound, "sound", &(family / 2).to_string());
    line.put(
        Field::GivenSound,
        "sound",
        &spelt(person.given / 2, given_slip && person.given.is_multiple_of(2)),
    );
    line.put(Field::GivenInitial, "initial", &(person.given % 20).to_string());
}

/// Every record of the city, each with its true person.
fn records(n: usize) -> Vec<(Line, u64)> {
    let mut random = Random(2026);
    let people = people(n, &mut random);
    let mut records = Vec::new();
    for (at, person) in (0_u64..).zip(&people) {
        for &home in &person.homes {
            records.push((record(at, person, &FEEDS[0], home, &mut random), at));
        }
        for feed in &FEEDS[1..] {
            while random.happens(feed.rows_per_thousand) {
                let home = person.homes
                    [usize::try_from(random.below(person.homes.len() as u64)).expect("few homes")];
                records.push((record(at, person, feed, home, &mut random), at));
            }
        }
    }
    for (id, (line, _)) in (1..).zip(&mut records) {
        line.id = id;
    }
    records
}

fn judge(n: usize) -> Evaluation {
    let records = records(n);
    let truths: Vec<String> = records.iter().map(|(_, person)| person.to_string()).collect();
    let lines: Vec<Line> = records.into_iter().map(|(line, _)| line).collect();
    let identities = Identities::from_batches(&[table(&lines)]).unwrap();
    let linked = link(
        &identities,
        &SaidSame::default(),
        &Previous::default(),
        &Settings::default(),
        &person_of,
        TODAY,
    )
    .unwrap();
    let persons = linked.person_index.column(1).as_primitive::<Int64Type>();
    let judged: Vec<JudgedRecord> = lines
        .iter()
        .zip(&truths)
        .zip(persons.iter())
        .map(|((line, true_person), person_id)| JudgedRecord {
            feed: &line.feed,
            person_id,
            true_person,
        })
        .collect();
    evaluate(&judged, "gp_registration")
}

#[test]
fn a_city_is_linked_as_precisely_and_as_fully_as_was_promised() {
    let evaluation = judge(3000);
    for score in &evaluation.feeds {
        let feed = FEEDS.iter().find(|feed| feed.name == score.feed).expect("a feed of the city");
        let recall = if feed.numbers_per_thousand >= 800 { 0.99 } else { 0.80 };
        assert!(score.precision_value >= Some(0.999), "{score:?}");
        assert!(score.recall_value >= Some(recall), "{score:?}");
    }
}
