//! The draft as TOML.

use std::collections::HashSet;
use std::fmt::Write;

use super::cells::Cells;
use super::guesses;
use crate::contract::names::{folded, trimmed};
use crate::contract::{FIXED_COLUMNS, Role};
use crate::extract::{Encoding, Format, Sheet};

/// A contract for files like the one whose columns are given.
pub(super) fn toml(
    feed: &str,
    format: &Format,
    columns: &[Cells],
    n_rows: usize,
    n_refused: usize,
) -> String {
    let mut text = String::new();
    let mut say = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    say(&format!(
        "# Drafted from {n_rows} rows. Read every line before it is used: what these rows had"
    ));
    say(
        "# in common need not hold for the next file, and only the provider knows what a column means.",
    );
    if n_refused > 0 {
        say(&format!(
            "# {n_refused} records had another number of fields than the header, or an open quote."
        ));
    }
    say(&format!("feed = {}", quoted(feed)));
    say("version = \"1\"");
    say("title = \"TODO: what the feed is\"");
    say("sector = \"TODO: who sends it\"");
    say("source = \"TODO: the specification that it follows\"");
    match &format.sheet {
        Some(Sheet::Place(place)) => say(&format!("sheet = {}", place + 1)),
        Some(Sheet::Named(name)) => say(&format!("sheet = {}", quoted(name))),
        None => {
            say(&format!("encoding = \"{}\"", encoding(format.encoding)));
            say(&format!("delimiter = {}", quoted(&char::from(format.delimiter).to_string())));
        }
    }
    let names: Vec<&Cells> = declared(columns);
    if names.len() < columns.iter().filter(|c| !c.name.is_empty()).count() {
        say(
            "# A name stands twice in the header: such a file is refused. Its first column is declared.",
        );
    }
    let folded_names: HashSet<String> = names.iter().map(|c| folded(&c.name)).collect();
    if folded_names.len() < names.len() {
        say("# Some names differ by punctuation alone.");
        say("header_match = \"exact\"");
    }
    let (key, is_proven) = key(&names);
    let key_name = key.map_or("", |key| key.name.as_str());
    match is_proven {
        true => say(&format!("key = [{}] # every row has another one", quoted(key_name))),
        false => {
            say(
                "# No column alone is unique: the key is several columns together. This is a placeholder.",
            );
            say(&format!("key = [{}]", quoted(key_name)));
        }
    }
    say("\ncolumn = [");
    let mut fields: HashSet<String> = FIXED_COLUMNS.iter().map(|name| (*name).to_owned()).collect();
    let mut roles = Vec::new();
    for column in &names {
        let is_key = key.is_some_and(|key| std::ptr::eq(key, *column));
        let (mut keys, comment) = keys(column, is_key, &mut fields, &mut roles);
        if is_key && is_proven {
            keys.push_str(", required = true");
        }
        let comment = if comment.is_empty() { String::new() } else { format!(" # {comment}") };
        say(&format!("  {{ name = {}, {keys} }},{comment}", quoted(&column.name)));
    }
    say("]\n");
    say("# rule = [");
    say(
        "#   { name = \"ended_after_start\", check = \"in_order(started_on, ended_on)\", message = \"…\" },",
    );
    say("# ]");
    text
}

/// The columns that have a name of their own.
fn declared(columns: &[Cells]) -> Vec<&Cells> {
    let mut taken = HashSet::new();
    columns.iter().filter(|c| !c.name.is_empty() && taken.insert(trimmed(&c.name))).collect()
}

/// A column in which every row has another value, one that is called an id before others; or, not
/// proven, one that is called so.
fn key<'a>(columns: &[&'a Cells]) -> (Option<&'a Cells>, bool) {
    let may_be = |c: &&&Cells| {
        let is_identity = matches!(
            guesses::role(&c.name),
            Some(Role::NhsNumber | Role::FamilyName | Role::GivenName | Role::Postcode)
        );
        !is_identity && !guesses::is_personal(&c.name)
    };
    let candidates: Vec<&Cells> = columns.iter().filter(may_be).copied().collect();
    let unique = || candidates.iter().filter(|c| c.is_unique && c.n_filled > 0);
    let proven = unique().find(|c| guesses::is_id(&c.name)).or(unique().next());
    let called = candidates.iter().find(|c| guesses::is_id(&c.name)).or(candidates.first());
    (proven.or(called).or(columns.first()).copied(), proven.is_some())
}

/// What a column's keys are, and what is said about them.
fn keys(
    column: &Cells,
    is_key: bool,
    fields: &mut HashSet<String>,
    roles: &mut Vec<Role>,
) -> (String, String) {
    let is_free = |role: &Role| roles.iter().filter(|one| *one == role).count() < role.n_columns();
    let role = guesses::role(&column.name).filter(is_free);
    let found = role.and_then(|role| with_role(column, role, fields));
    if let (Some(found), Some(role)) = (found, role.filter(|_| !is_key)) {
        roles.push(role);
        return found;
    }
    if is_key && (column.is_identifier_like() || column.is_code_like) {
        roles.push(Role::RowKey);
        let what = "a number so long may pass for an NHS number, so it is kept nowhere";
        return ("role = \"row_key\"".to_owned(), what.to_owned());
    }
    if !is_key && (guesses::is_personal(&column.name) || column.is_identifier_like()) {
        let what = "may name a person: not read unless it is given a role";
        return ("drop = true".to_owned(), what.to_owned());
    }
    let (mut keys, comment) = kind(column);
    if keys.is_empty() && !is_key && column.n_filled > 0 && !column.has_digits {
        let what = "many different texts: not read until somebody says what they are";
        return ("drop = true".to_owned(), what.to_owned());
    }
    let field = own_field(&column.name, fields);
    keys = format!("as = {}{keys}", quoted(&field));
    (keys + &sentinels(column), comment)
}

/// The keys of a column whose name speaks of a role, if its cells can be of that role.
fn with_role(column: &Cells, role: Role, fields: &mut HashSet<String>) -> Option<(String, String)> {
    let (kind, comment) = kind(column);
    let mut keys = format!("role = \"{role}\"");
    let is_date = kind.contains("\"date\"") || kind.contains("\"datetime\"");
    match role {
        Role::BirthDate if is_date && !kind.contains("time") || kind.contains("\"month\"") => {
            keys.push_str(&kind);
        }
        Role::EventDate if is_date => {
            keys = format!("as = {}{kind}, {keys}", quoted(&own_field(&column.name, fields)));
        }
        Role::BirthDate | Role::EventDate => return None,
        Role::Age if column.is_integer => keys.push_str(", type = \"integer\""),
        Role::Age => return None,
        Role::NhsNumberStatus => {
            keys = format!("as = {}, {keys}", quoted(&own_field(&column.name, fields)));
        }
        Role::Sex => {
            let codes = column.codes()?;
            let map: Option<Vec<String>> = codes
                .iter()
                .map(|code| Some(format!("{} = \"{}\"", quoted(code), guesses::sex(code)?)))
                .collect();
            let _ = write!(keys, ", map = {{ {} }}", map?.join(", "));
        }
        _ => {}
    }
    Some((keys + &sentinels(column), comment))
}

/// The type, format and codes that fit every cell.
fn kind(column: &Cells) -> (String, String) {
    let formats = column.formats();
    // Eight digits that are all dates are dates; `041968` may be a number as well.
    let is_sure = |pattern: &&str| *pattern != "%m%Y" || column.is_code_like;
    let found: Vec<&str> = formats.into_iter().filter(is_sure).collect();
    if let Some(pattern) = found.first() {
        let kind = match (pattern.contains("%d"), pattern.contains("%H")) {
            (true, true) => "datetime",
            (true, false) => "date",
            (false, true) => "time",
            (false, false) => "month",
        };
        let is_american =
            |other: &&&str| pattern.starts_with("%d/%m") && other.starts_with("%m/%d");
        let comment = found
            .iter()
            .find(is_american)
            .map(|other| format!("every cell fits `{other}` too: ask"));
        return (
            format!(", type = \"{kind}\", format = \"{pattern}\""),
            comment.unwrap_or_default(),
        );
    }
    if column.n_filled == 0 {
        return (String::new(), "no cell holds anything".to_owned());
    }
    if column.is_flag {
        return (", type = \"flag\"".to_owned(), String::new());
    }
    if let Some(codes) = column.codes() {
        let codes: Vec<String> = codes.iter().map(|code| quoted(code)).collect();
        return (format!(", codes = [{}]", codes.join(", ")), String::new());
    }
    if column.is_fixed_code() {
        let what = "few values, all of as many digits: a code, not a count";
        return (", type = \"code\"".to_owned(), what.to_owned());
    }
    match (column.is_integer && !column.is_code_like, column.is_decimal && !column.is_code_like) {
        (true, _) => (", type = \"integer\"".to_owned(), String::new()),
        (_, true) => (", type = \"decimal\"".to_owned(), String::new()),
        _ if column.is_code_like || column.has_digits => {
            (", type = \"code\"".to_owned(), String::new())
        }
        _ => (String::new(), String::new()),
    }
}

/// Stand-ins that the cells hold.
fn sentinels(column: &Cells) -> String {
    let mut all: Vec<String> = column.not_known.iter().map(|text| quoted(text)).collect();
    if let Some(pattern) = column.formats().first() {
        let write = |day: &&str| {
            let (year, month, day) = (&day[..4], &day[5..7], &day[8..]);
            let text = pattern.replace("%Y", year).replace("%m", month).replace("%d", day);
            (!text.contains('%')).then(|| quoted(&text))
        };
        all.extend(column.no_days.iter().filter_map(write));
    }
    if all.is_empty() { String::new() } else { format!(", sentinels = [{}]", all.join(", ")) }
}

/// A name for the record that no other column has.
fn own_field(name: &str, fields: &mut HashSet<String>) -> String {
    let field = guesses::field(name);
    let numbered = (2..).map(|n| format!("{field}_{n}"));
    let mut names = std::iter::once(field.clone()).chain(numbered);
    names.find(|name| fields.insert(name.clone())).unwrap_or(field)
}

fn encoding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Windows1252 => "windows-1252",
        Encoding::Utf16 => "utf-16",
        Encoding::Utf16Le => "utf-16le",
        Encoding::Utf16Be => "utf-16be",
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
