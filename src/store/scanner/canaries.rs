//! Identifiers known to be in the input.

use jiff::civil::Date;

/// Identifiers to look for. Its `Debug` is blank, and nothing that is found is ever shown.
#[derive(Clone, Default)]
pub struct Canaries {
    /// NHS numbers, in any spelling of ten digits.
    pub nhs_numbers: Vec<String>,
    /// Family and given names.
    pub names: Vec<String>,
    /// Address lines: house and street, without the postcode.
    pub address_lines: Vec<String>,
    /// Full postcodes.
    pub postcodes: Vec<String>,
    /// Identifiers of a provider's own.
    pub local_ids: Vec<String>,
    /// Full dates of birth: only those that are the date of nothing else.
    pub birth_dates: Vec<Date>,
}

impl std::fmt::Debug for Canaries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canaries(..)")
    }
}
