//! The files of a month, and how those of a feed follow on each other.

use super::calendar::{Day, month_label, month_start};

/// How a feed's files follow on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Each month comes twice; the second generation replaces the first, whole.
    Refresh,
    /// A full file, then changes: by key, the latest period's row holds, and a tombstone deletes.
    Delta,
    /// New rows only; nothing is ever replaced.
    Append,
    /// Each file covers a window of months: it makes void what earlier periods sent of events in
    /// the window, and of any key that it holds itself.
    Window,
    /// The whole list each month: it makes void all that earlier periods sent.
    Snapshot,
}

impl Scheme {
    /// That of a feed.
    pub(crate) fn of(feed: &str) -> Self {
        match feed {
            "apc" | "op" | "ecds" | "csds" | "mhsds" => Self::Refresh,
            "gp_event" | "gp_prescription" | "gp_appointment" => Self::Delta,
            "iapt" | "asc" => Self::Window,
            "gp_registration" => Self::Snapshot,
            _ => Self::Append,
        }
    }

    /// As the truth names it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Delta => "delta",
            Self::Append => "append",
            Self::Window => "window",
            Self::Snapshot => "snapshot",
        }
    }
}

/// A month's two generations.
pub(crate) fn generations(feed: &str) -> [&'static str; 2] {
    if matches!(feed, "csds" | "mhsds") { ["primary", "final"] } else { ["flex", "freeze"] }
}

/// One file of a month. Months count from the window's first, which is 0.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) feed: &'static str,
    pub(crate) provider: String,
    /// The period's last month.
    pub(crate) month: i32,
    pub(crate) generation: &'static str,
    /// Months that it covers, half-open; a file that is not about a window covers its own.
    pub(crate) covers: (i32, i32),
    /// The month in which it is due, and in which it arrives.
    pub(crate) due: i32,
    pub(crate) arrives: i32,
}

impl Delivery {
    /// What stands behind the provider in the file's name.
    pub(crate) fn period(&self, start: Day) -> String {
        let month = month_start(start, self.month.max(0) as u32);
        format!("{}_{}", month_label(month), self.generation)
    }
}
