//! The store against crashes and tampering.

mod destruction;
mod fixtures;
mod parts;
mod runs;
mod tampering;

pub(super) use fixtures::{
    a_part, a_store, all_files, current_id, n_temporary, next, publish, publish_as, rows, schema,
};
