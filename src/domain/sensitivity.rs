//! How closely a table points at people.

use serde::{Deserialize, Serialize};

/// From what may leave to what may not be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    /// Disclosure control has passed it.
    Released,
    /// Counts that have not been suppressed.
    Aggregate,
    /// Pseudonymised rows about persons.
    Person,
    /// Extracts as providers send them; never stored.
    Identifiable,
}

impl Sensitivity {
    /// The level as headers and manifests write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Aggregate => "aggregate",
            Self::Person => "person",
            Self::Identifiable => "identifiable",
        }
    }
}

impl std::fmt::Display for Sensitivity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
