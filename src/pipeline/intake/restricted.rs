//! Finds the appointments with a legally restricted code before any row of them is kept.

use std::borrow::Cow;

use super::conveyor::convey;
use super::{Delivery, IntakeError};
use crate::contract::Contract;
use crate::extract::{ExtractReader, Limits};

/// The contract with the appointments noted that rows with a restricted code belong to.
///
/// A row that would disclose another may come before it, so the file is read through once more;
/// only where a contract says which columns rows of one appointment share.
///
/// # Errors
/// As for reading the file; [`IntakeError::Unwanted`] if nobody wants it any more.
pub(super) fn with_groups<'a>(
    delivery: &Delivery<'_>,
    contract: &'a Contract,
    limits: Limits,
) -> Result<Cow<'a, Contract>, IntakeError> {
    if !contract.restricted.iter().any(crate::contract::Restricted::has_group) {
        return Ok(Cow::Borrowed(contract));
    }
    let path = delivery.path;
    let mut reader = ExtractReader::open(path, &contract.format, limits)?;
    reader.leave_out(&contract.header_only);
    let binding = contract.bind(path, reader.header())?;
    let layout = reader.layout();
    let mut groups = Vec::new();
    convey::<_, _, IntakeError>(
        || match delivery.is_unwanted() {
            true => Err(IntakeError::Unwanted { path: path.to_owned() }),
            false => Ok(reader.next_block()?),
        },
        |block| Ok(contract.restricted_groups(&layout.rows(block)?, &binding)),
        |found: Result<_, IntakeError>| {
            groups.extend(found?);
            Ok(())
        },
    )?;
    Ok(Cow::Owned(contract.without_groups(&groups)))
}
