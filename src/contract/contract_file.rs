//! A contract, read and checked.

use std::path::{Path, PathBuf};

use super::column::{Column, Role};
use super::comparison::DeclaredRule;
use super::declaration::ContractToml;
use super::feed_kind::FeedKind;
use super::{ContractError, Restricted, Rule, Severity};
use crate::extract::Format;

/// What a feed's files must look like.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// The feed.
    pub feed: String,
    /// The contract's version.
    pub version: String,
    /// What the feed is, in words.
    pub title: String,
    /// The sector that sends it.
    pub sector: String,
    /// The published specification that it follows.
    pub source: String,
    /// What its rows are about.
    pub kind: FeedKind,
    /// On what terms published figures may be used; empty if the delivery says.
    pub licence: String,
    /// Of when published figures are; empty if the delivery says.
    pub vintage: String,
    /// How its files are written.
    pub format: Format,
    /// The namespace of local ids; the feed's own unless declared.
    pub local_id_scope: String,
    /// Who issued the pseudonyms of the column with that role; empty without one.
    pub issuer: String,
    /// Columns that the header names and no row has: the rows are parted without them.
    pub header_only: Vec<String>,
    /// Places of the columns that make up the key.
    pub key: Vec<usize>,
    /// The columns.
    pub columns: Vec<Column>,
    /// Legally restricted codes, and where they may stand.
    pub restricted: Vec<Restricted>,
    /// The rules between columns.
    pub rules: Vec<DeclaredRule>,
    /// The file that it was read from.
    pub path: PathBuf,
    /// The text of the file, for its hash.
    pub text: String,
}

impl Contract {
    /// Reads and checks a contract.
    ///
    /// # Errors
    /// [`ContractError::Unreadable`] where there is no such file, [`ContractError::Declaration`] with
    /// line and column where it does not say what it must.
    pub fn load(path: &Path) -> Result<Self, ContractError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ContractError::Unreadable { path: path.to_owned(), source })?;
        Self::read(path, text)
    }

    /// Checks a contract's text; `path` names it in errors.
    ///
    /// # Errors
    /// [`ContractError::Declaration`] with line and column.
    pub fn read(path: &Path, text: String) -> Result<Self, ContractError> {
        let declared: ContractToml = toml::from_str(&text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            ContractError::at(path, &text, span, error.message().to_owned())
        })?;
        let mut contract = super::validate::contract(declared)
            .map_err(|(span, what)| ContractError::at(path, &text, span, what))?;
        contract.path = path.to_owned();
        contract.text = text;
        Ok(contract)
    }

    /// The place of the column with a role.
    #[must_use]
    pub fn column_of(&self, role: Role) -> Option<usize> {
        self.columns.iter().position(|column| column.role == Some(role))
    }

    /// The name of a rule, as findings give it.
    #[must_use]
    pub fn rule_name(&self, rule: Rule) -> &str {
        match rule {
            Rule::Declared(i) => &self.rules[usize::from(i)].name,
            built_in => built_in.name().unwrap_or_default(),
        }
    }

    /// How much it weighs that a column's cell, or a row, breaks a rule.
    #[must_use]
    pub fn severity(&self, rule: Rule, column: Option<u16>) -> Severity {
        let is_required = column.is_some_and(|c| self.columns[usize::from(c)].required);
        match rule {
            Rule::Declared(i) => self.rules[usize::from(i)].severity,
            Rule::Sentinel | Rule::NhsNumberRepaired | Rule::UndeclaredColumn => Severity::Info,
            Rule::Filtered | Rule::AgeDisagrees => Severity::Info,
            Rule::RestrictedCode | Rule::WithheldIdentity => Severity::Info,
            Rule::DuplicateKey | Rule::NhsNumberUnallocated => Severity::Info,
            Rule::AgeImplausible | Rule::AbsentColumn | Rule::NoRows => Severity::Warn,
            Rule::Required
            | Rule::RaggedRow
            | Rule::UnclosedQuote
            | Rule::RecordTooLong
            | Rule::FieldTooLong
            | Rule::RepeatedHeader => Severity::Refuse,
            _ if is_required => Severity::Refuse,
            _ => Severity::Warn,
        }
    }
}
