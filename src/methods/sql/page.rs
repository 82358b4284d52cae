//! What a SQL function is called, takes, gives and stands on: the one place its types, its
//! documentation and the reference page are made from.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::datatypes::TimeUnit::Microsecond;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{DocSection, Documentation};

/// What an argument holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Float64, from any number or flag.
    Number,
    /// Int64, from integers only: a fraction is not cut.
    Integer,
    /// Utf8.
    Text,
    /// Boolean, or 0 and 1.
    Flag,
    /// A month as any date in it, or a running number.
    Period,
    /// A date, time, integer or text: what rows are ordered or grouped by.
    Key,
    /// List of Float64.
    Numbers,
    /// List of Utf8.
    Texts,
}

/// What a result, or a field of one, holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Number,
    Integer,
    Text,
    Flag,
    Numbers,
    Integers,
    Record(&'static [Output]),
    Records(&'static [Output]),
}

/// One argument of a function.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
}

/// One field of a result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) about: &'static str,
}

/// All there is to know about a function from outside.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) formula: &'static str,
    pub(crate) source: &'static str,
    pub(crate) inputs: &'static [Input],
    /// How many of the inputs must be given; the rest have defaults.
    pub(crate) n_required: usize,
    pub(crate) result: Shape,
    /// A query that needs no table; numbers that are not exact are rounded in it.
    pub(crate) example: &'static str,
}

/// The fields of limits, in the order that every result has them.
pub(crate) const LOWER_95: Output = output("lower_95", Shape::Number, "lower 95 % limit");
pub(crate) const UPPER_95: Output = output("upper_95", Shape::Number, "upper 95 % limit");
pub(crate) const LOWER_998: Output = output("lower_998", Shape::Number, "lower 99.8 % limit");
pub(crate) const UPPER_998: Output = output("upper_998", Shape::Number, "upper 99.8 % limit");
pub(crate) const LOWER: Output = output("lower", Shape::Number, "lower limit at `confidence`");
pub(crate) const UPPER: Output = output("upper", Shape::Number, "upper limit at `confidence`");
pub(crate) const METHOD: Output = output("method", Shape::Text, "the method that made it");
pub(crate) const WHY: Output = output("reason", Shape::Text, "why something is missing, else null");
/// The argument that asks for limits at another confidence.
pub(crate) const CONFIDENCE: Input = input(
    "confidence",
    Kind::Number,
    "of `lower` and `upper`, in per cent: 90 to below 100; 95 unless given",
);

pub(crate) const fn input(name: &'static str, kind: Kind, about: &'static str) -> Input {
    Input { name, kind, about }
}

pub(crate) const fn output(name: &'static str, shape: Shape, about: &'static str) -> Output {
    Output { name, shape, about }
}

/// The fields of an estimate, in the order of `estimate_record`: the value, its limits, what stands
/// `between`, method and reason; nine more than stand between.
pub(crate) const fn estimate_of<const BETWEEN: usize, const ALL: usize>(
    value: &'static str,
    between: [Output; BETWEEN],
) -> [Output; ALL] {
    let limits = [LOWER_95, UPPER_95, LOWER_998, UPPER_998, LOWER, UPPER];
    let mut fields = [output("value", Shape::Number, value); ALL];
    let mut at = 0;
    while at < limits.len() {
        fields[1 + at] = limits[at];
        at += 1;
    }
    at = 0;
    while at < BETWEEN {
        fields[1 + limits.len() + at] = between[at];
        at += 1;
    }
    fields[ALL - 2] = METHOD;
    fields[ALL - 1] = WHY;
    assert!(ALL == BETWEEN + 9, "so many fields has the estimate");
    fields
}

impl Shape {
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Number => DataType::Float64,
            Self::Integer => DataType::Int64,
            Self::Text => DataType::Utf8,
            Self::Flag => DataType::Boolean,
            Self::Numbers => DataType::new_list(DataType::Float64, true),
            Self::Integers => DataType::new_list(DataType::Int64, true),
            Self::Record(outputs) => DataType::Struct(fields(outputs)),
            Self::Records(outputs) => DataType::new_list(DataType::Struct(fields(outputs)), true),
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Flag => "flag",
            Self::Numbers => "list of numbers",
            Self::Integers => "list of integers",
            Self::Record(_) => "struct",
            Self::Records(_) => "list of structs",
        }
    }
}

/// The Arrow fields of a result's columns; every one may be null.
pub(crate) fn fields(outputs: &[Output]) -> Fields {
    let field = |output: &Output| Field::new(output.name, output.shape.data_type(), true);
    outputs.iter().map(|output| Arc::new(field(output))).collect()
}

impl Kind {
    /// The type that an argument of type `from` is cast to; `None` when it does not fit.
    fn coerced(self, from: &DataType) -> Option<DataType> {
        use DataType::{Boolean, Date32, Date64, Float64, Int64, Null, Timestamp, Utf8};
        let is_text = |of: &DataType| of.is_string() || of.is_null();
        let is_number = |of: &DataType| of.is_numeric() || matches!(of, Boolean | Null);
        let element = match from {
            DataType::List(field)
            | DataType::LargeList(field)
            | DataType::ListView(field)
            | DataType::FixedSizeList(field, _) => Some(field.data_type().clone()),
            Null => Some(Null),
            _ => None,
        };
        match self {
            Self::Number => is_number(from).then_some(Float64),
            Self::Integer => (from.is_integer() || from.is_null()).then_some(Int64),
            Self::Text => (is_text(from) || from.is_integer()).then_some(Utf8),
            Self::Flag => (from.is_integer() || matches!(from, Boolean | Null)).then_some(Boolean),
            Self::Period if from.is_integer() => Some(Int64),
            Self::Period => {
                matches!(from, Date32 | Date64 | Timestamp(..) | Null).then_some(Date32)
            }
            Self::Key if from.is_integer() => Some(Int64),
            Self::Key if is_text(from) => Some(Utf8),
            Self::Key => match from {
                Date32 => Some(Date32),
                Date64 | Timestamp(..) => Some(Timestamp(Microsecond, None)),
                _ => None,
            },
            Self::Numbers => is_number(&element?).then(|| DataType::new_list(Float64, true)),
            Self::Texts => is_text(&element?).then(|| DataType::new_list(Utf8, true)),
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Flag => "flag",
            Self::Period => "date or integer",
            Self::Key => "date, time, integer or text",
            Self::Numbers => "list of numbers",
            Self::Texts => "list of texts",
        }
    }
}

impl Page {
    /// The types that arguments of these types are cast to.
    ///
    /// # Errors
    /// When there are too few or too many, or one does not fit.
    pub(crate) fn coerce(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        if !(self.n_required..=self.inputs.len()).contains(&given.len()) {
            return plan_err!("{}: takes {}, {} given", self.name, self.call(), given.len());
        }
        let mut coerced = Vec::with_capacity(given.len());
        for (input, from) in self.inputs.iter().zip(given) {
            match input.kind.coerced(from) {
                Some(to) => coerced.push(to),
                None => {
                    let wanted = input.kind.label();
                    return plan_err!(
                        "{}: argument `{}` takes {wanted}, {from} given",
                        self.name,
                        input.name
                    );
                }
            }
        }
        Ok(coerced)
    }

    /// How the function is called: `name(a, b [, c])`.
    pub(crate) fn call(&self) -> String {
        let mut call = format!("{}(", self.name);
        for (at, input) in self.inputs.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            if at >= self.n_required {
                let space = if at > 0 { " " } else { "" };
                let _ = write!(call, "{space}[{comma}{}]", input.name);
            } else {
                let _ = write!(call, "{comma}{}", input.name);
            }
        }
        call.push(')');
        call
    }

    pub(crate) fn documentation(&self) -> Documentation {
        let section = DocSection { include: true, label: "Methods", description: None };
        let about = format!("{}\n\n{}\n\nSource: {}", self.summary, self.formula, self.source);
        let mut builder = Documentation::builder(section, about, self.call())
            .with_sql_example(format!("```sql\n{}\n```", self.example));
        for input in self.inputs {
            builder = builder.with_argument(input.name, input.about);
        }
        builder.build()
    }

    /// The function's part of the reference page; `answer` runs its example.
    pub(crate) fn markdown(&self, answer: &dyn Fn(&str) -> String) -> String {
        let mut page = format!("### `{}`\n\n{}\n\n", self.call(), self.summary);
        if !self.formula.is_empty() {
            let _ = write!(page, "Formula: {}\n\n", self.formula);
        }
        let _ = write!(page, "Source: {}\n\n", self.source);
        page.push_str("| argument | type | meaning |\n|---|---|---|\n");
        for input in self.inputs {
            let _ =
                writeln!(page, "| `{}` | {} | {} |", input.name, input.kind.label(), input.about);
        }
        page.push('\n');
        match self.result {
            Shape::Record(outputs) => {
                page.push_str("| field of the result | type | meaning |\n|---|---|---|\n");
                rows_of(outputs, "", &mut page);
            }
            shape => {
                let _ = writeln!(page, "Gives a {}.", shape.label());
            }
        }
        let answer = answer(self.example);
        let _ = write!(page, "\n```sql\n{}\n```\n\n```text\n{answer}\n```\n", self.example);
        page
    }
}

fn rows_of(outputs: &[Output], prefix: &str, page: &mut String) {
    for Output { name, shape, about } in outputs {
        let _ = writeln!(page, "| `{prefix}{name}` | {} | {about} |", shape.label());
        if let Shape::Record(inner) | Shape::Records(inner) = shape {
            rows_of(inner, &format!("{prefix}{name}."), page);
        }
    }
}
