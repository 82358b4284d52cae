//! What the governance page is made from.

use serde::Serialize;

/// Everything that the governance page shows, in words.
#[derive(Debug, Clone, Serialize)]
pub struct GovernanceInput {
    /// The pipeline's name.
    pub pipeline: String,
    /// The city or place.
    pub city: String,
    /// The analysis date.
    pub as_at: String,
    /// The day on which agreements are held against their dates.
    pub run_on: String,
    /// The purpose that the pipeline runs for.
    pub purpose: String,
    /// Whether the demonstration key is used: the data are then synthetic.
    pub demonstration: bool,
    /// Who runs the hub; `None` if nobody has declared it.
    pub keeper: Option<Keeper>,
    /// What asks for somebody's attention.
    pub attention: Vec<String>,
    /// Feeds about persons, from sender to recipient.
    pub flows: Vec<FlowRow>,
    /// What leaves the hub.
    pub releases: Vec<ReleaseRow>,
    /// Feeds of published figures.
    pub published: Vec<PublishedRow>,
    /// The purposes, with the opt-outs that apply.
    pub purposes: Vec<PurposeStatement>,
    /// The agreements.
    pub agreements: Vec<AgreementRow>,
    /// What is kept of each feed, and until when.
    pub kept: Vec<KeptRow>,
    /// The destruction record.
    pub destroyed: Vec<DestroyedRow>,
    /// Every time that somebody was forgotten.
    pub forgotten: Vec<ForgottenRow>,
    /// Technical and organisational measures: what, and how.
    pub measures: Vec<(String, String)>,
}

/// Who runs the hub.
#[derive(Debug, Clone, Serialize)]
pub struct Keeper {
    /// Its name.
    pub name: String,
    /// What it is to the data.
    pub role: String,
    /// Where it can be reached.
    pub contact: String,
    /// Where its data-protection officer can be reached.
    pub officer: String,
    /// Countries that personal data go to.
    pub transfers: Vec<String>,
}

/// One feed about persons.
#[derive(Debug, Clone, Serialize)]
pub struct FlowRow {
    /// The feed.
    pub feed: String,
    /// What it is.
    pub title: String,
    /// The sector that sends it.
    pub sector: String,
    /// Codes of those who have sent it.
    pub senders: Vec<String>,
    /// Controllers, by the agreements that are live.
    pub controllers: Vec<String>,
    /// The agreements that are live, by id.
    pub agreements: Vec<String>,
    /// Identifiers that come with it and are never stored as they came.
    pub identifiers: Vec<String>,
    /// Columns that a record keeps.
    pub columns: Vec<String>,
    /// Models that read it at first hand.
    pub readers: Vec<String>,
    /// Every model that is made of it, at any remove.
    pub models: Vec<String>,
    /// Released tables that are made of it, by their titles.
    pub releases: Vec<String>,
    /// The purposes that it may be used for today.
    pub purposes: Vec<String>,
    /// Who receives something that was made of it.
    pub recipients: Vec<String>,
    /// Opt-outs by which rows of it are left out.
    pub opt_out: String,
    /// For how long it is kept.
    pub retention: Vec<String>,
    /// Files that the visible run holds.
    pub n_files: u64,
    /// Rows that were read in them.
    pub n_read: u64,
    /// Rows that became records.
    pub n_accepted: u64,
}

/// A table that disclosure control passes on.
#[derive(Debug, Clone, Serialize)]
pub struct ReleaseRow {
    /// What it is about.
    pub title: String,
    /// The feeds about persons that it is made of.
    pub feeds: Vec<String>,
}

/// A feed of published figures: nobody's agreement is needed.
#[derive(Debug, Clone, Serialize)]
pub struct PublishedRow {
    /// The feed.
    pub feed: String,
    /// What it is.
    pub title: String,
    /// Who has published it.
    pub source: String,
    /// On what terms.
    pub licence: String,
    /// Every model that is made of it.
    pub models: Vec<String>,
}

/// A purpose and the opt-outs that apply to it.
#[derive(Debug, Clone, Serialize)]
pub struct PurposeStatement {
    /// Its name.
    pub name: String,
    /// Whether the pipeline runs for it.
    pub is_in_use: bool,
    /// What the use rests on.
    pub legal_basis: String,
    /// Whether the national data opt-out applies, and why.
    pub national: String,
    /// Whether the type-1 opt-out applies, and why.
    pub type1: String,
}

/// One agreement.
#[derive(Debug, Clone, Serialize)]
pub struct AgreementRow {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Who decides about the data.
    pub controllers: Vec<String>,
    /// The feeds.
    pub feeds: Vec<String>,
    /// The purposes.
    pub purposes: Vec<String>,
    /// Whom the feeds are about.
    pub data_subjects: Vec<String>,
    /// UK GDPR Article 6.
    pub article_6: String,
    /// UK GDPR Article 9.
    pub article_9: String,
    /// The basis in the duty of confidentiality, with what it rests on.
    pub confidentiality: String,
    /// What the national data opt-out is to that basis.
    pub opt_out: String,
    /// Who receives something.
    pub recipients: Vec<String>,
    /// The data-protection impact assessment.
    pub dpia: String,
    /// The first day.
    pub starts_on: String,
    /// The last day.
    pub expires_on: String,
    /// How it stands, with the days that are left.
    pub standing: String,
    /// Whether it holds today.
    pub is_live: bool,
    /// For how long deliveries are kept.
    pub retention: String,
}

/// What is kept of a feed.
#[derive(Debug, Clone, Serialize)]
pub struct KeptRow {
    /// The feed.
    pub feed: String,
    /// Deliveries that the visible run holds.
    pub n_files: u64,
    /// By which rule.
    pub rules: Vec<String>,
    /// When the first of them may no longer be kept; empty if that cannot be told.
    pub next_on: String,
}

/// That somebody was forgotten; never who.
#[derive(Debug, Clone, Serialize)]
pub struct ForgottenRow {
    /// The day.
    pub on: String,
    /// Why.
    pub reason: String,
}

/// One line of the destruction record.
#[derive(Debug, Clone, Serialize)]
pub struct DestroyedRow {
    /// The day of the run that destroyed it.
    pub on: String,
    /// The feed.
    pub feed: String,
    /// The file's name.
    pub file: String,
    /// What it was about.
    pub period: String,
    /// Records of it.
    pub n_records: u64,
    /// The agreement.
    pub agreement: String,
    /// The rule, and when it ended.
    pub rule: String,
}
