//! Who shares which feed for which purpose, on what legal basis, until when: `[agreement.<id>]`.
//!
//! An agreement is what a city's data-protection officers have signed, in typed words: the record of
//! processing, the opt-out statement and the refusal of a night without one all come from it.

use std::fmt::Display;

use jiff::civil::Date;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::legal_basis::{Article6, Article9, Confidentiality};
use super::retention_period::{RetentionPeriod, RetentionStart};

/// An agreement as declared: `[agreement.<id>]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// What it is called.
    #[serde(deserialize_with = "said")]
    pub title: String,
    /// The organisations that decide about the data (UK GDPR Article 4(7)), each by its name.
    #[serde(deserialize_with = "several")]
    pub controllers: Vec<String>,
    /// The feeds that it covers.
    #[serde(deserialize_with = "placed")]
    pub feeds: Vec<Spanned<String>>,
    /// The purposes that it covers, of `[purposes.<name>]`.
    #[serde(deserialize_with = "placed")]
    pub purposes: Vec<Spanned<String>>,
    /// Whom the feeds are about: categories of data subjects, in words.
    #[serde(deserialize_with = "several")]
    pub data_subjects: Vec<String>,
    /// What makes the processing lawful: UK GDPR Article 6(1).
    pub article_6: Article6,
    /// The condition for health and other special categories of data: UK GDPR Article 9(2).
    pub article_9: Article9,
    /// What sets the common-law duty of confidentiality aside, or why it is not touched.
    pub confidentiality: Spanned<Confidentiality>,
    /// The approval, direction or provision that it rests on.
    #[serde(default, deserialize_with = "some_said")]
    pub confidentiality_reference: Option<String>,
    /// Who receives something that was made of it.
    #[serde(deserialize_with = "several")]
    pub recipients: Vec<String>,
    /// The data-protection impact assessment.
    #[serde(deserialize_with = "said")]
    pub dpia: String,
    /// The first day on which it holds.
    #[serde(deserialize_with = "super::declaration::date")]
    pub starts_on: Date,
    /// The last day on which it holds.
    #[serde(deserialize_with = "placed_date")]
    pub expires_on: Spanned<Date>,
    /// For how long a delivery is kept: `8 years`, `18 months`, `90 days`.
    pub retention: RetentionPeriod,
    /// From when that counts.
    #[serde(default)]
    pub retention_from: RetentionStart,
}

/// Who runs the hub: `[organisation]`, for the record of processing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name.
    #[serde(deserialize_with = "said")]
    pub name: String,
    /// Whether it decides about the data or acts for those who do.
    pub role: OrganisationRole,
    /// Where it can be reached.
    #[serde(deserialize_with = "said")]
    pub contact: String,
    /// Where its data-protection officer can be reached.
    #[serde(deserialize_with = "said")]
    pub data_protection_officer: String,
    /// Countries outside the United Kingdom that personal data go to; none unless given.
    #[serde(default)]
    pub transfers: Vec<String>,
}

/// What the organisation that runs the hub is to the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationRole {
    /// It decides, alone.
    Controller,
    /// It decides with the controllers of the agreements (Article 26).
    JointController,
    /// It acts for the controllers of the agreements (Article 28).
    Processor,
}

impl OrganisationRole {
    /// In words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Controller => "controller",
            Self::JointController => "joint controller with those of the agreements (Article 26)",
            Self::Processor => "processor for the controllers of the agreements (Article 28)",
        }
    }
}

/// How an agreement stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It holds.
    Live,
    /// It begins later, on this day.
    Future(Date),
    /// It ended; this was its last day.
    Lapsed(Date),
}

impl Standing {
    /// How what holds from one day to another stands on a day; on its first and on its last it holds.
    #[must_use]
    pub fn of(starts_on: Date, expires_on: Date, day: Date) -> Self {
        if day > expires_on {
            Self::Lapsed(expires_on)
        } else if day < starts_on {
            Self::Future(starts_on)
        } else {
            Self::Live
        }
    }
}

impl Agreement {
    /// How it stands on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> Standing {
        Standing::of(self.starts_on, *self.expires_on.get_ref(), day)
    }

    /// Names of the feeds that it covers.
    #[must_use]
    pub fn feed_names(&self) -> Vec<String> {
        names(&self.feeds)
    }

    /// Names of the purposes that it covers.
    #[must_use]
    pub fn purpose_names(&self) -> Vec<String> {
        names(&self.purposes)
    }

    /// Whether it covers a feed.
    #[must_use]
    pub fn covers(&self, feed: &str) -> bool {
        self.feeds.iter().any(|covered| covered.get_ref() == feed)
    }

    /// Whether it covers a feed for a purpose.
    #[must_use]
    pub fn covers_for(&self, feed: &str, purpose: &str) -> bool {
        self.covers(feed) && self.purposes.iter().any(|covered| covered.get_ref() == purpose)
    }

    /// For how long a delivery is kept, in words.
    #[must_use]
    pub fn retention_in_words(&self) -> String {
        format!("{} {}", self.retention, self.retention_from.in_words())
    }
}

fn names(written: &[Spanned<String>]) -> Vec<String> {
    written.iter().map(|name| name.get_ref().clone()).collect()
}

/// A text that says something.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() { Err(D::Error::custom("says nothing")) } else { Ok(text) }
}

fn some_said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    said(deserializer).map(Some)
}

/// One text or more, none of them blank, none twice.
fn several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    checked(Vec::deserialize(deserializer)?, String::as_str)
}

/// The same, each with its place in the file.
fn placed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Spanned<String>>, D::Error> {
    checked(Vec::deserialize(deserializer)?, |text| text.get_ref().as_str())
}

fn checked<T, E: Error>(texts: Vec<T>, text: impl Fn(&T) -> &str) -> Result<Vec<T>, E> {
    if texts.is_empty() {
        return Err(E::custom("names nobody and nothing"));
    }
    for (i, one) in texts.iter().enumerate() {
        let one = text(one);
        if one.trim().is_empty() {
            return Err(E::custom("says nothing"));
        }
        if texts[..i].iter().any(|other| text(other) == one) {
            return Err(E::custom(twice(&one)));
        }
    }
    Ok(texts)
}

fn twice(text: &dyn Display) -> String {
    format!("`{text}` is named twice")
}

fn placed_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Spanned<Date>, D::Error> {
    let written: Spanned<toml::value::Datetime> = Spanned::deserialize(deserializer)?;
    let span = written.span();
    Ok(Spanned::new(span, super::declaration::day_of(written.into_inner())?))
}
