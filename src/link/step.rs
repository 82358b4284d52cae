//! The rungs of the ladder, strongest first.

/// What an identity was linked by.
///
/// The order is that of the ladder: a later rung never undoes an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    /// NHS number and birth date agree.
    NumberAndBirth,
    /// NHS number agrees, birth date in part, and a name or outcode.
    NumberAndPart,
    /// A superseded number and its successor.
    Superseded,
    /// A reviewer decided so.
    Decided,
    /// A declared crosswalk says so.
    Crosswalk,
    /// Same provider and local patient id.
    Local,
    /// The exact key with this letter.
    Exact(char),
    /// The weighed evidence of all fields.
    Weighed,
    /// The weighed evidence, among the few left of feeds in which each person appears once.
    Rest,
}

impl Step {
    /// How the person index names the step.
    pub(crate) fn label(self) -> String {
        match self {
            Self::NumberAndBirth => "1".to_owned(),
            Self::NumberAndPart => "2".to_owned(),
            Self::Superseded => "3".to_owned(),
            Self::Decided => "d".to_owned(),
            Self::Crosswalk => "3x".to_owned(),
            Self::Local => "4".to_owned(),
            Self::Exact(letter) => format!("5{letter}"),
            Self::Weighed => "6".to_owned(),
            Self::Rest => "6r".to_owned(),
        }
    }
}

/// How an identity stands after linkage, in the words of the person index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Status {
    /// Linked to another identity.
    Match,
    /// A person of its own, and perhaps somebody else's: the evidence does not reach.
    Potential,
    /// A person of its own.
    Single,
    /// Several persons fit and nothing tells them apart: left alone.
    ManyMatches,
    /// Its number belongs to somebody with another birth date and name: for review.
    Conflict,
    /// Nothing that could link it: belongs to no person.
    TooLittleData,
}

impl Status {
    /// Every status, in the order of the report.
    pub(crate) const ALL: [Self; 6] = [
        Self::Match,
        Self::Potential,
        Self::Single,
        Self::ManyMatches,
        Self::Conflict,
        Self::TooLittleData,
    ];

    /// The word in the person index.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Potential => "potential",
            Self::Single => "single",
            Self::ManyMatches => "many_matches",
            Self::Conflict => "conflict",
            Self::TooLittleData => "too_little_data",
        }
    }
}
