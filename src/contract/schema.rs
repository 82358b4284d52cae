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
    /// Published figures have fixed columns of their own, none of which is about a person.
    #[must_use]
    pub fn record_schema(&self) -> SchemaRef {
        use DataType::{Boolean, Date32, Int32, Int64, Utf8};
        let own = self.columns.iter().filter_map(|column| {
            let name = column.field.as_deref()?;
            Some(Arc::new(Field::new(name, column.kind.data_type(), true)))
        });
        if self.kind.is_area() {
            let fields: Vec<_> = Self::area_fields().into_iter().chain(own).collect();
            return Arc::new(Schema::new(fields));
        }
        let types = [
            Int64, Utf8, Int64, Int64, Utf8, Utf8, Date32, Utf8, Int32, Int32, Utf8, Boolean, Int64,
        ];
        let fixed = FIXED_COLUMNS.into_iter().zip(types).enumerate();
        let fixed = fixed.map(|(i, (name, kind))| Arc::new(Field::new(name, kind, i >= 3)));
        Arc::new(Schema::new(fixed.chain(own).collect::<Vec<_>>()))
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
