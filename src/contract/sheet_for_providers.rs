//! A contract as a provider reads it: what to send, in which form, and what is said of it.

use std::fmt::Write;

use super::column::{Column, Kind, Pattern};
use super::normal::Case;
use super::{Contract, Partial, Rule, Severity, date_of};

/// Codes of a column that are written out at most.
const MOST_CODES: usize = 24;

/// How the sheet is marked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// Markdown.
    Markdown,
    /// One HTML page without scripts.
    Html,
}

/// A part of the sheet.
enum Part {
    Heading(&'static str),
    Paragraph(String),
    Verbatim(String),
    Table(Vec<&'static str>, Vec<Vec<String>>),
}

/// The sheet of a contract, as it holds for the provider that it was made for.
#[must_use]
pub fn sheet_for_provider(contract: &Contract, markup: Markup) -> String {
    let mut parts = vec![
        Part::Paragraph(format!(
            "Feed `{}`, version {}. {}",
            contract.feed, contract.version, contract.source
        )),
        Part::Heading("The file"),
        Part::Paragraph(file(contract)),
        Part::Paragraph("Its first line, for example:".to_owned()),
        Part::Verbatim(header(contract)),
        Part::Heading("Columns"),
        columns(contract),
    ];
    parts.extend(older(contract));
    parts.extend(rules(contract));
    parts.extend(thresholds(contract));
    let title = match &contract.provider {
        Some(provider) => format!("{}, from {provider}", contract.title),
        None => contract.title.clone(),
    };
    match markup {
        Markup::Markdown => markdown(&title, &parts),
        Markup::Html => html(&title, &parts),
    }
}

fn file(contract: &Contract) -> String {
    let delimiter = match contract.format.delimiter {
        b',' => "a comma".to_owned(),
        b'|' => "a vertical bar".to_owned(),
        b'\t' => "a tab".to_owned(),
        b';' => "a semicolon".to_owned(),
        other => format!("`{}`", char::from(other)),
    };
    let key: Vec<&str> = contract.key.iter().map(|i| contract.columns[*i].name.as_str()).collect();
    let kind = match (&contract.format.sheet, &contract.format.xml) {
        (Some(_), _) => "A workbook.".to_owned(),
        (_, Some(_)) => "XML.".to_owned(),
        _ => format!("Text, {delimiter} between fields, quotes around a field that holds one."),
    };
    format!(
        "{kind} A row is named by `{}`: a second row with the same is left out. Columns may stand in any \
         order; letter case of their names does not matter; others than these are not read.",
        key.join("`, `")
    )
}

fn header(contract: &Contract) -> String {
    let read = contract.columns.iter().filter(|c| c.derived.is_none() && !c.is_dropped);
    let names: Vec<&str> = read.map(|c| c.name.as_str()).collect();
    names.join(&char::from(contract.format.delimiter).to_string())
}

fn columns(contract: &Contract) -> Part {
    let row = |column: &Column| {
        vec![
            format!("`{}`", column.name),
            form(column),
            if column.required { "always" } else { "if known" }.to_owned(),
            values(column),
            use_of(column),
        ]
    };
    let read = contract.columns.iter().filter(|c| c.derived.is_none() && !c.is_dropped);
    Part::Table(vec!["column", "form", "filled", "values", "what it is"], read.map(row).collect())
}

/// How a cell is written.
fn form(column: &Column) -> String {
    let mut text = match (&column.kind, column.kind.formats()) {
        (_, Some(formats)) => {
            formats.patterns().map(pattern_in_words).collect::<Vec<_>>().join(" or ")
        }
        (Kind::Integer, _) => "whole number".to_owned(),
        (Kind::Decimal | Kind::Scaled(_), _) => "decimal number, no commas".to_owned(),
        (Kind::Flag, _) => "Y or N, true or false, 1 or 0".to_owned(),
        (Kind::Code, _) => "code, as text: never as a number of a spreadsheet".to_owned(),
        _ => "text".to_owned(),
    };
    let of = match column.pattern {
        Some(Pattern::Digits) => ", digits only",
        Some(Pattern::Letters) => ", letters only",
        Some(Pattern::Alphanumeric) => ", letters and digits only",
        None => "",
    };
    text.push_str(of);
    text.push_str(match column.normal.case {
        Some(Case::Upper) => ", read as capitals",
        Some(Case::Lower) => ", read as small letters",
        None => "",
    });
    if column.normal.pad > 0 {
        let _ = write!(text, ", {} digits with leading noughts", column.normal.pad);
    }
    if let Some(partial) = column.kind.formats().and_then(super::DateFormats::partial) {
        text.push_str(match partial {
            Partial::FirstOfMonth => "; day 00 where only the month is known",
            Partial::FirstOfYear => "; month and day 00 where only the year is known",
        });
    }
    text
}

/// `%d/%m/%Y` as `DD/MM/YYYY`.
fn pattern_in_words(pattern: &str) -> String {
    match pattern {
        "excel" => return "day number of a spreadsheet".to_owned(),
        "%s" => return "seconds since 1 January 1970, UTC".to_owned(),
        _ => {}
    }
    let parts = [
        ("%Y", "YYYY"),
        ("%m", "MM"),
        ("%d", "DD"),
        ("%b", "Mon"),
        ("%H", "HH"),
        ("%M", "MM"),
        ("%S", "SS"),
        ("%Z", "Z"),
    ];
    let text = parts.iter().fold(pattern.to_owned(), |text, (from, to)| text.replace(from, to));
    format!("`{text}`")
}

/// The values that are valid, the bounds, and what stands for "not known".
fn values(column: &Column) -> String {
    let mut parts = Vec::new();
    let codes = column.codes.entries();
    match &column.targets {
        Some(targets) if codes.len() <= MOST_CODES => {
            let pairs = codes.iter().zip(targets).map(|(code, target)| match target {
                Some(target) => format!("`{code}` {target}"),
                None => format!("`{code}` not known"),
            });
            parts.push(pairs.collect::<Vec<_>>().join(", "));
        }
        _ if codes.len() > MOST_CODES => parts.push(format!("one of {} codes", codes.len())),
        _ if !codes.is_empty() => parts.push(format!("`{}`", codes.join("`, `"))),
        _ => {}
    }
    let bound = |bound: f64| match column.kind.formats() {
        Some(_) => date_of(bound as i32).map_or_else(String::new, |date| date.to_string()),
        None => bound.to_string(),
    };
    match (column.min, column.max) {
        (Some(min), Some(max)) => parts.push(format!("{} to {}", bound(min), bound(max))),
        (Some(min), None) => parts.push(format!("{} or more", bound(min))),
        (None, Some(max)) => parts.push(format!("{} or less", bound(max))),
        (None, None) => {}
    }
    let mut unknown = column.sentinels.texts();
    unknown.extend(column.sentinels.days().iter().filter_map(|d| Some(date_of(*d)?.to_string())));
    if !unknown.is_empty() {
        parts.push(format!("not known: `{}`", unknown.join("`, `")));
    }
    if !column.filter.is_empty() {
        parts.push(format!("left out: `{}`", column.filter.join("`, `")));
    }
    parts.join("; ")
}

fn use_of(column: &Column) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !column.description.is_empty() {
        parts.push(column.description.clone());
    }
    parts.extend(column.role.map(|role| role.meaning().to_owned()));
    parts.join(" ")
}

fn older(contract: &Contract) -> Vec<Part> {
    let mut rows = Vec::new();
    for column in &contract.columns {
        for alias in &column.aliases {
            let until =
                alias.until.as_ref().map_or_else(String::new, |until| format!("until {until}"));
            rows.push(vec![format!("`{}`", alias.name), format!("`{}`", column.name), until]);
        }
    }
    if rows.is_empty() {
        return Vec::new();
    }
    vec![
        Part::Heading("Names that are understood too"),
        Part::Table(vec!["name", "now", "in versions"], rows),
    ]
}

fn rules(contract: &Contract) -> Vec<Part> {
    if contract.rules.is_empty() {
        return Vec::new();
    }
    let rows = contract.rules.iter().map(|rule| {
        let what = match rule.severity {
            Severity::Refuse => "the row is refused",
            Severity::Warn => "the row is counted as doubtful",
            Severity::Info => "the row is counted",
        };
        let name = match rule.code.as_str() {
            "" => format!("`{}`", rule.name),
            code => format!("`{}` ({code})", rule.name),
        };
        vec![name, format!("`{}`", rule.text), rule.message.clone(), what.to_owned()]
    });
    vec![
        Part::Heading("Rules between columns"),
        Part::Paragraph(
            "A rule is broken where it is false; where something that it needs is blank, it holds."
                .to_owned(),
        ),
        Part::Table(vec!["rule", "must hold", "message", "otherwise"], rows.collect()),
    ]
}

fn thresholds(contract: &Contract) -> Vec<Part> {
    if contract.thresholds.is_empty() {
        return Vec::new();
    }
    let share =
        |share: Option<f64>| share.map_or_else(String::new, |s| format!("{:.1} %", s * 100.0));
    let rows = contract.thresholds.iter().map(|threshold| {
        let column = threshold.column.map(|i| format!("`{}`", contract.columns[i].name));
        let rule = threshold.rule.map(|rule: Rule| format!("`{}`", contract.rule_name(rule)));
        let all = || "all".to_owned();
        vec![
            column.unwrap_or_else(all),
            rule.unwrap_or_else(all),
            threshold.provider.clone().unwrap_or_else(all),
            share(threshold.warn),
            share(threshold.refuse),
        ]
    });
    vec![
        Part::Heading("How many rows may be wrong"),
        Part::Table(
            vec!["column", "rule", "provider", "warned of beyond", "refused beyond"],
            rows.collect(),
        ),
    ]
}

fn markdown(title: &str, parts: &[Part]) -> String {
    let mut text = format!("# {title}\n");
    for part in parts {
        // Writing to a string does not fail.
        let _ = match part {
            Part::Heading(heading) => write!(text, "\n## {heading}\n"),
            Part::Paragraph(paragraph) => write!(text, "\n{paragraph}\n"),
            Part::Verbatim(lines) => write!(text, "\n```text\n{lines}\n```\n"),
            Part::Table(names, rows) => {
                let _ =
                    write!(text, "\n| {} |\n|{}\n", names.join(" | "), "---|".repeat(names.len()));
                for row in rows {
                    let cells: Vec<String> =
                        row.iter().map(|cell| cell.replace('|', "\\|")).collect();
                    let _ = writeln!(text, "| {} |", cells.join(" | "));
                }
                Ok(())
            }
        };
    }
    text
}

fn html(title: &str, parts: &[Part]) -> String {
    let title = escaped(title);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>body{{font-family:sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}}\
         table{{border-collapse:collapse}}th,td{{border:1px solid #aeb7bd;padding:.3rem .5rem;text-align:left;\
         vertical-align:top}}pre{{overflow-x:auto;background:#f0f4f5;padding:.5rem}}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n"
    );
    for part in parts {
        let _ = match part {
            Part::Heading(heading) => writeln!(text, "<h2>{heading}</h2>"),
            Part::Paragraph(paragraph) => writeln!(text, "<p>{}</p>", inline(paragraph)),
            Part::Verbatim(lines) => writeln!(text, "<pre>{}</pre>", escaped(lines)),
            Part::Table(names, rows) => {
                let cells = |tag: &str, cells: Vec<String>| {
                    let cells = cells.iter().map(|cell| format!("<{tag}>{cell}</{tag}>"));
                    format!("<tr>{}</tr>\n", cells.collect::<String>())
                };
                let head = cells("th", names.iter().map(|name| (*name).to_owned()).collect());
                let rows =
                    rows.iter().map(|row| cells("td", row.iter().map(|c| inline(c)).collect()));
                writeln!(text, "<table>\n{head}{}</table>", rows.collect::<String>())
            }
        };
    }
    text + "</body>\n</html>\n"
}

/// Text whose backticks mark code, as HTML.
fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let marked = parts.map(|(i, part)| match i % 2 {
        1 => format!("<code>{}</code>", escaped(part)),
        _ => escaped(part),
    });
    marked.collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::contract::Facts;

    const TEXT: &str = "feed = \"f\"\nversion = \"2\"\ntitle = \"Stays <all>\"\nsector = \"s\"\nsource = \"A standard\"\n\
        delimiter = \"|\"\nkey = [\"K\"]\ncolumn = [\n{ name = \"K\", as = \"k\", required = true },\n\
        { name = \"IN\", aliases = [{ name = \"ADMIDATE\", until = \"1\" }], as = \"in_on\", type = \"date\", format = \"%Y-%m-%d\", min = 1900-01-01 },\n\
        { name = \"SEX\", role = \"sex\", map = { M = \"male\", U = \"\" } },\n\
        { name = \"FREE\", drop = true },\n{ as = \"in_year\", type = \"integer\", derive = \"year(in_on)\" } ]\n\
        rule = [{ name = \"late\", check = \"in_on < 2030-01-01\", message = \"Too late\", code = \"R1\" }]\n\
        threshold = [{ column = \"SEX\", rule = \"unknown_code\", refuse = 0.05 }]\n\
        [provider.RR8]\ncolumn = [{ name = \"IN\", format = \"%d/%m/%Y\" }]\n";

    #[test]
    fn a_provider_reads_what_to_send_and_what_is_said_of_it() {
        let contract = Contract::read(Path::new("f.toml"), TEXT.to_owned()).unwrap();
        let page = sheet_for_provider(&contract, Markup::Markdown);
        for line in [
            "# Stays <all>",
            "```text\nK|IN|SEX\n```",
            "| `IN` | `YYYY-MM-DD` | if known | 1900-01-01 or more |  |",
            "`M` male, `U` not known",
            "| `ADMIDATE` | `IN` | until 1 |",
            "| `late` (R1) | `in_on < 2030-01-01` | Too late | the row is refused |",
            "| `SEX` | `unknown_code` | all |  | 5.0 % |",
        ] {
            assert!(page.contains(line), "{line}\n{page}");
        }
        assert!(!page.contains("FREE") && !page.contains("in_year"), "what is not to be sent");
        let theirs = contract.for_delivery(Some("RR8"), Facts::default());
        let html = sheet_for_provider(&theirs, Markup::Html);
        assert!(html.contains("<h1>Stays &lt;all&gt;, from RR8</h1>"));
        assert!(
            html.contains("<td><code>DD/MM/YYYY</code></td>") && html.contains("in_on &lt; 2030")
        );
    }
}
