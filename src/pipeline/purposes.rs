//! What an analysis is for, and which objections of people hold against it.
//!
//! Two objections can be made in England: the national data opt-out, against use of confidential
//! information beyond one's own care by anybody, and the type-1 opt-out, against its leaving the
//! practice. A purpose says of both whether they apply, and why not where they don't.

use std::path::PathBuf;

use jiff::civil::Date;
use serde::Deserialize;

use super::declaration::Pipeline;
use super::error::PipelineError;

/// A purpose as declared: `[purposes.<name>]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// What the use rests on, in words.
    pub legal_basis: String,
    /// Whether the national data opt-out applies.
    pub national_opt_out: OptOut,
    /// Whether the type-1 opt-out applies.
    pub type1_opt_out: OptOut,
    /// Why an opt-out does not apply; needed where one is `exempt`.
    #[serde(default)]
    pub reason: String,
}

/// Whether an opt-out holds against a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptOut {
    /// It does.
    Applies,
    /// It does not, for the reason that the purpose gives.
    Exempt,
}

impl OptOut {
    /// Whether it does.
    #[must_use]
    pub fn applies(self) -> bool {
        self == Self::Applies
    }
}

/// Where the answers about opt-outs come from: `[opt_out]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptOutSource {
    /// The list that the check for national data opt-outs returned, of the numbers that are
    /// allowed; one `*` in the name stands for the date, and the newest counts.
    #[serde(default)]
    pub allowed: Option<PathBuf>,
    /// The day of the list; in the file's name, as `2026-03-30`, unless given.
    #[serde(default, deserialize_with = "date")]
    pub as_of: Option<Date>,
    /// For how many days the list may be used.
    #[serde(default = "a_week")]
    pub maximum_age_days: u16,
    /// The feeds that come from general practices' own records; those of the sector `primary_care`
    /// but the registration list, which is held nationally, unless given.
    #[serde(default)]
    pub type1_feeds: Option<Vec<String>>,
}

impl Default for OptOutSource {
    fn default() -> Self {
        Self { allowed: None, as_of: None, maximum_age_days: a_week(), type1_feeds: None }
    }
}

fn a_week() -> u16 {
    7
}

fn date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    super::declaration::date(deserializer).map(Some)
}

impl Pipeline {
    /// The day of the run: the analysis date unless another was given.
    #[must_use]
    pub fn day_of_run(&self) -> Date {
        self.run_on.unwrap_or(self.as_at)
    }

    /// The purpose of the pipeline, as declared.
    ///
    /// # Errors
    /// [`PipelineError::Invalid`] if it is not declared, gives no legal basis, is exempt without a
    /// reason, or needs a list of allowed numbers that nothing names.
    pub fn declared_purpose(&self) -> Result<&Purpose, PipelineError> {
        let name = &self.purpose;
        let refuse = |what: String| Err(PipelineError::Invalid { path: self.path.clone(), what });
        let Some(purpose) = self.purposes.get(name) else {
            return refuse(format!(
                "purpose `{name}` is not declared: [purposes.{name}] says which opt-outs apply"
            ));
        };
        if purpose.legal_basis.trim().is_empty() {
            return refuse(format!("[purposes.{name}] gives no `legal_basis`"));
        }
        let is_exempt = !(purpose.national_opt_out.applies() && purpose.type1_opt_out.applies());
        if is_exempt && purpose.reason.trim().is_empty() {
            return refuse(format!(
                "[purposes.{name}] is exempt from an opt-out without a `reason`"
            ));
        }
        let has_list = self.opt_out.as_ref().is_some_and(|source| source.allowed.is_some());
        if purpose.national_opt_out.applies() && !has_list {
            return refuse(format!(
                "the national data opt-out applies to purpose `{name}`, and no list of allowed \
                 numbers is named: [opt_out] needs `allowed`"
            ));
        }
        Ok(purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(purposes: &str) -> Result<Purpose, String> {
        let text = format!(
            "name = \"t\"\ntitle = \"T\"\ncity = \"C\"\nas_at = 2026-04-01\ndata_from = 2023-04-01\n\
             purpose = \"commissioning\"\npopulation_basis = \"registered\"\n\
             key = \"demonstration\"\nnumbers = \"test\"\ncontracts = \"contracts\"\n\
             models = {{ folder = \"models\" }}\n{purposes}"
        );
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("p.toml");
        crate::store::write_atomic(&path, text.as_bytes()).expect("written");
        let pipeline = Pipeline::load(&path).map_err(|error| error.to_string())?;
        pipeline.declared_purpose().cloned().map_err(|error| error.to_string())
    }

    const BASIS: &str = "legal_basis = \"section 251\"\n";

    #[test]
    fn a_purpose_says_which_opt_outs_apply() {
        let applies = "national_opt_out = \"applies\"\ntype1_opt_out = \"applies\"\n";
        let list = "[opt_out]\nallowed = \"allowed_*.dat\"\n";
        let purpose = check(&format!("[purposes.commissioning]\n{BASIS}{applies}{list}"));
        assert!(purpose.expect("whole").national_opt_out.applies());
    }

    #[test]
    fn what_is_missing_is_named() {
        for (purposes, expected) in [
            ("", "purpose `commissioning` is not declared"),
            (
                "[purposes.research]\nlegal_basis = \"x\"\nnational_opt_out = \"exempt\"\n\
                 type1_opt_out = \"exempt\"\nreason = \"x\"\n",
                "purpose `commissioning` is not declared",
            ),
            (
                "[purposes.commissioning]\nlegal_basis = \" \"\nnational_opt_out = \"exempt\"\n\
                 type1_opt_out = \"exempt\"\nreason = \"x\"\n",
                "no `legal_basis`",
            ),
            (
                "[purposes.commissioning]\nlegal_basis = \"x\"\nnational_opt_out = \"exempt\"\n\
                 type1_opt_out = \"applies\"\n",
                "without a `reason`",
            ),
            (
                "[purposes.commissioning]\nlegal_basis = \"x\"\nnational_opt_out = \"applies\"\n\
                 type1_opt_out = \"applies\"\n[opt_out]\nmaximum_age_days = 3\n",
                "needs `allowed`",
            ),
            (
                "[purposes.commissioning]\nlegal_basis = \"x\"\nnational_opt_out = \"perhaps\"\n\
                 type1_opt_out = \"applies\"\n",
                "perhaps",
            ),
            (
                "[purposes.commissioning]\nlegal_basis = \"x\"\ntype1_opt_out = \"applies\"\n",
                "national_opt_out",
            ),
        ] {
            let error = check(purposes).expect_err(expected);
            assert!(error.contains(expected), "`{expected}` is not in: {error}");
        }
    }
}
