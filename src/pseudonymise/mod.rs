//! Turns identifiers into keyed pseudonyms: the last place where an identifier or a key exists.
//!
//! Everything about a person that leaves this module is an HMAC-SHA256 under a key that HKDF derives
//! for one use, or is coarse (month of birth, completed years, small area). Nothing here reads a feed, writes a
//! file or prints; no error, `Debug` or `Display` carries an identifier or a byte of a key.

mod address;
mod age;
mod encoder;
mod error;
mod field_key;
mod filter;
mod filter_table;
mod former_names;
mod house;
mod identity;
mod issuer;
mod list_key;
mod master_key;
mod memo;
mod name;
mod nicknames;
mod open_pseudonymiser;
mod places;
mod policy;
mod postcode;
mod row_key;
mod sealed;
mod source_key;
mod tombstones;

pub use age::{AgeAtEvent, age_at_event, age_by_month, day_or_month, fits_month, stated_age};
pub use encoder::{Encoded, Encoder, Identifiers, NumberFault, Values};
pub use error::KeyError;
pub use field_key::FieldKey;
pub use filter::{Filter, FilterBits, FilterField};
pub use filter_table::{filter_batch, filter_schema, filtered_rows};
pub use identity::{Tokens, identity_schema};
pub use issuer::Issuer;
pub use list_key::ListKey;
pub use master_key::{MasterKey, read_secret_key};
pub use memo::{AsItIs, Fingerprint, Fingerprinter, Memo, Remembered};
pub use nicknames::Nicknames;
pub use open_pseudonymiser::OpenPseudonymiser;
pub use places::{Place, Places, is_lsoa_code};
pub use policy::{ForbiddenNumber, NumberPolicy};
pub use postcode::is_postcode_malformed;
pub use row_key::RowKey;
pub use sealed::{SealError, open_sealed, seal};
pub use source_key::{Source, SourceKey};
