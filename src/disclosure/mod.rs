//! What may leave: suppression and rounding, and the type that proves they were done.
//!
//! [`release`] is the only way to make a [`Released`], and everything that writes a report, a chart
//! or an open-data file takes a [`Released`] and nothing else, so an unprotected number cannot get
//! there. The rules are data ([`RulePack`]); what a table's columns mean is declared with the table
//! ([`ReleaseSpec`]).
//!
//! What is done: small counts of persons, of people outside a group and of events hide the measures
//! of their row; the rest is rounded; rates, amounts and estimates are rounded so far that several
//! counts fit; a cell that is hidden alone beside its published total takes a second one with it.
//!
//! What is *not* done: nothing is solved across equations or across tables. Overlapping totals, the
//! same people counted in two tables, and earlier releases can still narrow a hidden cell. That is
//! the attacker gate's work before anything is published; until a bundle has passed it, what this
//! module makes is a candidate. Dominance in amounts is not tested either.

mod error;
mod layout;
mod pack;
mod primary;
mod protect;
mod release;
mod released;
mod rounding;
mod secondary;
mod spec;
mod table;

pub use error::DisclosureError;
pub use pack::{Audience, Rounding, RulePack};
pub use release::release;
pub use released::{Notes, Released, ReleasedColumn, Role, Status};
pub use spec::{AmountSpec, EstimateSpec, GroupSpec, RateSpec, ReleaseSpec, TotalSpec, Unit};

#[cfg(test)]
mod tests;
