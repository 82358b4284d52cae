//! A person's numbers: the one that was typed, those that it replaced, those that replaced it.

use std::collections::BTreeSet;

use super::{Pipeline, PipelineError};
use crate::pipeline::linked::superseded_texts;
use crate::pseudonymise::Encoder;

/// The number with every one that it has replaced or that has replaced it.
pub(super) fn all_numbers(token: u64, superseded: &[(u64, u64)]) -> Vec<u64> {
    let mut numbers = vec![token];
    let mut at = 0;
    while let Some(number) = numbers.get(at).copied() {
        for (old, new) in superseded {
            let other = match number {
                n if n == *old => new,
                n if n == *new => old,
                _ => continue,
            };
            if !numbers.contains(other) {
                numbers.push(*other);
            }
        }
        at += 1;
    }
    numbers
}

/// The same numbers as texts: the one that was typed, and those of the table of superseded numbers.
///
/// # Errors
/// A table that cannot be read.
pub(super) fn number_texts(
    pipeline: &Pipeline,
    encoder: &Encoder,
    typed: &str,
    numbers: &[u64],
) -> Result<BTreeSet<String>, PipelineError> {
    let token = |text: &str| encoder.nhs_token(text).ok().flatten();
    let is_theirs = |text: &String| token(text).is_some_and(|token| numbers.contains(&token));
    let known = superseded_texts(pipeline)?.into_iter().flatten().filter(is_theirs);
    Ok(known.chain([typed.to_owned()]).collect())
}
