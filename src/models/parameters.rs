//! Named values that models read as `$name`: the analysis date and the pipeline's settings.
//!
//! They are put into the syntax tree as typed literals before planning, so that
//! `$as_at - interval '1 year'` has a type, and text is never joined into SQL.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, TypedString, UnaryOperator, Value as SqlValue, ValueWithSpan, VisitMut,
    visit_expressions_mut,
};
use jiff::civil::Date;

use super::sql::placeholder;

/// A parameter's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A calendar date.
    Date(Date),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction; must be finite.
    Number(f64),
    /// A text.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

impl Value {
    /// The value as recipes and manifests hold it: its type, a colon, and an exact spelling.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Date(date) => format!("date:{date}"),
            Self::Integer(n) => format!("integer:{n}"),
            Self::Number(x) => format!("number:{x:?}"),
            Self::Text(text) => format!("text:{text}"),
            Self::Flag(flag) => format!("flag:{flag}"),
        }
    }

    /// The value that [`canonical`](Self::canonical) spells so.
    #[must_use]
    pub fn from_canonical(text: &str) -> Option<Self> {
        let (type_name, value) = text.split_once(':')?;
        match type_name {
            "date" => value.parse().ok().map(Self::Date),
            "integer" => value.parse().ok().map(Self::Integer),
            "number" => value.parse().ok().filter(|x: &f64| x.is_finite()).map(Self::Number),
            "text" => Some(Self::Text(value.to_owned())),
            "flag" => value.parse().ok().map(Self::Flag),
            _ => None,
        }
    }

    fn literal(&self) -> Expr {
        let number = |digits: String, negative: bool| {
            let number = Expr::value(SqlValue::Number(digits, false));
            if !negative {
                return number;
            }
            let minus = Expr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(number) };
            Expr::Nested(Box::new(minus))
        };
        match self {
            Self::Date(date) => Expr::TypedString(TypedString {
                data_type: DataType::Date,
                value: ValueWithSpan::from(SqlValue::SingleQuotedString(date.to_string())),
                uses_odbc_syntax: false,
            }),
            Self::Integer(n) => number(n.unsigned_abs().to_string(), *n < 0),
            Self::Number(x) => number(format!("{:?}", x.abs()), *x < 0.0),
            Self::Text(text) => Expr::value(SqlValue::SingleQuotedString(text.clone())),
            Self::Flag(flag) => Expr::value(SqlValue::Boolean(*flag)),
        }
    }
}

/// The parameters of a pipeline, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameters(BTreeMap<String, Value>);

impl Parameters {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These parameters and one more; an earlier value of that name is replaced.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: Value) -> Self {
        self.0.insert(name.into(), value);
        self
    }

    /// The settings of a TOML table: dates, integers, floats, texts and booleans, with their
    /// types. Nested tables and arrays are no parameters and are passed over.
    #[must_use]
    pub fn from_toml(table: &toml::Table) -> Self {
        let value = |value: &toml::Value| match value {
            toml::Value::String(text) => Some(Value::Text(text.clone())),
            toml::Value::Integer(n) => Some(Value::Integer(*n)),
            toml::Value::Float(x) if x.is_finite() => Some(Value::Number(*x)),
            toml::Value::Boolean(flag) => Some(Value::Flag(*flag)),
            toml::Value::Datetime(date) => date.to_string().parse().ok().map(Value::Date),
            _ => None,
        };
        Self(table.iter().filter_map(|(name, v)| Some((name.clone(), value(v)?))).collect())
    }

    /// Parameters from their canonical spellings, as manifests hold them; what is no canonical
    /// spelling is passed over.
    #[must_use]
    pub fn from_canonical(written: &BTreeMap<String, String>) -> Self {
        let values = written.iter();
        Self(
            values
                .filter_map(|(name, v)| Some((name.clone(), Value::from_canonical(v)?)))
                .collect(),
        )
    }

    /// Every parameter's canonical spelling, by name: what [`from_canonical`](Self::from_canonical)
    /// reads.
    #[must_use]
    pub fn to_canonical(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(name, value)| (name.clone(), value.canonical())).collect()
    }

    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Every parameter, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Puts the values in place of `$name`; unknown names stay.
    pub(crate) fn bind(&self, tree: &mut impl VisitMut) {
        let _ = visit_expressions_mut(tree, |expr: &mut Expr| {
            if let Some(value) = placeholder(expr).and_then(|name| self.get(name)) {
                *expr = value.literal();
            }
            ControlFlow::<()>::Continue(())
        });
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::civil::date;

    use super::*;
    use crate::models::sql::{parse_select, placeholders, tokenise};

    #[test]
    fn values_become_typed_literals() {
        let path = Path::new("m.sql");
        let text = "select $as_at - interval '1 year' as a, $n as b, $x as c, $t as d, $f as e, $other as g";
        let mut query =
            parse_select(path, text, tokenise(path, text).expect("tokens")).expect("select");
        let parameters = Parameters::new()
            .with("as_at", Value::Date(date(2026, 4, 1)))
            .with("n", Value::Integer(-5))
            .with("x", Value::Number(0.05))
            .with("t", Value::Text("it's; drop".to_owned()))
            .with("f", Value::Flag(true));
        parameters.bind(&mut query);
        let expected = "SELECT DATE '2026-04-01' - INTERVAL '1 year' AS a, (-5) AS b, 0.05 AS c, 'it''s; drop' AS d, true AS e, $other AS g";
        assert_eq!(query.to_string(), expected);
        assert_eq!(Vec::from_iter(placeholders(&query)), ["other"]);
    }

    #[test]
    fn toml_settings_keep_their_types() {
        let table: toml::Table =
            "as_at = 2026-04-01\nn = 8\nrate = 0.5\nname = \"Leeds\"\nopen = true\nlist = [1]"
                .parse()
                .expect("toml");
        let parameters = Parameters::from_toml(&table);
        let found: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", value.canonical()))
            .collect();
        assert_eq!(
            found,
            [
                "as_at=date:2026-04-01",
                "n=integer:8",
                "name=text:Leeds",
                "open=flag:true",
                "rate=number:0.5"
            ]
        );
        assert_eq!(Parameters::from_canonical(&parameters.to_canonical()), parameters);
    }
}
