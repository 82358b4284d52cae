//! Boolean rules and derived columns: a small typed language over the columns of a contract.
//!
//! `discharged_on >= admitted_on`, `if outcome = 'admitted' then ward is not null`. Types are found
//! when the contract is read; a batch of rows is evaluated column by column. It has no side effects,
//! no loops and a bounded size. Logic is SQL's: what depends on something unknown is unknown, and a
//! rule is broken only where it is false.

mod build;
mod call;
mod evaluate;
mod functions;
mod kinds;
mod parse;
#[cfg(test)]
mod tests;
mod tokens;

use std::ops::Range;

pub(super) use call::FUNCTIONS;
pub use evaluate::Facts;
pub(super) use kinds::{Scope, Type};

use self::kinds::Node;

/// Where in an expression's text the mistake is, and what it is.
pub(super) type Mistake = (Range<usize>, String);

/// Characters of an expression: more is no rule that anybody reads.
const MOST_CHARACTERS: usize = 4_000;

/// An expression whose types hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    node: Node,
    kind: Type,
    columns: Vec<usize>,
}

impl Expression {
    /// Reads an expression; names become columns by `scope`.
    pub(super) fn read(text: &str, scope: &Scope<'_>) -> Result<Self, Mistake> {
        if text.chars().count() > MOST_CHARACTERS {
            return Err((0..text.len(), format!("more than {MOST_CHARACTERS} characters")));
        }
        let tokens = tokens::read(text)?;
        let (typed, columns) = parse::whole(&tokens, scope)?;
        Ok(Self { node: typed.node, kind: typed.kind, columns })
    }

    pub(super) fn kind(&self) -> Type {
        self.kind
    }

    /// The columns that it reads, by place, in the order in which it first names them.
    #[must_use]
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }
}
