//! Whether linkage got worse since the run before: by the nightly trial, and by how much is linked.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::report::FeedCounts;
use super::unnumbered::Trial;

/// From where a fall is told.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drift {
    /// Percentage points by which precision or recall of the trial must fall, besides falling below
    /// the lower limit of the run before, or the share that carries too little must rise.
    pub trial_points: f64,
    /// Percentage points by which the share of a feed's records that are linked must fall.
    pub linked_points: f64,
}

impl Default for Drift {
    fn default() -> Self {
        Self { trial_points: 1.0, linked_points: 2.0 }
    }
}

impl Drift {
    /// What is wrong with the settings.
    ///
    /// # Errors
    /// In words.
    pub fn check(&self) -> Result<(), String> {
        let is_points = |points: f64| (0.0..=100.0).contains(&points);
        match is_points(self.trial_points) && is_points(self.linked_points) {
            true => Ok(()),
            false => Err("points are from 0 to 100".to_owned()),
        }
    }
}

/// What the trial says of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupTrial {
    /// What the group is a group of.
    pub dimension: String,
    /// The group.
    pub category: String,
    /// Identities in the trial.
    pub n_identities: i64,
    /// Of these, too little was left to link.
    pub n_too_little_data: i64,
    /// Precision and recall.
    pub trial: Trial,
}

/// Groups of whom fewer were judged say nothing.
const FEWEST: i64 = 30;

impl GroupTrial {
    fn has_enough(&self) -> bool {
        self.n_identities - self.n_too_little_data >= FEWEST
    }

    fn too_little_share(&self) -> Option<f64> {
        (self.n_identities >= FEWEST)
            .then(|| self.n_too_little_data as f64 / self.n_identities as f64)
    }
}

/// How good linkage was in one run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Marks {
    /// The trial, by group.
    pub groups: Vec<GroupTrial>,
    /// The feeds.
    pub feeds: Vec<FeedCounts>,
}

/// A mark that fell, or rose where that is worse.
#[derive(Debug, Clone, PartialEq)]
pub struct Fall {
    /// What the group is a group of; `feed` for a share that is linked.
    pub dimension: String,
    /// The group.
    pub category: String,
    /// What fell or rose.
    pub mark: &'static str,
    /// What it was, and is.
    pub shares: [f64; 2],
}

impl fmt::Display for Fall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [before, now] = self.shares.map(|share| share * 100.0);
        let verb = if now > before { "rose" } else { "fell" };
        let (mark, dimension, category) = (self.mark, &self.dimension, &self.category);
        match dimension.as_str() {
            "all" => write!(f, "{mark} {verb} from {before:.1} % to {now:.1} %: all"),
            "feed" | "provider_code" => {
                write!(f, "{mark} {verb} from {before:.1} % to {now:.1} %: {dimension} {category}")
            }
            // Shares of people are for protected tables alone.
            _ => write!(f, "{mark} {verb}: {dimension} {category}"),
        }
    }
}

/// What fell from one run to the next, in the order of the later one's groups and feeds.
#[must_use]
pub fn falls(before: &Marks, now: &Marks, drift: Drift) -> Vec<Fall> {
    let mut falls = Vec::new();
    for group in &now.groups {
        let is_it = |one: &&GroupTrial| {
            (&one.dimension, &one.category) == (&group.dimension, &group.category)
        };
        let Some(former) = before.groups.iter().find(is_it) else { continue };
        falls.extend(more_too_little(former, group, drift));
        if !former.has_enough() || !group.has_enough() {
            continue;
        }
        let marks = [
            ("precision of the trial", former.trial.precision, group.trial.precision),
            ("recall of the trial", former.trial.recall, group.trial.recall),
        ];
        for (mark, former, current) in marks {
            let (Some([was, lower, _]), Some([is, ..])) = (former, current) else { continue };
            if is < lower && was - is >= drift.trial_points / 100.0 {
                let (dimension, category) = (group.dimension.clone(), group.category.clone());
                falls.push(Fall { dimension, category, mark, shares: [was, is] });
            }
        }
    }
    for feed in &now.feeds {
        let former = before.feeds.iter().find(|one| one.feed == feed.feed);
        let former = former.and_then(FeedCounts::linked_share);
        let (Some(was), Some(is)) = (former, feed.linked_share()) else { continue };
        if was - is >= drift.linked_points / 100.0 && was > is {
            falls.push(Fall {
                dimension: "feed".to_owned(),
                category: feed.feed.clone(),
                mark: "the share that is linked",
                shares: [was, is],
            });
        }
    }
    falls
}

/// The share of a group that carries too little to be linked, if it rose.
fn more_too_little(former: &GroupTrial, group: &GroupTrial, drift: Drift) -> Option<Fall> {
    let (was, is) = (former.too_little_share()?, group.too_little_share()?);
    (is - was > drift.trial_points / 100.0).then(|| Fall {
        dimension: group.dimension.clone(),
        category: group.category.clone(),
        mark: "the share of the trial with too little data",
        shares: [was, is],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(precision: [f64; 3], recall: Option<[f64; 3]>, n_linked: u64) -> Marks {
        let trial = Trial { precision: Some(precision), recall };
        let (dimension, category) = ("sex".to_owned(), "female".to_owned());
        let feed = FeedCounts {
            feed: "apc".to_owned(),
            n_records: 1_000,
            records_by_status: [("match".to_owned(), n_linked)].into(),
            ..FeedCounts::default()
        };
        let (n_identities, n_too_little_data) = (100, 0);
        let group = GroupTrial { dimension, category, n_identities, n_too_little_data, trial };
        Marks { groups: vec![group], feeds: vec![feed] }
    }

    /// What falls, in words.
    fn check(now: &Marks, expected: &[&str]) {
        let before = marks([0.99, 0.98, 1.0], Some([0.95, 0.91, 0.98]), 900);
        let found: Vec<String> =
            falls(&before, now, Drift::default()).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_fall_is_told_beyond_the_limits_and_by_as_many_points_as_are_declared() {
        check(&marks([0.99, 0.98, 1.0], Some([0.95, 0.91, 0.98]), 900), &[]);
        check(&marks([0.985, 0.97, 1.0], Some([0.92, 0.87, 0.95]), 881), &[]);
        check(&marks([0.999, 0.99, 1.0], None, 950), &[]);
        check(
            &marks([0.975, 0.96, 0.99], Some([0.90, 0.85, 0.94]), 880),
            &[
                "precision of the trial fell: sex female",
                "recall of the trial fell: sex female",
                "the share that is linked fell from 90.0 % to 88.0 %: feed apc",
            ],
        );
        assert_eq!(falls(&Marks::default(), &marks([0.5; 3], None, 0), Drift::default()), []);
    }

    /// Tonight against the night before, each with its group's dimension and how many were judged and not.
    fn of_group(dimension: &str, nights: [(i64, i64); 2], precision: f64) -> Vec<String> {
        let night = |(n_judged, n_too_little_data): (i64, i64), precision: f64| {
            let mut marks = marks([precision, precision - 0.01, 1.0], None, 900);
            marks.groups[0].dimension = dimension.to_owned();
            marks.groups[0].n_identities = n_judged + n_too_little_data;
            marks.groups[0].n_too_little_data = n_too_little_data;
            marks
        };
        let [before, now] = [night(nights[0], 0.99), night(nights[1], precision)];
        falls(&before, &now, Drift::default()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn of_fewer_than_thirty_judged_on_either_side_nothing_is_told() {
        let fell = "precision of the trial fell from 99.0 % to 50.0 %: feed female";
        assert_eq!(of_group("feed", [(30, 0), (30, 0)], 0.5), [fell]);
        assert_eq!(of_group("feed", [(29, 0), (30, 0)], 0.5), [""; 0]);
        assert_eq!(of_group("feed", [(30, 0), (29, 0)], 0.5), [""; 0]);
    }

    #[test]
    fn more_with_too_little_data_is_worse() {
        let rose = "the share of the trial with too little data rose";
        // 10 of 1,000, then 20 and 21 of 1,000: a point, and more than one.
        assert_eq!(of_group("all", [(990, 10), (980, 20)], 0.99), [""; 0]);
        let told = format!("{rose} from 1.0 % to 2.1 %: all");
        assert_eq!(of_group("all", [(990, 10), (979, 21)], 0.99), [told]);
        assert_eq!(of_group("sex", [(990, 10), (900, 100)], 0.99), [format!("{rose}: sex female")]);
    }

    #[test]
    fn no_points_at_all_tell_every_fall_and_none_that_is_no_fall() {
        let drift = Drift { trial_points: 0.0, linked_points: 0.0 };
        let night = marks([0.9; 3], Some([0.9; 3]), 900);
        assert_eq!(falls(&night, &night, drift), []);
        assert!(Drift { linked_points: -1.0, ..drift }.check().is_err());
        assert!(Drift::default().check().is_ok());
    }
}
