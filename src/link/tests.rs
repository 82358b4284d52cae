//! Linkage as a whole, on identities written as short lines.
//!
//! `1 nhs=a born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA house=1 local=T:7 feed=apc untrusted`

pub(crate) mod city;
mod decisions;
mod ids;
pub(crate) mod order;
mod rules;

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray, UInt64Array,
};
use arrow::datatypes::Int64Type;
use jiff::civil::{Date, date};

use super::crosswalk::SaidSame;
use super::field::Field;
use super::identities::Identities;
use super::previous::Previous;
use super::run::{Linked, link};
use super::settings::Settings;

/// A toy token: FNV-1a under the kind's name.
pub(crate) fn token(kind: &str, text: &str) -> u64 {
    let bytes = kind.bytes().chain([0]).chain(text.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// One identity as written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    id: i64,
    feed: String,
    trusted: bool,
    fields: Vec<(Field, u64)>,
}

impl Line {
    pub(crate) fn of(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let id =
            words.next().expect("a line starts with an id").parse().expect("an id is a number");
        let mut parsed = Self { id, feed: "apc".to_owned(), trusted: true, fields: Vec::new() };
        for word in words {
            match word.split_once('=') {
                None => parsed.trusted = false,
                Some(("feed", feed)) => feed.clone_into(&mut parsed.feed),
                Some((key, value)) => parsed.take(key, value),
            }
        }
        parsed
    }

    fn take(&mut self, key: &str, value: &str) {
        match key {
            "nhs" => self.put(Field::Nhs, "nhs", value),
            "local" => self.put(Field::Local, "local", value),
            "sex" => self.put(Field::Sex, "sex", value),
            "house" => self.put(Field::House, "house", value),
            "pc" => {
                self.put(Field::Postcode, "postcode", value);
                self.put(Field::Outcode, "outcode", value.split('-').next().unwrap_or(value));
            }
            "name" => self.name(value),
            "born" => self.born(value),
            "month" => {
                let (year, month) = value.split_once('-').expect("year-month");
                self.put(Field::BirthYear, "year", year);
                self.put(Field::BirthMonth, "month", month.trim_start_matches('0'));
            }
            other => panic!("no such field: {other}"),
        }
    }

    fn name(&mut self, value: &str) {
        let (given, family) = value.split_once(',').expect("given,family");
        self.put(Field::Given, "name", given);
        self.put(Field::Family, "name", family);
        self.put(Field::GivenSound, "sound", &sound(given));
        self.put(Field::FamilySound, "sound", &sound(family));
        self.put(Field::GivenInitial, "initial", given.get(..1).unwrap_or(""));
    }

    fn born(&mut self, value: &str) {
        let born: Date = value.parse().expect("a date");
        self.put(Field::Birth, "birth", value);
        if let Ok(swapped) = Date::new(born.year(), born.day(), born.month()) {
            self.put(Field::BirthSwapped, "birth", &swapped.to_string());
        }
        self.put(Field::BirthYear, "year", &born.year().to_string());
        self.put(Field::BirthMonth, "month", &born.month().to_string());
        self.put(Field::BirthDay, "day", &born.day().to_string());
    }

    pub(crate) fn put(&mut self, field: Field, kind: &str, text: &str) {
        if !text.is_empty() {
            self.fields.push((field, token(kind, text)));
        }
    }

    fn get(&self, field: Field) -> Option<u64> {
        self.fields.iter().find(|(other, _)| *other == field).map(|&(_, token)| token)
    }
}

/// The first letter and the consonants after it, each run once.
pub(crate) fn sound(name: &str) -> String {
    let mut sound: Vec<char> = name.chars().take(1).collect();
    for letter in name.chars().skip(1).filter(|letter| !"aeiouyhw".contains(*letter)) {
        if sound.last() != Some(&letter) {
            sound.push(letter);
        }
    }
    sound.into_iter().collect()
}

/// The lines as the identities table.
pub(crate) fn table(lines: &[Line]) -> RecordBatch {
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("identity_id", Arc::new(Int64Array::from_iter_values(lines.iter().map(|line| line.id)))),
        ("feed", Arc::new(StringArray::from_iter_values(lines.iter().map(|line| &line.feed)))),
        ("n_records", Arc::new(Int64Array::from_iter_values(lines.iter().map(|_| 1)))),
        (
            "nhs_trusted",
            Arc::new(lines.iter().map(|line| Some(line.trusted)).collect::<BooleanArray>()),
        ),
    ];
    for field in Field::ALL {
        let tokens: UInt64Array = lines.iter().map(|line| line.get(field)).collect();
        columns.push((field.column(), Arc::new(tokens)));
    }
    RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    )
    .expect("columns have one length")
}

pub(crate) fn identities(lines: &[&str]) -> Identities {
    let lines: Vec<Line> = lines.iter().map(|line| Line::of(line)).collect();
    Identities::from_batches(&[table(&lines)]).expect("the table is complete")
}

/// An id that can be told from the identity's at sight.
pub(crate) fn person_of(identity: i64) -> i64 {
    identity + 1000
}

pub(crate) const TODAY: Date = date(2026, 4, 1);

pub(crate) fn run(lines: &[&str], previous: &Previous, on: Date) -> Linked {
    link(&identities(lines), &SaidSame::default(), previous, &Settings::default(), &person_of, on)
        .expect("it links")
}

/// Persons as `1 2 | 3`, ordered by their smallest identity; who is nobody is left out.
pub(crate) fn persons(linked: &Linked) -> String {
    let ids = linked.person_index.column(0).as_primitive::<Int64Type>();
    let persons = linked.person_index.column(1).as_primitive::<Int64Type>();
    let mut groups: Vec<(i64, Vec<String>)> = Vec::new();
    for (&id, person) in ids.values().iter().zip(persons.iter()) {
        let Some(person) = person else { continue };
        match groups.iter_mut().find(|(other, _)| *other == person) {
            Some((_, group)) => group.push(id.to_string()),
            None => groups.push((person, vec![id.to_string()])),
        }
    }
    groups.iter().map(|(_, group)| group.join(" ")).collect::<Vec<_>>().join(" | ")
}

/// One identity's step and status, as `5a match`.
pub(crate) fn standing(linked: &Linked, identity: i64) -> String {
    let ids = linked.person_index.column(0).as_primitive::<Int64Type>();
    let at = ids.values().iter().position(|&id| id == identity).expect("the identity is there");
    let text = |column: usize| {
        let column = linked.person_index.column(column).as_string::<i32>();
        column.iter().nth(at).flatten().unwrap_or("-").to_owned()
    };
    format!("{} {}", text(2), text(3))
}
