//! Rule packs: thresholds and rounding, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Who may see what a rule pack lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Staff of the hub, inside.
    Inside,
    /// Anybody.
    Public,
}

/// How counts that are shown are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rounding {
    /// Shown as they are.
    None,
    /// To the nearest multiple, halves up.
    Nearest(i64),
    /// To the middle of the run of so many that holds it: `ceil(x / n) * n - n / 2`, and 0 stays 0.
    Midpoint(i64),
}

impl Rounding {
    /// The rounded count; `n` is not negative.
    #[must_use]
    pub fn round(self, n: i64) -> i64 {
        match self {
            Self::Nearest(to) if to > 1 => n.saturating_add(to / 2) / to * to,
            Self::Midpoint(run) if run > 1 && n > 0 => (n - 1) / run * run + run - run / 2,
            _ => n,
        }
    }

    /// The distance between two neighbouring rounded counts; 1 if nothing is rounded.
    #[must_use]
    pub fn unit(self) -> i64 {
        match self {
            Self::None => 1,
            Self::Nearest(to) | Self::Midpoint(to) => to.max(1),
        }
    }
}

/// The rules that a release follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePack {
    /// Its name: the table's key in the data, filled in when it is read.
    #[serde(default)]
    pub name: String,
    /// The rules in one line, for readers of a release.
    pub summary: String,
    /// Whose rules they are.
    pub source: String,
    /// Who may see what passes.
    pub audience: Audience,
    /// Counts from 1 to this are hidden; 0 hides none.
    pub hide_up_to: i64,
    /// Whether 0 is hidden too.
    pub hide_zero: bool,
    /// How the rest is rounded.
    pub rounding: Rounding,
    /// How many neighbouring numerators must fit into one step of a rate; 0 rounds no rate.
    pub numerators_per_step: u32,
}

impl RulePack {
    /// The pack of that name among the built-in ones.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let mut packs: BTreeMap<String, Self> = toml::from_str(include_str!("packs.toml"))
            .expect("the built-in packs are read by a test");
        packs.remove(name).map(|pack| Self { name: name.to_owned(), ..pack })
    }

    /// The default for the public: 0 shown, 1 to 7 hidden, the rest to the nearest 5.
    #[must_use]
    pub fn hes() -> Self {
        Self::named("hes").expect("the built-in packs are read by a test")
    }

    /// Whether a count of persons or events is too small to show.
    #[must_use]
    pub fn hides(&self, n: i64) -> bool {
        if n == 0 { self.hide_zero } else { (1..=self.hide_up_to).contains(&n) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_pack_is_read() {
        for name in ["hes", "opensafely", "midpoint6", "internal"] {
            assert_eq!(RulePack::named(name).expect("built in").name, name);
        }
        assert_eq!(RulePack::named("none of these"), None);
        assert_eq!(RulePack::hes().hide_up_to, 7);
    }

    #[test]
    fn counts_are_rounded_to_the_nearest_five() {
        let five = Rounding::Nearest(5);
        let pairs = [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (12, 10), (13, 15), (100, 100)];
        for (n, rounded) in pairs {
            assert_eq!(five.round(n), rounded);
        }
    }

    #[test]
    fn midpoint_six_follows_its_formula() {
        // ceil(x / 6) * 6 - 3 for x > 0, as its authors give it.
        for n in 1..200_i64 {
            assert_eq!(Rounding::Midpoint(6).round(n), (n + 5) / 6 * 6 - 3);
        }
        assert_eq!(Rounding::Midpoint(6).round(0), 0);
    }

    #[test]
    fn only_the_strict_pack_hides_zero() {
        assert!(!RulePack::hes().hides(0));
        assert!(RulePack::named("opensafely").expect("built in").hides(0));
        for n in 1..=7 {
            assert!(RulePack::hes().hides(n));
        }
        assert!(!RulePack::hes().hides(8));
    }
}
