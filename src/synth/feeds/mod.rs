//! One file per feed: from what is true to the rows that a provider sends.

mod ambulance;
mod apc;
mod asc;
mod asc_plan;
mod context;
mod csc;
mod csds;
mod death;
mod deliver;
mod ecds;
mod gp;
mod gp_codes;
mod gp_registration;
mod iapt;
mod mhsds;
mod nhs111;
mod op;
mod population;
mod third_sector;

pub(crate) use context::{Context, Event, Feed};

/// Every feed in the order in which they are made.
pub(crate) const FEEDS: [(&str, Feed); 14] = [
    ("gp_registration", gp_registration::write),
    ("apc", apc::write),
    ("ecds", ecds::write),
    ("ambulance", ambulance::write),
    ("nhs111", nhs111::write),
    ("op", op::write),
    ("csds", csds::write),
    ("iapt, mhsds", mhsds::write),
    ("gp", gp::write),
    ("asc", asc::write),
    ("csc", csc::write),
    ("death", death::write),
    ("third_sector", third_sector::write),
    ("population", population::count),
];
