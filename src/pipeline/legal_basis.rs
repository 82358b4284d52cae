//! What makes a use of data lawful: the words of the UK GDPR and of the duty of confidentiality.

use serde::Deserialize;

/// A lawful basis: UK GDPR Article 6(1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Article6 {
    /// (a): the person has consented.
    Consent,
    /// (b): a contract with the person.
    Contract,
    /// (c): a law obliges the controller.
    LegalObligation,
    /// (d): somebody's life.
    VitalInterests,
    /// (e): a task in the public interest or in the exercise of official authority.
    PublicTask,
    /// (ea): a recognised legitimate interest (Data (Use and Access) Act 2025, section 70).
    RecognisedLegitimateInterests,
    /// (f): legitimate interests; not for public authorities in their tasks.
    LegitimateInterests,
}

impl Article6 {
    /// In words, with its place in the law.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Consent => "Article 6(1)(a): consent",
            Self::Contract => "Article 6(1)(b): contract",
            Self::LegalObligation => "Article 6(1)(c): legal obligation",
            Self::VitalInterests => "Article 6(1)(d): vital interests",
            Self::PublicTask => "Article 6(1)(e): public task",
            Self::RecognisedLegitimateInterests => {
                "Article 6(1)(ea): recognised legitimate interests"
            }
            Self::LegitimateInterests => "Article 6(1)(f): legitimate interests",
        }
    }
}

/// A condition for special categories of data, health among them: UK GDPR Article 9(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Article9 {
    /// (a): explicit consent.
    ExplicitConsent,
    /// (b): employment, social security and social protection.
    EmploymentOrSocialProtection,
    /// (c): somebody's life, where consent cannot be given.
    VitalInterests,
    /// (d): members of a body that does not work for profit.
    NotForProfitBody,
    /// (e): the person has made it public.
    MadePublic,
    /// (f): legal claims.
    LegalClaims,
    /// (g): substantial public interest (Data Protection Act 2018, Schedule 1, Part 2).
    SubstantialPublicInterest,
    /// (h): care, and the management of health or social care systems and services.
    HealthOrSocialCare,
    /// (i): public health.
    PublicHealth,
    /// (j): archiving, research and statistics.
    ArchivingResearchStatistics,
}

impl Article9 {
    /// In words, with its place in the law.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::ExplicitConsent => "Article 9(2)(a): explicit consent",
            Self::EmploymentOrSocialProtection => {
                "Article 9(2)(b): employment, social security and social protection"
            }
            Self::VitalInterests => "Article 9(2)(c): vital interests",
            Self::NotForProfitBody => "Article 9(2)(d): not-for-profit body",
            Self::MadePublic => "Article 9(2)(e): made public by the person",
            Self::LegalClaims => "Article 9(2)(f): legal claims",
            Self::SubstantialPublicInterest => "Article 9(2)(g): substantial public interest",
            Self::HealthOrSocialCare => "Article 9(2)(h): health or social care and its management",
            Self::PublicHealth => "Article 9(2)(i): public health",
            Self::ArchivingResearchStatistics => {
                "Article 9(2)(j): archiving, research or statistics"
            }
        }
    }
}

/// What sets the common-law duty of confidentiality aside, or why it is not touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidentiality {
    /// The person has agreed.
    Consent,
    /// Care of the person whom it is about: consent is implied.
    DirectCare,
    /// Support under section 251 of the NHS Act 2006 (Health Service (Control of Patient Information)
    /// Regulations 2002).
    #[serde(rename = "section_251")]
    Section251,
    /// A law requires or permits the disclosure.
    StatutoryDuty,
    /// The public interest overrides it in this case.
    OverridingPublicInterest,
    /// Whoever receives it cannot tell whom it is about.
    AnonymisedToOthers,
}

impl Confidentiality {
    /// In words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::DirectCare => "direct care: implied consent",
            Self::Section251 => "section 251 of the NHS Act 2006",
            Self::StatutoryDuty => "a statutory duty or power",
            Self::OverridingPublicInterest => "overriding public interest",
            Self::AnonymisedToOthers => "not touched: anonymised to those who receive it",
        }
    }

    /// Whether it rests on a document that has to be named.
    #[must_use]
    pub fn needs_reference(self) -> bool {
        matches!(self, Self::Section251 | Self::StatutoryDuty)
    }

    /// What the national data opt-out is to it, by NHS England's operational policy guidance.
    #[must_use]
    pub fn national_opt_out(self) -> &'static str {
        match self {
            Self::Section251 => "falls under the national data opt-out, unless the support says no",
            Self::Consent => "does not fall under it: the person has agreed to this use",
            Self::DirectCare => "does not fall under it: it is the person's own care",
            Self::StatutoryDuty => "does not fall under it where the law requires the disclosure",
            Self::OverridingPublicInterest => "does not fall under it, case by case",
            Self::AnonymisedToOthers => "does not fall under it: nothing confidential is disclosed",
        }
    }
}
