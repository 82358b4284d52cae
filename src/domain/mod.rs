//! The nouns of health and care data, without I/O.
//!
//! Nothing here reads a file, makes a key or keeps state: every other module may depend on this
//! one, and this one depends on none.

mod age_band;
mod dates;
mod nhs_number;
mod period;
mod postcode_shape;
mod sensitivity;
mod short_text;
mod uk_clock;
mod zone_key;

pub use age_band::{ESP2013_BANDS, age_band};
pub use dates::{completed_years, days_between, days_since_epoch, from_days_since_epoch, month_of};
pub use nhs_number::{NhsNumber, NhsNumberClass, NhsNumberFault};
pub use period::Period;
pub use postcode_shape::{POSTCODE_LENGTH, PostcodeShape};
pub use sensitivity::Sensitivity;
pub use short_text::{mixed_hash, text_ends, text_hash};
pub use uk_clock::uk_local_seconds;
pub use zone_key::ZoneKey;
