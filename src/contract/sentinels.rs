//! Stand-ins for "not known".

use super::codes::CodeList;

/// Stand-ins for "not known" in a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sentinels {
    texts: CodeList,
    /// What a stand-in may begin with: `ZZ99` of `ZZ99*`.
    prefixes: Vec<String>,
    /// Days since 1970-01-01 that stand for no day.
    days: Vec<i32>,
}

impl Sentinels {
    /// From declared texts, of which those that end in `*` stand for all that begin so, and days.
    pub(super) fn new(declared: Vec<String>, days: Vec<i32>) -> Self {
        let (prefixes, texts): (Vec<_>, Vec<_>) =
            declared.into_iter().partition(|text| text.len() > 1 && text.ends_with('*'));
        let prefixes = prefixes.iter().map(|p| p.trim_end_matches('*').to_owned()).collect();
        Self { texts: CodeList::new(texts), prefixes, days }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.prefixes.is_empty() && self.days.is_empty()
    }

    /// The stand-ins as a contract writes them, days apart.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let starred = self.prefixes.iter().map(|prefix| format!("{prefix}*"));
        self.texts.entries().iter().cloned().chain(starred).collect()
    }

    /// The days that stand for no day, since 1970-01-01.
    #[must_use]
    pub fn days(&self) -> &[i32] {
        &self.days
    }

    /// Whether a cell is one, by its text.
    pub(super) fn has_text(&self, cell: &str) -> bool {
        self.texts.position(cell).is_some()
            || self.prefixes.iter().any(|prefix| {
                let start = cell.as_bytes().get(..prefix.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
            })
    }

    /// Whether cells are compared by their text at all.
    pub(super) fn has_texts(&self) -> bool {
        !self.texts.is_empty() || !self.prefixes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_end() {
        let list = ["ZZ99*", "NULL", "*"].map(String::from).to_vec();
        let sentinels = Sentinels::new(list, Vec::new());
        for cell in ["ZZ99 3VZ", "zz99", "NULL", "*"] {
            assert!(sentinels.has_text(cell), "{cell}");
        }
        for cell in ["ZZ9", "LS1 4AP", "Null", "AZZ99", "ZZ9é"] {
            assert!(!sentinels.has_text(cell), "{cell}");
        }
        assert_eq!(sentinels.texts(), ["NULL", "*", "ZZ99*"]);
    }
}
