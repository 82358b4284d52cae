//! What an expression is made of, and of which types.

use arrow::datatypes::{DataType, TimeUnit};

use crate::contract::codes::CodeList;
use crate::contract::column::Kind;

/// The type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::contract) enum Type {
    Text,
    Whole,
    Decimal,
    Date,
    DateTime,
    Flag,
    /// `null` alone, which is of any type.
    Null,
}

impl Type {
    /// In words, for a message.
    pub(in crate::contract) fn in_words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Whole => "a whole number",
            Self::Decimal => "a decimal number",
            Self::Date => "a date",
            Self::DateTime => "a date and time",
            Self::Flag => "a yes or no",
            Self::Null => "null",
        }
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Whole | Self::Decimal)
    }

    pub(super) fn is_day(self) -> bool {
        matches!(self, Self::Date | Self::DateTime)
    }

    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Whole => DataType::Int64,
            Self::Decimal => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::DateTime => DataType::Timestamp(TimeUnit::Second, None),
            Self::Flag | Self::Null => DataType::Boolean,
        }
    }
}

impl From<&Kind> for Type {
    fn from(kind: &Kind) -> Self {
        match kind {
            // A time of day is `HH:MM`, which compares as a text does.
            Kind::Text | Kind::Code | Kind::Time(_) => Self::Text,
            Kind::Date(_) | Kind::Month(_) => Self::Date,
            Kind::DateTime(_) => Self::DateTime,
            Kind::Integer | Kind::Scaled(_) => Self::Whole,
            Kind::Decimal => Self::Decimal,
            Kind::Flag => Self::Flag,
        }
    }
}

/// The names that an expression may use.
pub(in crate::contract) struct Scope<'a> {
    /// Name, place in the contract and type of each column.
    pub(in crate::contract) columns: Vec<(&'a str, usize, Type)>,
    /// What is said about a name that is a column and may not be used here.
    pub(in crate::contract) refused: Vec<(&'a str, &'static str)>,
}

/// How two values must compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// What is done with two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// A value that stands in the text of the expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Whole(i64),
    Decimal(f64),
    Date(i32),
    Flag(bool),
    Null(Type),
}

/// Members of an `in (…)`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Members {
    Texts(CodeList),
    Wholes(Vec<i64>),
    Decimals(Vec<f64>),
    Days(Vec<i32>),
}

/// What a function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Length,
    Lower,
    Upper,
    Trim,
    Left,
    Right,
    Substring,
    Concat,
    Text,
    Number,
    IsNhsNumber,
    NhsNumberClass,
    DaysBetween,
    MinutesBetween,
    Year,
    Month,
    Day,
    Absolute,
}

/// An expression, typed: what each part is made from is of the type that it needs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Column(usize, Type),
    /// The day on which the file was delivered.
    Delivered,
    Literal(Literal),
    ToDay(Box<Node>),
    ToDecimal(Box<Node>),
    Compare(Operator, Box<Node>, Box<Node>),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    IsNull(Box<Node>),
    OneOf(Box<Node>, Members),
    /// An anchored regular expression.
    Matches(Box<Node>, String),
    Arithmetic(Arithmetic, Type, Box<Node>, Box<Node>),
    /// Days added to a date, or seconds to a date and time.
    Shift(i64, Box<Node>),
    Call(Function, Vec<Node>),
    /// The first value whose condition is true.
    Choose(Vec<(Node, Node)>, Box<Node>, Type),
    /// The first value that is known.
    Coalesce(Vec<Node>, Type),
}
