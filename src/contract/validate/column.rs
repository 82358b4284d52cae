//! Whether one column says what it must.

use std::ops::Range;

use super::{Checking, Mistake, is_snake_case, mistake};
use crate::contract::code_file;
use crate::contract::codes::CodeList;
use crate::contract::column::{Alias, Column, Kind, Role};
use crate::contract::date_format::DateFormat;
use crate::contract::date_formats::{DateFormats, Reading};
use crate::contract::declaration::{AliasToml, CodesToml, ColumnToml, KindToml, SentinelsToml};
use crate::contract::normal::Normal;
use crate::contract::placed::Placed;
use crate::contract::scalar::Scalar;
use crate::contract::schema::FIXED_COLUMNS;
use crate::contract::sentinels::Sentinels;

/// What sex may be after the map.
const SEXES: [&str; 3] = ["female", "male", "other"];

impl Checking<'_> {
    /// One column; `defaults` are the stand-ins of its type.
    pub(super) fn column(
        &mut self,
        placed: &Placed<ColumnToml>,
        defaults: &SentinelsToml,
    ) -> Result<Column, Mistake> {
        let declared = placed.get_ref();
        let name = name(placed)?;
        let role = declared.role.as_ref().map(|role| *role.get_ref());
        let kind = kind(declared, &name)?;
        let field = field(declared, role, &name)?;
        role_fits_kind(declared, role, &kind)?;
        text_only(declared, &kind)?;
        if declared.derive.is_some() {
            derived_only(declared)?;
        }
        let (codes, targets) = self.codes(declared, role)?;
        let other = other(declared, &codes, targets.as_deref())?;
        let (min, max) = bounds(declared, &kind)?;
        check_filter(declared, &kind)?;
        let filter: Vec<String> =
            declared.filter.iter().flat_map(|f| f.get_ref().values().to_vec()).collect();
        let sentinels = sentinels(declared, defaults, &kind, &codes, &filter)?;
        Ok(Column {
            name: name.get_ref().clone(),
            aliases: declared.aliases.iter().flatten().map(|a| alias(a.get_ref())).collect(),
            description: declared.description.clone().unwrap_or_default(),
            field,
            role,
            kind,
            precision: None,
            required: declared.required == Some(true),
            is_dropped: declared.drop == Some(true),
            codes,
            targets,
            other,
            sentinels,
            normal: normal(declared)?,
            min,
            max,
            pattern: declared.pattern.as_ref().map(|pattern| *pattern.get_ref()),
            filter,
            derived: None,
        })
    }

    fn codes(&mut self, declared: &ColumnToml, role: Option<Role>) -> Result<Codes, Mistake> {
        let is_sex = role == Some(Role::Sex);
        match (&declared.map, &declared.codes) {
            (Some(map), Some(_)) => Err(mistake(map, "a column has a `map` or `codes`, not both")),
            (Some(map), None) => {
                let strange =
                    |to: &&String| is_sex && !to.is_empty() && !SEXES.contains(&to.as_str());
                if map.get_ref().values().any(|to| strange(&to)) {
                    let what = "sex maps to `female`, `male`, `other` or an empty text";
                    return Err(mistake(map, what));
                }
                let from = CodeList::new(map.get_ref().keys().cloned().collect());
                let to = map.get_ref().values().map(|to| (!to.is_empty()).then(|| to.clone()));
                Ok((from, Some(to.collect())))
            }
            (None, Some(codes)) if is_sex => Err(mistake(codes, "sex needs a `map`, not `codes`")),
            (None, None) if is_sex => Ok((CodeList::new(SEXES.map(String::from).to_vec()), None)),
            (None, Some(codes)) => match codes.get_ref() {
                CodesToml::List(list) => Ok((CodeList::new(list.clone()), None)),
                CodesToml::File(file) => {
                    let path = self.folder.join(&file.file);
                    let read = code_file::read(&path, &file.column);
                    let list = read.map_err(|what| mistake(codes, what))?;
                    self.appendix.push_str(&format!("\n# {} {}\n", file.file, file.column));
                    self.appendix.push_str(&list.join("\n"));
                    Ok((CodeList::new(list), None))
                }
            },
            (None, None) => Ok((CodeList::default(), None)),
        }
    }
}

/// The name in the header; of a derived column that in the record.
fn name(placed: &Placed<ColumnToml>) -> Result<Placed<String>, Mistake> {
    let declared = placed.get_ref();
    match (&declared.name, &declared.derive) {
        (Some(name), Some(_)) => {
            Err(mistake(name, "a derived column stands in no file: it has no `name`"))
        }
        (Some(name), None) => Ok(name.clone()),
        (None, Some(derive)) => declared
            .field
            .clone()
            .ok_or_else(|| mistake(derive, "a derived column needs an `as` name")),
        (None, None) => Err(mistake(placed, "a column needs a `name`, or `derive`")),
    }
}

fn alias(declared: &AliasToml) -> Alias {
    match declared {
        AliasToml::Name(name) => Alias { name: name.clone(), until: None },
        AliasToml::Until(alias) => {
            Alias { name: alias.name.clone(), until: Some(alias.until.clone()) }
        }
    }
}

/// The name in the record: needed by what reaches it, refused for what must not.
fn field(
    declared: &ColumnToml,
    role: Option<Role>,
    name: &Placed<String>,
) -> Result<Option<String>, Mistake> {
    let is_dropped = declared.drop == Some(true);
    if let (true, Some(filter)) = (is_dropped, &declared.filter) {
        return Err(mistake(filter, "a dropped column is not read, so it filters nothing"));
    }
    if is_dropped {
        return match (&declared.field, &declared.role) {
            (None, None) if declared.required != Some(true) => Ok(None),
            _ => Err(mistake(name, "a dropped column has no `as`, no role and is not required")),
        };
    }
    let is_kept = role.is_none_or(Role::is_kept);
    match &declared.field {
        None if is_kept => {
            Err(mistake(name, "a column needs an `as` name, a role or `drop = true`"))
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

fn kind(declared: &ColumnToml, name: &Placed<String>) -> Result<Kind, Mistake> {
    let formats = |fits: fn(&DateFormat) -> bool| formats(declared, name, fits);
    let is_partial = declared.partial.is_some();
    let has_day = if is_partial { DateFormat::has_year } else { DateFormat::has_day };
    let kind = match declared.kind.as_ref().map_or(KindToml::Text, |kind| *kind.get_ref()) {
        KindToml::Text => Kind::Text,
        KindToml::Code => Kind::Code,
        KindToml::Date => Kind::Date(formats(has_day)?),
        KindToml::DateTime => Kind::DateTime(formats(|f| f.has_day() && f.has_time())?),
        KindToml::Time => Kind::Time(formats(DateFormat::has_time)?),
        KindToml::Month => Kind::Month(formats(DateFormat::has_month)?),
        KindToml::Integer => Kind::Integer,
        KindToml::Decimal => decimal(declared)?,
        KindToml::Flag => Kind::Flag,
    };
    if let (Some(format), None) = (&declared.format, kind.formats()) {
        return Err(mistake(format, "only dates and times have a `format`"));
    }
    if let (Some(scale), false) = (&declared.scale, matches!(kind, Kind::Scaled(_))) {
        return Err(mistake(scale, "only decimals have a `scale`"));
    }
    let partly = declared.partial.as_ref().map(Placed::span);
    match partly.or(declared.precision.as_ref().map(Placed::span)) {
        Some(span) if !matches!(kind, Kind::Date(_)) => {
            Err((span, "only a `date` can lack its day".to_owned()))
        }
        Some(span) if declared.partial.is_none() => Err((
            span,
            "a `precision` needs `partial`: what a date without its day becomes".to_owned(),
        )),
        _ => Ok(kind),
    }
}

/// The formats of a column, of which no two read one text as different dates.
fn formats(
    declared: &ColumnToml,
    name: &Placed<String>,
    fits: fn(&DateFormat) -> bool,
) -> Result<DateFormats, Mistake> {
    let partial = declared.partial.as_ref().map(|partial| *partial.get_ref());
    let Some(placed) = &declared.format else {
        return match &declared.derive {
            Some(_) => Ok(DateFormats::default()),
            None => Err(mistake(name, "dates and times need a `format`")),
        };
    };
    let patterns = placed.get_ref().values();
    let read = |text: &String| DateFormat::read(text).filter(fits);
    let list: Option<Vec<DateFormat>> = patterns.iter().map(read).collect();
    let Some(list) = list.filter(|list| !list.is_empty()) else {
        let what =
            "not a format of this type: use %Y %m %b %d %H %M %S, %Z for UTC; or `excel`, `%s`";
        return Err(mistake(placed, what));
    };
    let formats = DateFormats::new(list, partial);
    let kind = declared.kind.as_ref().map_or(KindToml::Text, |kind| *kind.get_ref());
    let reading = match kind {
        KindToml::Time => Reading::Time,
        KindToml::Month => Reading::Month,
        KindToml::DateTime => Reading::DateTime,
        _ => Reading::Date,
    };
    match formats.ambiguity(reading) {
        Some((i, j, text)) => Err(mistake(
            placed,
            format!(
                "`{}` and `{}` read one text as different dates, such as `{text}`: \
                 name the format of each provider apart",
                patterns[i], patterns[j]
            ),
        )),
        None => Ok(formats),
    }
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
            matches!(kind, Kind::Date(_) | Kind::DateTime(_) | Kind::Month(_)),
            "an event date is a `date` or a `datetime`",
        ),
        Some(Role::Deleted) => {
            (declared.filter.is_some(), "a column that marks deletions has a `filter`")
        }
        Some(_) => (kind.is_text(), "a column with this role is a `text` or a `code`"),
        None => (true, ""),
    };
    match (&declared.role, fits) {
        (Some(role), false) => Err(mistake(role, what)),
        _ => Ok(()),
    }
}

fn text_only(declared: &ColumnToml, kind: &Kind) -> Result<(), Mistake> {
    fn at<T>(placed: &Option<Placed<T>>) -> Option<Range<usize>> {
        placed.as_ref().map(Placed::span)
    }
    let meaning = at(&declared.map).or(at(&declared.codes)).or(at(&declared.pattern));
    let form = at(&declared.case).or(at(&declared.strip)).or(at(&declared.strip_end));
    let form = form.or(at(&declared.pad)).or(at(&declared.whole)).or(at(&declared.other));
    match (meaning, form) {
        _ if kind.is_text() => Ok(()),
        (Some(span), _) => {
            Err((span, "only texts and codes have a `map`, `codes` or a `pattern`".to_owned()))
        }
        (None, Some(span)) => {
            Err((span, "only texts and codes are brought to one form".to_owned()))
        }
        (None, None) => Ok(()),
    }
}

/// What a computed column cannot have: nothing is read from a file.
fn derived_only(declared: &ColumnToml) -> Result<(), Mistake> {
    let ColumnToml { aliases, format, map, codes, min, max, pattern, filter, role, .. } = declared;
    let spans = [
        format.as_ref().map(Placed::span),
        map.as_ref().map(Placed::span),
        codes.as_ref().map(Placed::span),
        min.as_ref().or(max.as_ref()).map(Placed::span),
        pattern.as_ref().map(Placed::span),
        filter.as_ref().map(Placed::span),
        aliases.as_ref().and_then(|all| all.first()).map(Placed::span),
        role.as_ref().filter(|role| *role.get_ref() != Role::EventDate).map(Placed::span),
    ];
    match spans.into_iter().flatten().next() {
        Some(span) => {
            let what = "a derived column has `as`, `type`, `derive`, `required`, `description`, and \
                        no role but `event_date`";
            Err((span, what.to_owned()))
        }
        None => Ok(()),
    }
}

type Codes = (CodeList, Option<Vec<Option<String>>>);

/// Values that say "other": each is one that the column can have.
fn other(
    declared: &ColumnToml,
    codes: &CodeList,
    targets: Option<&[Option<String>]>,
) -> Result<CodeList, Mistake> {
    let Some(other) = &declared.other else { return Ok(CodeList::default()) };
    let is_value = |value: &String| match targets {
        Some(targets) => targets.iter().flatten().any(|target| target == value),
        None => codes.is_empty() || codes.entries().contains(value),
    };
    match other.get_ref().iter().all(is_value) {
        true => Ok(CodeList::new(other.get_ref().clone())),
        false => Err(mistake(other, "what is `other` is one of the valid values")),
    }
}

fn bounds(declared: &ColumnToml, kind: &Kind) -> Result<(Option<f64>, Option<f64>), Mistake> {
    let bound =
        |value: &Option<Placed<Scalar>>| value.as_ref().map(|value| bound(value, kind)).transpose();
    let (min, max) = (bound(&declared.min)?, bound(&declared.max)?);
    match (&declared.max, min, max) {
        (Some(at), Some(min), Some(max)) if min > max => Err(mistake(at, "`max` is below `min`")),
        _ => Ok((min, max)),
    }
}

fn bound(value: &Placed<Scalar>, kind: &Kind) -> Result<f64, Mistake> {
    let is_number = matches!(kind, Kind::Integer | Kind::Decimal | Kind::Scaled(_));
    let is_date = matches!(kind, Kind::Date(_) | Kind::DateTime(_) | Kind::Month(_));
    let number = value.get_ref().number().filter(|_| is_number);
    let day = value.get_ref().day().filter(|_| is_date).map(f64::from);
    let what = "`min` and `max` are numbers for numbers, dates for dates";
    number.or(day).ok_or_else(|| mistake(value, what))
}

fn check_filter(declared: &ColumnToml, kind: &Kind) -> Result<(), Mistake> {
    let Some(filter) = &declared.filter else { return Ok(()) };
    let values = filter.get_ref().values();
    let is_flag_value = |value: &String| matches!(value.as_str(), "true" | "false");
    if matches!(kind, Kind::Flag) && !values.iter().all(is_flag_value) {
        return Err(mistake(filter, "a flag is filtered by `true` or `false`"));
    }
    if !matches!(kind, Kind::Flag) && !kind.is_text() {
        return Err(mistake(filter, "only flags, texts and codes can be filtered"));
    }
    Ok(())
}

/// The column's own stand-ins, and those of its type by which it does not mean something else.
fn sentinels(
    declared: &ColumnToml,
    defaults: &SentinelsToml,
    kind: &Kind,
    codes: &CodeList,
    filter: &[String],
) -> Result<Sentinels, Mistake> {
    let mut texts = declared.sentinels.clone().unwrap_or_default();
    if declared.derive.is_some() {
        return Ok(Sentinels::default());
    }
    let is_number = matches!(kind, Kind::Integer | Kind::Decimal | Kind::Scaled(_));
    let of_text = defaults.text.iter().filter(|_| kind.is_text());
    let of_number = defaults.number.iter().filter(|_| is_number);
    for text in of_text.chain(of_number).chain(&defaults.any) {
        let is_meant = codes.entries().contains(text) || filter.contains(text);
        if !is_meant && !texts.contains(text) {
            texts.push(text.clone());
        }
    }
    let mut days = Vec::new();
    for placed in &defaults.date {
        let day = placed.get_ref().day();
        let day = day.ok_or_else(|| mistake(placed, "a date, without quotes: 1900-01-01"))?;
        match kind {
            Kind::Date(_) | Kind::DateTime(_) => days.push(day),
            Kind::Month(_) => days.extend(crate::contract::calendar::first_of_month(day)),
            _ => {}
        }
    }
    Ok(Sentinels::new(texts, days))
}

fn normal(declared: &ColumnToml) -> Result<Normal, Mistake> {
    if let Some(pad) = declared.pad.as_ref().filter(|pad| !(2..=30).contains(pad.get_ref())) {
        return Err(mistake(pad, "a code is padded to 2 to 30 digits"));
    }
    let text = |placed: &Option<Placed<String>>| {
        placed.as_ref().map(|text| text.get_ref().clone()).unwrap_or_default()
    };
    Ok(Normal {
        case: declared.case.as_ref().map(|case| *case.get_ref()),
        strip: text(&declared.strip),
        strip_end: text(&declared.strip_end),
        pad: declared.pad.as_ref().map_or(0, |pad| usize::from(*pad.get_ref())),
        is_whole: declared.whole.as_ref().is_some_and(|whole| *whole.get_ref()),
    })
}

/// The column that says how much of a date is known.
pub(super) fn precision(
    declared: &ColumnToml,
    columns: &[Column],
) -> Result<Option<usize>, Mistake> {
    let Some(placed) = &declared.precision else { return Ok(None) };
    let name = placed.get_ref();
    let is_it = |column: &Column| column.name == *name && column.kind.is_text();
    match columns.iter().position(|column| is_it(column) && !column.is_dropped) {
        Some(place) => Ok(Some(place)),
        None => Err(mistake(placed, format!("`{name}` is the `name` of no text column"))),
    }
}
