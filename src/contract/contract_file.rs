//! A contract, read and checked.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::column::{Column, Role};
use super::declaration::{ContractToml, HeaderMatch};
use super::expression::Facts;
use super::feed_kind::FeedKind;
use super::rule::DeclaredRule;
use super::threshold::Threshold;
use super::{ContractError, Restricted, Rule, Severity};
use crate::domain::PostcodeShape;
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
    /// Under which key of the issuer they were made; empty if it is not known.
    pub key_id: String,
    /// How postcodes are shaped.
    pub postcode: PostcodeShape,
    /// Columns that the header names and no row has: the rows are parted without them.
    pub header_only: Vec<String>,
    /// How names of a header are compared.
    pub header_match: HeaderMatch,
    /// Places of the columns that make up the key.
    pub key: Vec<usize>,
    /// The columns.
    pub columns: Vec<Column>,
    /// Legally restricted codes, and where they may stand.
    pub restricted: Vec<Restricted>,
    /// The rules between columns.
    pub rules: Vec<DeclaredRule>,
    /// Shares of rows beyond which a delivery is warned of or refused.
    pub thresholds: Vec<Threshold>,
    /// The columns of providers whose files are otherwise.
    pub overrides: BTreeMap<String, Vec<Column>>,
    /// The provider of the delivery that it is used for, if the pipeline says so.
    pub provider: Option<String>,
    /// What else is known of that delivery.
    pub facts: Facts,
    /// The file that it was read from.
    pub path: PathBuf,
    /// The text of the file and of the code lists that it names, for its hash.
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

    /// Checks a contract's text; `path` names it in errors, and its code lists lie beside it.
    ///
    /// # Errors
    /// [`ContractError::Declaration`] with line and column of the first mistake.
    pub fn read(path: &Path, text: String) -> Result<Self, ContractError> {
        Self::read_all(path, text).map_err(|mut mistakes| mistakes.remove(0))
    }

    /// Checks a contract's text, and says everything that is wrong with it.
    ///
    /// # Errors
    /// At least one [`ContractError::Declaration`], in the order of the file.
    pub fn read_all(path: &Path, text: String) -> Result<Self, Vec<ContractError>> {
        let declared: ContractToml = toml::from_str(&text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            vec![ContractError::at(path, &text, span, error.message().to_owned())]
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut contract =
            super::validate::contract(declared, &text, folder).map_err(|mistakes| {
                let place = |(span, what)| ContractError::at(path, &text, span, what);
                mistakes.into_iter().map(place).collect::<Vec<_>>()
            })?;
        contract.path = path.to_owned();
        contract.text = text + &contract.text;
        Ok(contract)
    }

    /// The contract as it holds for one delivery: with what is otherwise at its provider.
    #[must_use]
    pub fn for_delivery(&self, provider: Option<&str>, facts: Facts) -> Cow<'_, Self> {
        let columns = provider.and_then(|provider| self.overrides.get(provider));
        if provider.is_none() && facts == self.facts {
            return Cow::Borrowed(self);
        }
        let columns = columns.unwrap_or(&self.columns).clone();
        let provider = provider.map(str::to_owned);
        Cow::Owned(Self { columns, provider, facts, ..self.clone() })
    }

    /// The place of the column with a role.
    #[must_use]
    pub fn column_of(&self, role: Role) -> Option<usize> {
        self.columns.iter().position(|column| column.role == Some(role))
    }

    /// The places of all columns with a role, in their order.
    pub fn columns_of(&self, role: Role) -> impl Iterator<Item = usize> {
        let with_role = move |(_, column): &(usize, &Column)| column.role == Some(role);
        self.columns.iter().enumerate().filter(with_role).map(|(place, _)| place)
    }

    /// Whether rules or computed columns read a column.
    pub(super) fn is_computed_with(&self, column: usize) -> bool {
        let of_rules = self.rules.iter().map(|rule| &rule.expression);
        let computed = self.columns.iter().filter_map(|column| column.derived.as_ref());
        of_rules.chain(computed).any(|expression| expression.columns().contains(&column))
    }

    /// Places of the dates that a derived column is computed from, also by way of others.
    #[must_use]
    pub fn dates_behind(&self, column: usize) -> Vec<usize> {
        let (mut dates, mut open) = (Vec::new(), vec![column]);
        while let Some(place) = open.pop() {
            match &self.columns[place].derived {
                // Each is computed from columns before it, or from columns of the file: it ends.
                Some(expression) => open.extend(expression.columns()),
                None if self.columns[place].kind.formats().is_some() => dates.push(place),
                None => {}
            }
        }
        dates
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
            Rule::PartialDate | Rule::Rounded | Rule::OlderLayout => Severity::Info,
            Rule::Threshold => Severity::Warn,
            Rule::DuplicateKey
            | Rule::NhsNumberUnallocated
            | Rule::NhsNumberPalindrome
            | Rule::Footer => Severity::Info,
            Rule::RowCountDisagrees
            | Rule::EncodingDisagrees
            | Rule::MergedCells
            | Rule::FormulaError
            | Rule::RepeatedElement => Severity::Warn,
            Rule::RestrictedCode | Rule::WithheldIdentity | Rule::Forgotten => Severity::Info,
            Rule::AgeImplausible | Rule::AbsentColumn | Rule::NoRows => Severity::Warn,
            Rule::Required
            | Rule::RaggedRow
            | Rule::UnclosedQuote
            | Rule::RecordTooLong
            | Rule::FieldTooLong
            | Rule::CutShort
            | Rule::RepeatedHeader => Severity::Refuse,
            _ if is_required => Severity::Refuse,
            _ => Severity::Warn,
        }
    }
}
