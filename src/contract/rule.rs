//! Rules of a contract.

use super::Severity;
use super::expression::Expression;

/// A rule of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredRule {
    /// Its name, as findings give it.
    pub name: String,
    /// Its text, as the contract gives it.
    pub text: String,
    /// What happens to a row that breaks it.
    pub severity: Severity,
    /// What the provider is told; empty if the contract does not say.
    pub message: String,
    /// Its code in the provider's own or a national list; empty if it has none.
    pub code: String,
    /// What must not be false.
    pub expression: Expression,
}
