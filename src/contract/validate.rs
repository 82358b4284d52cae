//! Whether a contract says what it must, and says it once.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

use toml::Spanned;

use super::Severity;
use super::calendar::days_of;
use super::codes::CodeList;
use super::column::{Column, Kind, Role};
use super::comparison::{self, DeclaredRule};
use super::contract_file::Contract;
use super::date_format::DateFormat;
use super::declaration::{ColumnToml, ContractToml, KindToml, RuleToml, SeverityToml};
use super::schema::FIXED_COLUMNS;
use crate::extract::Format;

/// Where the mistake is, and what it is.
type Mistake = (Range<usize>, String);

/// What sex may be after the map.
const SEXES: [&str; 3] = ["female", "male", "other"];

pub(super) fn contract(declared: ContractToml) -> Result<Contract, Mistake> {
    if !is_snake_case(declared.feed.get_ref()) {
        return Err(mistake(&declared.feed, "a feed's name is lower case, digits and `_`"));
    }
    let format = Format { encoding: declared.encoding, delimiter: delimiter(&declared.delimiter)? };
    if declared.column.is_empty() {
        return Err(mistake(&declared.feed, "a contract needs at least one `column`"));
    }
    unique_names(&declared.column)?;
    let key = key(&declared.key, &declared.column)?;
    let columns = declared.column.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    super::feed_kind::nobody_in(declared.kind, &columns, |i| declared.column[i].name.span())?;
    let rules = rules(&declared.rule, &columns)?;
    let issuer = issuer(declared.issuer.as_ref(), &declared.column)?;
    let header_only = header_only(&declared.header_only, &columns)?;
    let feed = declared.feed.into_inner();
    Ok(Contract {
        issuer,
        header_only,
        local_id_scope: declared.local_id_scope.unwrap_or_else(|| feed.clone()),
        feed,
        version: declared.version,
        title: declared.title,
        sector: declared.sector,
        source: declared.source,
        kind: declared.kind,
        licence: declared.licence,
        vintage: declared.vintage,
        format,
        key,
        restricted: super::restricted::restricted(declared.restricted, &declared.column)?,
        columns,
        rules,
        path: PathBuf::new(),
        text: String::new(),
    })
}

fn mistake<T>(at: &Spanned<T>, what: impl Into<String>) -> Mistake {
    (at.span(), what.into())
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn delimiter(declared: &Spanned<String>) -> Result<u8, Mistake> {
    match declared.get_ref().as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err(mistake(declared, "a delimiter is one ASCII character, no quote and no line end")),
    }
}

/// A pseudonym means something only with its issuer, and stands in for the provider's own id.
fn issuer(declared: Option<&Spanned<String>>, columns: &[ColumnToml]) -> Result<String, Mistake> {
    let with_role = |role: Role| {
        columns.iter().filter_map(|c| c.role.as_ref()).find(|found| *found.get_ref() == role)
    };
    match (with_role(Role::Pseudonym), declared) {
        (None, None) => Ok(String::new()),
        (None, Some(issuer)) => Err(mistake(issuer, "an `issuer` goes with a `pseudonym` column")),
        (Some(at), _) if with_role(Role::LocalId).is_some() => {
            Err(mistake(at, "a contract has a `local_id` or a `pseudonym`, not both"))
        }
        (Some(_), Some(issuer)) if !issuer.get_ref().trim().is_empty() => {
            Ok(issuer.get_ref().clone())
        }
        (Some(at), _) => Err(mistake(at, "a `pseudonym` needs the contract to name its `issuer`")),
    }
}

/// Names of the header alone: none of them is a column of the contract.
fn header_only(declared: &[Spanned<String>], columns: &[Column]) -> Result<Vec<String>, Mistake> {
    for name in declared {
        let is_it = |other: &String| {
            super::binding::folded(other) == super::binding::folded(name.get_ref())
        };
        if columns.iter().any(|c| is_it(&c.name) || c.aliases.iter().any(is_it)) {
            return Err(mistake(name, "a column that no row has cannot be declared as a `column`"));
        }
    }
    Ok(declared.iter().map(|name| name.get_ref().clone()).collect())
}

/// Header names, `as` names and roles stand once each.
fn unique_names(columns: &[ColumnToml]) -> Result<(), Mistake> {
    let mut names = HashMap::new();
    let mut fields = HashMap::new();
    let mut roles = HashMap::new();
    for column in columns {
        for name in std::iter::once(&column.name).chain(&column.aliases) {
            if name.get_ref().trim().is_empty() {
                return Err(mistake(name, "a column needs a name"));
            }
            if names.insert(super::binding::folded(name.get_ref()), ()).is_some() {
                return Err(mistake(name, format!("more than one column `{}`", name.get_ref())));
            }
        }
        if let Some(field) = &column.field
            && fields.insert(field.get_ref(), ()).is_some()
        {
            return Err(mistake(field, format!("more than one column `as` `{}`", field.get_ref())));
        }
        if let Some(role) = &column.role
            && roles.insert(*role.get_ref(), ()).is_some()
        {
            let what = format!("more than one column with role `{}`", role.get_ref().as_str());
            return Err(mistake(role, what));
        }
    }
    Ok(())
}

fn key(
    declared: &Spanned<Vec<Spanned<String>>>,
    columns: &[ColumnToml],
) -> Result<Vec<usize>, Mistake> {
    if declared.get_ref().is_empty() {
        return Err(mistake(declared, "a key names at least one column"));
    }
    let place = |name: &Spanned<String>| {
        columns.iter().position(|column| column.name.get_ref() == name.get_ref()).ok_or_else(|| {
            mistake(
                name,
                format!("the key names `{}`, which is the `name` of no column", name.get_ref()),
            )
        })
    };
    let places = declared.get_ref().iter().map(place).collect::<Result<Vec<_>, _>>()?;
    match places.iter().position(|place| columns[*place].drop) {
        Some(i) => Err(mistake(&declared.get_ref()[i], "a column of the key cannot be dropped")),
        None => Ok(places),
    }
}

fn column(declared: &ColumnToml) -> Result<Column, Mistake> {
    let role = declared.role.as_ref().map(|role| *role.get_ref());
    let kind = kind(declared)?;
    let field = field(declared, role)?;
    role_fits_kind(declared, role, &kind)?;
    text_only(declared, &kind)?;
    let (codes, targets) = codes(declared, role)?;
    let (min, max) = bounds(declared, &kind)?;
    if let Some(filter) = &declared.filter {
        let values = filter.get_ref().values();
        let is_flag_value = |value: &String| matches!(value.as_str(), "true" | "false");
        if matches!(kind, Kind::Flag) && !values.iter().all(is_flag_value) {
            return Err(mistake(filter, "a flag is filtered by `true` or `false`"));
        }
        if !matches!(kind, Kind::Flag) && !kind.is_text() {
            return Err(mistake(filter, "only flags, texts and codes can be filtered"));
        }
    }
    Ok(Column {
        name: declared.name.get_ref().clone(),
        aliases: declared.aliases.iter().map(|alias| alias.get_ref().clone()).collect(),
        field,
        role,
        kind,
        required: declared.required,
        is_dropped: declared.drop,
        codes,
        targets,
        sentinels: CodeList::new(declared.sentinels.clone()),
        min,
        max,
        pattern: declared.pattern.as_ref().map(|pattern| *pattern.get_ref()),
        filter: declared.filter.iter().flat_map(|f| f.get_ref().values().to_vec()).collect(),
    })
}

/// The name in the record: needed by what reaches it, refused for what must not.
fn field(declared: &ColumnToml, role: Option<Role>) -> Result<Option<String>, Mistake> {
    if let (true, Some(filter)) = (declared.drop, &declared.filter) {
        return Err(mistake(filter, "a dropped column is not read, so it filters nothing"));
    }
    if declared.drop {
        return match (&declared.field, &declared.role) {
            (None, None) if !declared.required => Ok(None),
            _ => Err(mistake(
                &declared.name,
                "a dropped column has no `as`, no role and is not required",
            )),
        };
    }
    let is_kept = role.is_none_or(Role::is_kept);
    match &declared.field {
        None if is_kept => {
            Err(mistake(&declared.name, "a column needs an `as` name, a role or `drop = true`"))
        }
        None => Ok(None),
        Some(field) if !is_kept => {
            Err(mistake(field, "a column with this role does not reach the record: no `as` name"))
        }
        Some(field) if !is_snake_case(field.get_ref()) => {
            Err(mistake(field, "an `as` name is lower case, digits and `_`"))
        }
        Some(field) if FIXED_COLUMNS.contains(&field.get_ref().as_str()) => {
            Err(mistake(field, format!("every record has a column `{}` already", field.get_ref())))
        }
        Some(field) => Ok(Some(field.get_ref().clone())),
    }
}

fn kind(declared: &ColumnToml) -> Result<Kind, Mistake> {
    let format = |fits: fn(&DateFormat) -> bool| {
        let Some(text) = &declared.format else {
            return Err(mistake(&declared.name, "dates and times need a `format`"));
        };
        DateFormat::read(text.get_ref()).filter(fits).ok_or_else(|| {
            mistake(text, "not a format of this type: use %Y %m %b %d %H %M %S, %Z for UTC")
        })
    };
    let kind = match declared.kind {
        KindToml::Text => Kind::Text,
        KindToml::Code => Kind::Code,
        KindToml::Date => Kind::Date(format(DateFormat::has_day)?),
        KindToml::DateTime => Kind::DateTime(format(|f| f.has_day() && f.has_time())?),
        KindToml::Time => Kind::Time(format(DateFormat::has_time)?),
        KindToml::Month => Kind::Month(format(DateFormat::has_month)?),
        KindToml::Integer => Kind::Integer,
        KindToml::Decimal => decimal(declared)?,
        KindToml::Flag => Kind::Flag,
    };
    if let (Some(format), None) = (&declared.format, kind.format()) {
        return Err(mistake(format, "only dates and times have a `format`"));
    }
    if let (Some(scale), false) = (&declared.scale, matches!(kind, Kind::Scaled(_))) {
        return Err(mistake(scale, "only decimals have a `scale`"));
    }
    Ok(kind)
}

/// Money is kept in pence, so a name that ends so means a hundred times the number.
fn decimal(declared: &ColumnToml) -> Result<Kind, Mistake> {
    let is_pence = declared.field.as_ref().is_some_and(|field| field.get_ref().ends_with("_pence"));
    match &declared.scale {
        Some(scale) if *scale.get_ref() == 0 => Err(mistake(scale, "a scale is at least 1")),
        Some(scale) => Ok(Kind::Scaled(*scale.get_ref())),
        None if is_pence => Ok(Kind::Scaled(100)),
        None => Ok(Kind::Decimal),
    }
}

fn role_fits_kind(declared: &ColumnToml, role: Option<Role>, kind: &Kind) -> Result<(), Mistake> {
    let (fits, what) = match role {
        Some(Role::BirthDate) => (
            matches!(kind, Kind::Date(_) | Kind::Month(_)),
            "a birth date is a `date` or a `month`",
        ),
        Some(Role::Age) => (*kind == Kind::Integer, "an age is an `integer`"),
        Some(Role::EventDate) => (
            matches!(kind, Kind::Date(_) | Kind::DateTime(_)),
            "an event date is a `date` or a `datetime`",
        ),
        Some(_) => (kind.is_text(), "a column with this role is a `text` or a `code`"),
        None => (true, ""),
    };
    if fits { Ok(()) } else { Err(mistake(&declared.name, what)) }
}

fn text_only(declared: &ColumnToml, kind: &Kind) -> Result<(), Mistake> {
    let place = declared.map.as_ref().map(Spanned::span);
    let place = place.or(declared.codes.as_ref().map(Spanned::span));
    match place.or(declared.pattern.as_ref().map(Spanned::span)) {
        Some(span) if !kind.is_text() => {
            Err((span, "only texts and codes have a `map`, `codes` or a `pattern`".to_owned()))
        }
        _ => Ok(()),
    }
}

type Codes = (CodeList, Option<Vec<Option<String>>>);

fn codes(declared: &ColumnToml, role: Option<Role>) -> Result<Codes, Mistake> {
    let is_sex = role == Some(Role::Sex);
    match (&declared.map, &declared.codes) {
        (Some(map), Some(_)) => Err(mistake(map, "a column has a `map` or `codes`, not both")),
        (Some(map), None) => {
            let strange = |to: &&String| is_sex && !to.is_empty() && !SEXES.contains(&to.as_str());
            if map.get_ref().values().any(|to| strange(&to)) {
                return Err(mistake(map, "sex maps to `female`, `male`, `other` or an empty text"));
            }
            let from = CodeList::new(map.get_ref().keys().cloned().collect());
            let to = map.get_ref().values().map(|to| (!to.is_empty()).then(|| to.clone()));
            Ok((from, Some(to.collect())))
        }
        (None, Some(codes)) if is_sex => Err(mistake(codes, "sex needs a `map`, not `codes`")),
        (None, None) if is_sex => Ok((CodeList::new(SEXES.map(String::from).to_vec()), None)),
        (None, Some(codes)) => Ok((CodeList::new(codes.get_ref().clone()), None)),
        (None, None) => Ok((CodeList::default(), None)),
    }
}

fn bounds(declared: &ColumnToml, kind: &Kind) -> Result<(Option<f64>, Option<f64>), Mistake> {
    let bound = |value: &Option<Spanned<toml::Value>>| {
        value.as_ref().map(|value| bound(value, kind)).transpose()
    };
    let (min, max) = (bound(&declared.min)?, bound(&declared.max)?);
    match (&declared.max, min, max) {
        (Some(at), Some(min), Some(max)) if min > max => Err(mistake(at, "`max` is below `min`")),
        _ => Ok((min, max)),
    }
}

fn bound(value: &Spanned<toml::Value>, kind: &Kind) -> Result<f64, Mistake> {
    let is_number = matches!(kind, Kind::Integer | Kind::Decimal | Kind::Scaled(_));
    let is_date = matches!(kind, Kind::Date(_) | Kind::DateTime(_) | Kind::Month(_));
    match value.get_ref() {
        toml::Value::Integer(n) if is_number => Ok(*n as f64),
        toml::Value::Float(n) if is_number && n.is_finite() => Ok(*n),
        toml::Value::Datetime(at) if is_date => at
            .date
            .and_then(|d| days_of(d.year.into(), d.month.into(), d.day.into()))
            .map(f64::from)
            .ok_or_else(|| mistake(value, "not a date")),
        _ => Err(mistake(value, "`min` and `max` are numbers for numbers, dates for dates")),
    }
}

fn rules(declared: &[RuleToml], columns: &[Column]) -> Result<Vec<DeclaredRule>, Mistake> {
    let mut rules: Vec<DeclaredRule> = Vec::new();
    for rule in declared {
        let name = rule.name.get_ref();
        if !is_snake_case(name) || rules.iter().any(|other| other.name == *name) {
            return Err(mistake(
                &rule.name,
                "a rule's name is lower case, digits and `_`, and its own",
            ));
        }
        let place_of = |name: &str| columns.iter().position(|c| c.rule_name() == Some(name));
        let comparison = comparison::read(rule.check.get_ref(), place_of)
            .map_err(|what| mistake(&rule.check, what))?;
        let (left, right) = (&columns[comparison.left].kind, &columns[comparison.right].kind);
        let is_time =
            |kind: &Kind| matches!(kind, Kind::Date(_) | Kind::DateTime(_) | Kind::Month(_));
        let is_number =
            |kind: &Kind| matches!(kind, Kind::Integer | Kind::Decimal | Kind::Scaled(_));
        let are_numbers = is_number(left) && is_number(right) && comparison.days == 0;
        let are_times = is_time(left) && is_time(right);
        if !(are_numbers || are_times) {
            return Err(mistake(
                &rule.check,
                "a rule compares two dates, or two numbers without days",
            ));
        }
        let severity = match rule.severity {
            SeverityToml::Refuse => Severity::Refuse,
            SeverityToml::Warn => Severity::Warn,
        };
        let text = rule.check.get_ref().clone();
        rules.push(DeclaredRule { name: name.clone(), text, severity, comparison });
    }
    Ok(rules)
}
