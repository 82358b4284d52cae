//! Why a city could not be written.

use crate::store::StoreError;

/// Why a city could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The window is shorter than a quarter, or the city smaller than its care homes need.
    #[error("{setting}: {n} is too few, at least {least}")]
    TooFew {
        /// The setting.
        setting: &'static str,
        /// What was asked for.
        n: u32,
        /// The least that works.
        least: u32,
    },
    /// There are not enough invented postcodes for so many people.
    #[error("people: {n} is too many, at most {most}: postcodes run out")]
    TooMany {
        /// What was asked for.
        n: u32,
        /// The most that works.
        most: u32,
    },
    /// No defect has that name.
    #[error("defects: no defect `{defect}`; `truth/defects.csv` and the help list them")]
    NoSuchDefect {
        /// What was asked for.
        defect: String,
    },
    /// A defect's rate is not a share.
    #[error("defects: `{defect}` needs a rate from 0 to 1")]
    Rate {
        /// The defect.
        defect: String,
    },
    /// Another thread could not go on.
    #[error("another part of the city could not be written")]
    Stopped,
    /// A contract's columns are not what this feed writes.
    #[error("{feed}: the contract's columns are not those that the synthetic city writes")]
    Contract {
        /// The feed.
        feed: &'static str,
    },
    /// A file could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Bytes could not be packed or laid out.
    #[error("cannot lay out a file: {0}")]
    Layout(#[from] std::io::Error),
    /// A row could not be laid out.
    #[error("cannot lay out a row: {0}")]
    Row(#[from] csv::Error),
}
