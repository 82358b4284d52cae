//! The page on contracts: what a file of `pipelines/contracts/` may say.

use std::fmt::Write;

use super::column::Role;

const INTRODUCTION: &str = "# Contracts

A contract is a TOML file that says what a feed's files must look like. `hub contract show FEED`
prints one; `hub check PIPELINE` says what is wrong with one, with line and column.

## The file

| key | meaning |
|---|---|
| `feed` | the feed; its records are the table `record.<feed>` |
| `version`, `title`, `sector`, `source` | which contract this is, and the specification it follows |
| `kind` | `person` (default) or `area`: published figures, of which the table is `area.<feed>`, below |
| `licence`, `vintage` | of an area feed, unless the delivery says: on what terms it may be used, and of when it is |
| `delimiter`, `encoding` | one character; `utf-8` (default) or `windows-1252` |
| `key` | columns that name a row: a second row with the same key is a duplicate |
| `local_id_scope` | feeds that share one share their patients' ids at a provider; the feed's own unless given |
| `issuer` | who issued the ids of the column with the role `pseudonym`: files of one issuer share them |
| `header_only` | names that the header has and no row has a field for; a row that has one is refused as ragged |
| `column` | the columns, below |
| `restricted` | legally restricted codes: `[[restricted]]` with the reference table `list`, the `scheme` (`icd10`, `opcs4`, `snomed`, `ctv3`, `read_v2`), the `columns` that hold codes of it and, where one appointment makes several rows, the `group` of columns that these share: such rows are left out with all of their group, and counted under `restricted_code` without line or code |
| `rule` | `{ name, check, severity }`: `a >= b`, `a <= b + 30 days`, between dates or numbers; `refuse` (default) or `warn` |

## A column

| key | meaning |
|---|---|
| `name`, `aliases` | its names in the header; letter case does not matter |
| `as` | its name in the record; a column has that, a role or `drop = true` |
| `type` | `text` (default), `code` (a text that is never a number), `date`, `datetime`, `time`, `month`, `integer`, `decimal`, `flag` |
| `format` | of dates and times: `%Y %m %b %d %H %M %S`. `%Z` is the letter Z: the time is in UTC, and its day is the one that the clock in the United Kingdom showed |
| `role` | what it is about, below |
| `required` | a blank or wrong cell refuses the row |
| `codes`, `map` | the values that are valid; what each becomes (an empty text: nothing) |
| `sentinels` | stand-ins for \"not known\": read as nothing, and counted |
| `min`, `max`, `pattern`, `scale` | bounds; `digits`, `letters` or `alphanumeric`; pounds kept as pence |
| `filter` | a value, or several: rows with one are left out, and counted under the finding `filtered` |
| `drop` | the column is not read |

## Roles

";

const VARIANTS: &str = "
## Published figures

With `kind = \"area\"` the rows are about areas or organisations, as somebody has published them:
waiting times, air quality, prescribing by practice, comparators for England. They load like any
feed, every row accounted for, into `area.<feed>`, which has `delivery`, `line`, `provider_code`,
`vintage` and the contract's columns. Nobody is in them: columns with a role are a `provider`, an
`event_date` or a `row_key`. `source`, `licence` and `vintage` are in the contract or in the
`[[delivery]]`, whose word goes first; the manifest of the run keeps them with the file's hash.

## Variants

Providers send one feed in several layouts. Each layout is a contract of its own with the same
`feed`, such as `apc.toml` and `apc_hes.toml`; a `[[delivery]]` of the pipeline names it with
`contract`. The record of the feed has the columns of all its variants, and a file that lacks one
gives nulls, so that one base model serves them all. A column of the same name has the same type and
meaning in every variant.

A feed that a pipeline does not take in is an empty table to the models, and figures that rest on it
are said to have no data: they are not shown as nought.
";

/// The page as Markdown.
#[must_use]
pub fn reference_markdown() -> String {
    let mut text = format!("{INTRODUCTION}| role | meaning |\n|---|---|\n");
    for role in Role::ALL {
        // Writing to a string does not fail.
        let _ = writeln!(text, "| `{role}` | {} |", role.meaning());
    }
    text + VARIANTS
}
