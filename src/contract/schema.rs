//! The columns of `record.<feed>`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::column::Kind;
use super::contract_file::Contract;

/// The columns that every record begins with.
pub const FIXED_COLUMNS: [&str; 13] = [
    "record_id",
    "delivery",
    "line",
    "identity_id",
    "provider_code",
    "nhs_number_class",
    "birth_month",
    "sex",
    "age_at_event",
    "age_days_at_event",
    "lsoa_code",
    "is_resident",
    "household",
];

impl Contract {
    /// The columns of the feed's records: the fixed ones, then every column that is no identifier.
    #[must_use]
    pub fn record_schema(&self) -> SchemaRef {
        use DataType::{Boolean, Date32, Int32, Int64, Utf8};
        let types = [
            Int64, Utf8, Int64, Int64, Utf8, Utf8, Date32, Utf8, Int32, Int32, Utf8, Boolean, Int64,
        ];
        let fixed = FIXED_COLUMNS.into_iter().zip(types).enumerate();
        let mut fields: Vec<Field> =
            fixed.map(|(i, (name, kind))| Field::new(name, kind, i >= 3)).collect();
        fields.extend(self.columns.iter().filter_map(|column| {
            let name = column.field.as_deref()?;
            Some(Field::new(name, column.kind.data_type(), true))
        }));
        Arc::new(Schema::new(fields))
    }
}

impl Kind {
    /// The Arrow type of the column's cells.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Text | Self::Code | Self::Time(_) => DataType::Utf8,
            Self::Date(_) | Self::Month(_) => DataType::Date32,
            Self::DateTime(_) => DataType::Timestamp(TimeUnit::Second, None),
            Self::Integer | Self::Scaled(_) => DataType::Int64,
            Self::Decimal => DataType::Float64,
            Self::Flag => DataType::Boolean,
        }
    }
}
