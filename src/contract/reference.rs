//! The page on contracts: what a file of `pipelines/contracts/` may say.

use std::fmt::Write;

use super::column::Role;
use super::expression::FUNCTIONS;

const INTRODUCTION: &str = "# Contracts

A contract is a TOML file that says what a feed's files must look like. `hub contract infer FILE`
drafts one from a file, `hub check PIPELINE` shows every mistake in one with its line underlined, and
`hub contract show FEED` prints it for a provider, as Markdown or HTML. Editors that know TOML complete
and check one by [its schema](contract.schema.json), which its first line names:
`#:schema ../../docs/contract.schema.json`.

## The file

| key | meaning |
|---|---|
| `feed` | the feed; its records are the table `record.<feed>` |
| `version`, `title`, `sector`, `source` | which contract this is, and the specification it follows |
| `kind` | `person` (default) or `area`: published figures, of which the table is `area.<feed>`, below |
| `licence`, `vintage` | of an area feed, unless the delivery says: on what terms it may be used, and of when it is |
| `delimiter`, `encoding`, `header`, `footer`, `sheet`, `xml` … | how its files are written, below |
| `key` | columns that name a row: a second row with the same key is a duplicate |
| `local_id_scope` | feeds that share one share their patients' ids at a provider; the feed's own unless given |
| `issuer` | who issued the ids of the column with the role `pseudonym`: files of one issuer share them. `hub pseudonymise` names the feed, or `<feed>/<provider>` where the provider has a key of its own |
| `key_id` | under which of the issuer's keys: ids of two keys are never one person's, unless a `[[crosswalk]]` of the pipeline says so |
| `postcode` | how postcodes are shaped: `uk` (default), `digits4` and the like, or a pattern of `A` for a letter and `9` for a digit such as `A9A 9A9`. Of a postcode that is not the United Kingdom's, the first half stands for the district |
| `header_only` | names that the header has and no row has a field for; a row that has one is refused as ragged |
| `header_match` | `folded` (default): names are compared by their letters and digits, so `NHS Number` is `nhs_number`; two names that are then the same are a mistake. `exact`: character by character, whatever the case |
| `sentinels_by_type` | stand-ins for \"not known\" in every column of a type, unless the column means something by them: `{ date = [1800-01-01], text = [\"&\"], number = [\"-1\"], any = [\"NULL\"] }`. Dates are days, whatever the format |
| `column` | the columns, below |
| `restricted` | legally restricted codes: `[[restricted]]` with the reference table `list`, the `scheme` (`icd10`, `opcs4`, `snomed`, `ctv3`, `read_v2`), the `columns` that hold codes of it and, where one appointment makes several rows, the `group` of columns that these share: such rows are left out with all of their group, and counted under `restricted_code` without line or code |
| `rule` | what must hold in each row, below |
| `threshold` | shares of rows beyond which a delivery is refused, below |
| `[provider.<code>]` | what is otherwise in one provider's files, below |

## A column

| key | meaning |
|---|---|
| `name`, `aliases` | its names in the header. `{ name = \"AttendOrNot\", until = \"1.5\" }` is a name that the layout had until that version: the finding `older_layout` says that a file has it |
| `description` | what it holds, for the provider |
| `as` | its name in the record; a column has that, a role or `drop = true` |
| `type` | `text` (default), `code` (a text that is never a number: `9.0E+17` is refused), `date`, `datetime`, `time`, `month`, `integer`, `decimal`, `flag` |
| `format` | of dates and times, one or several, below |
| `partial`, `precision` | what a date without its day becomes: `first_of_month`, or `first_of_year` where its month may lack too; the finding `partial_date` counts it. `20210500` lacks its day, `precision` names a column that says `Y`, `YM` or `YMD` |
| `role` | what it is about, below |
| `required` | a blank or wrong cell refuses the row |
| `codes`, `map` | the values that are valid; what each becomes (an empty text: nothing). `codes = { file = \"ethnic.csv\", column = \"code\" }` takes them from a file beside the contract |
| `other` | of the valid values those that say \"other\": quality reports count them apart |
| `sentinels` | stand-ins for \"not known\": read as nothing, and counted. `ZZ99*` stands for all that begins so |
| `case`, `strip`, `strip_end`, `pad`, `whole` | the form that a text or code is brought to before it is looked up: `upper` or `lower`; characters taken out; characters taken off the end; digits filled up with noughts; `5.0` as `5`. Diagnoses: `case = \"upper\", strip = \".\", strip_end = \"X\"` |
| `min`, `max`, `pattern` | bounds; `digits`, `letters` or `alphanumeric` |
| `scale` | of a `decimal`: it is kept as a whole number of so many parts, `scale = 100` as hundredths, so that sums are exact. The name says which: `cost_pence` of pounds (100 if not given), `quantity_thousandths`. A number with more places is rounded half away from zero, and counted under the finding `rounded` |
| `filter` | a value, or several: rows with one are left out, and counted under the finding `filtered`. They take back what was sent of their key before: who becomes sensitive goes with all that came earlier |
| `drop` | the column is not read |
| `derive` | the column stands in no file: an expression computes it |

## Formats of dates and times

`%Y %m %d %b %H %M %S`, and the characters between them. `%b` is an English month of three letters,
whatever the case; a fraction of a second may follow. `%Z` is the letter Z: the time is in UTC, and its
day is the one that the clock in the United Kingdom showed. `excel` is a spreadsheet's count of days
(44706, with a fraction for the time; day 60, which never was, is no date), `%s` seconds since 1970 in UTC.

A list of formats is tried in its order: `format = [\"%d/%m/%Y\", \"%Y-%m-%d\"]`. A list in which one
text could be read as two dates, such as `%d/%m/%Y` with `%m/%d/%Y`, is a mistake: which of the two it is
would be a guess. Where providers differ, each has its own format.

## Rules

```toml
rule = [
  { name = \"discharged_after_admission\", check = \"in_order(admitted_on, discharged_on)\", message = \"discharged before admitted\", code = \"APC-14\" },
  { name = \"ward_where_admitted\", check = \"if outcome = 'admitted' then ward is not null\", severity = \"warn\" },
]
```

| key | meaning |
|---|---|
| `name` | its own, as findings give it |
| `check` | the expression that must not be false |
| `severity` | `refuse` (default): the row is quarantined. `warn`: it is counted. `info`: it is counted, and nothing is wrong |
| `message`, `code` | what the provider is told, and the rule's code in a national list |

Expressions name columns by `as`, or by role. A rule is broken only where it is false: what depends on
something unknown is unknown, and holds. Types are found when the contract is read, so a comparison of a
date with a text is a mistake with line and column.

| expression | meaning |
|---|---|
| `'text'`, `5`, `0.5`, `2023-04-01`, `true`, `null` | values; `''` is a quote within a text |
| `= != < <= > >=` | comparisons; of a date with a date and time by the day |
| `and`, `or`, `not`, `( )` | `and` binds closer than `or` |
| `in (…)`, `between a and b`, `is null`, and each with `not` | |
| `like 'LS%'` | all of the text: `%` stands for any characters, `_` for one |
| `matches '[A-Z][0-9]{5}'` | all of the text, as a regular expression |
| `+ - * /` | numbers; what does not fit, or is divided by nought, is null |
| `+ 30 days`, `- 4 hours` | a date, or a date and time, moved: weeks, days, hours, minutes |
| `if a then b` | a rule: `b` holds wherever `a` does |
| `if a then b else c`, `case when a then b … else c end` | a value |
| `delivered_on` | the day of the delivery, where it is known, below |

| function | of | comes to |
|---|---|---|
";

const DERIVED: &str = "
## The day of a delivery

`delivered_on` and `by_delivery` know the day of the delivery from the pipeline alone, never from the
file system, which tells another day of every copy:

| in the `[[delivery]]` | the day |
|---|---|
| `files = \"apc_{month}_{delivered}.csv\"` | that of the name, `2025-05-14` or `20250514` |
| `delivered_on = 2025-05-14` | that day, for every file of the rule; not beside `{delivered}` |
| `files = \"list_{date}.csv\"` | by neither of these: the day to which the file runs |

With none of them it is unknown, and rules that rest on it hold. `by_delivery(seen_on)` finds events
that had not happened when they were sent.

## Derived columns

`{ as = \"stay_days\", type = \"integer\", derive = \"days_between(admitted_on, discharged_on)\" }` is
computed from columns of the file and from derived columns above it. It has no `name`, its type is
declared, and of roles it may have `event_date`. Nothing is derived from a column that reaches no record,
so that no identifier does by way of it; and where a date behind it is the day of birth, it is null, for
it would tell that day.

## Thresholds

```toml
threshold = [
  { column = \"NHSNO\", rule = \"nhs_number_check_digit\", warn = 0.01, refuse = 0.05 },
  { column = \"NHSNO\", rule = \"nhs_number_check_digit\", provider = \"RX8\", refuse = 0.5 },
]
```

A share of the rows that were read. Beyond `warn` there is a finding `threshold`; beyond `refuse` the
delivery is refused as a whole, or left out where the pipeline says `on_broken_file = \"continue\"`. A
threshold of the delivery's provider goes before one of all providers. Without `rule` it counts rows with
anything that warns or refuses in the column, without `column` rows that break the rule in any column; a
row counts once, whatever the number of its faults.

## One provider's files

```toml
[provider.RR8]
column = [{ name = \"ADMIDATE\", format = \"%d/%m/%Y\" }]
```

Holds for a `[[delivery]]` of the pipeline with `provider = \"RR8\"`. Names of headers, formats, codes,
stand-ins, bounds, forms and `required` may differ; what a column means, and its type, may not.

## Roles

";

const VARIANTS: &str = "
## Published figures

With `kind = \"area\"` the rows are about areas or organisations, as somebody has published them:
waiting times, air quality, prescribing by practice, comparators for England. They load like any
feed, every row accounted for, into `area.<feed>`, which has `row_id`, `delivery`, `line`,
`provider_code`, `vintage` and the contract's columns. Nobody is in them: columns with a role are a
`provider`, an `event_date` (of type `month` too) or a `row_key`. `source`, `licence` and `vintage` are
in the contract or in the `[[delivery]]`, whose word goes first; the manifest of the run keeps them with
the file's hash.

`row_id` names a row by the contract's `key`, as the cells are written, within its layout and its sender,
whatever the vintage. So figures that are revised replace each other by `refresh` as records do: `rows`
(the row that a later file has again), `period`, `year_to_date`, `rolling_year` or `all`.

## Variants

Providers send one feed in several layouts. Each layout is a contract of its own with the same
`feed`, such as `apc.toml` and `apc_hes.toml`; a `[[delivery]]` of the pipeline names it with
`contract`. The record of the feed has the columns of all its variants, and a file that lacks one
gives nulls, so that one base model serves them all. A column of the same name has the same type and
meaning in every variant.

A feed that a pipeline does not take in is an empty table to the models, and figures that rest on it
are said to have no data: they are not shown as nought.
";

/// How NHS England's Data Validation Engine says something, and how a contract does.
const PEER: [(&str, &str); 23] = [
    ("`fields` with a type: `str`, `int`, `date`, `NonNegativeInt` …", "`type`, `min`, `max`"),
    (
        "`types`: a type that several fields share",
        "not shared: each column says its own; an editor's schema completes it",
    ),
    (
        "`constr` with `min_length`, `max_length`, `regex`",
        "rules: `length(a) between 5 and 20`, `a matches '…'`",
    ),
    ("`conint`, `condecimal`, `condate` bounds", "`min`, `max`, `scale`"),
    (
        "`conformatteddate`, `formatteddatetime`, `formattedtime`",
        "`format`, one or several, with proof that no text means two dates",
    ),
    (
        "`NHSNumber`, `permissive_nhs_number`, `warn_on_test_numbers`",
        "the role `nhs_number`, and `numbers` of the pipeline",
    ),
    ("`Postcode`, `OrgId` types", "the role `postcode`; `matches` for codes of organisations"),
    ("`alphanumeric`, `identifier` constraints", "`pattern`, `matches`"),
    ("`mandatory_fields`", "`required`"),
    ("`key_field`", "`key`, of one column or several, and duplicates counted"),
    ("`aliases`", "`aliases`, with the version that renamed"),
    (
        "`reader_config`: CSV, JSON, XML, Parquet",
        "`delimiter`, `encoding`, `sheet`, `xml`; JSON and Parquet are not read",
    ),
    (
        "`schemas`, `is_array`: nested XML as structs",
        "XML is read as one table for each contract, repeated values joined; no nested columns",
    ),
    ("`filters` with an SQL `expression`", "`rule` with `check`"),
    (
        "`failure_type` record, submission, integrity; `is_informational`",
        "`severity`; a `threshold` with `refuse = 0` refuses the submission",
    ),
    (
        "`failure_message`, `error_code`, `reporting_field`, `category`",
        "`message`, `code`; the first column that a rule names; the rule's name",
    ),
    (
        "`contract_error_codes`: messages of contract errors",
        "the names of built-in rules, the same for every feed",
    ),
    ("`add`, `select`, `remove` columns", "`derive`, `drop`"),
    (
        "`group_by`, joins between entities",
        "SQL models with checks: a contract is about the rows of one file",
    ),
    ("`reference_data` with `anti_join`: codes of a table", "`codes = { file = …, column = … }`"),
    (
        "`parameters`, `rule_stores`, `complex_rules`: templates of rules",
        "ready-made checks (`in_order`, `after_birth` …); no templates",
    ),
    ("Custom Python types and functions", "none: a contract runs no code"),
    (
        "Error report: a message for each record, with the value",
        "quarantine and findings by file, line, column and rule; never a value",
    ),
];

/// The page as Markdown.
#[must_use]
pub fn reference_markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    // Writing to a string does not fail.
    for (name, of, comes_to) in FUNCTIONS {
        let _ = writeln!(text, "| `{name}` | {of} | {comes_to} |");
    }
    text.push_str(DERIVED);
    text.push_str("| role | meaning |\n|---|---|\n");
    for role in Role::ALL {
        let _ = writeln!(text, "| `{role}` | {} |", role.meaning());
    }
    text.push_str(super::file_format::REFERENCE);
    text.push_str(VARIANTS);
    text.push_str(
        "\n## Beside NHS England's Data Validation Engine\n\n\
         What its documented contracts (version 0.9) say, and how it is said here. `benches/peer_dve.py` \
         runs the same rules on the same file through both.\n\n\
         | its contract | here |\n|---|---|\n",
    );
    for (theirs, ours) in PEER {
        let _ = writeln!(text, "| {theirs} | {ours} |");
    }
    text
}
