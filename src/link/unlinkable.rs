//! Why identities belong to nobody: what they lack.

use std::collections::BTreeMap;

use super::field::Field;
use super::identities::Identities;
use super::ladder::Partition;
use super::step::Status;

/// What exact keys of demographics are made of.
const PARTS: [(&str, Field); 5] = [
    ("family name", Field::Family),
    ("given name", Field::Given),
    ("birth date", Field::Birth),
    ("sex", Field::Sex),
    ("postcode", Field::Postcode),
];

/// Records of identities that carry too little, by what they lack besides number and local id.
pub(crate) fn unlinkable(identities: &Identities, partition: &Partition) -> BTreeMap<String, u64> {
    let mut by_lack = BTreeMap::new();
    for seen in identities.occurrences() {
        if partition.statuses[seen.row as usize] != Status::TooLittleData {
            continue;
        }
        let has_dummy = identities.code(Field::Nhs, seen.row) != 0;
        let dummy = has_dummy.then_some("a number that is somebody's");
        let lacks = PARTS.iter().filter(|(_, field)| identities.code(*field, seen.row) == 0);
        let words: Vec<&str> = dummy.into_iter().chain(lacks.map(|(name, _)| *name)).collect();
        *by_lack.entry(words.join(", ")).or_insert(0) += seen.n_records;
    }
    by_lack
}
