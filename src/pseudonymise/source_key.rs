//! A feed's own key: what a provider needs to put pseudonyms in place of persons before it sends.
//!
//! It is derived from the master key and says nothing of it, nor of another feed's. Pseudonyms under it
//! are no tokens: the hub cannot link by them but within the feed, unless a crosswalk says who is who.

use std::path::Path;

use zeroize::Zeroizing;

use super::field_key::FieldKey;
use super::master_key::{MasterKey, read_secret, write_secret};
use super::policy::is_issued;
use super::postcode::{Postcode, Reading};
use super::{KeyError, NumberPolicy, Place, Places};
use crate::domain::NhsNumber;

/// How a feed's key begins in its file.
const NAME: &str = "hub-source-key";

/// The unit separator parts fields within a message: no provider sends it.
const SEPARATOR: &[u8] = b"\x1f";

/// The key of one feed, with the numbers that it may touch.
pub struct SourceKey {
    feed: String,
    numbers: NumberPolicy,
    key: MasterKey,
}

/// What makes pseudonyms under a feed's key.
pub struct Source {
    key_id: String,
    numbers: NumberPolicy,
    nhs_number: FieldKey,
    local_id: FieldKey,
    row_key: FieldKey,
}

impl MasterKey {
    /// The key of a feed.
    #[must_use]
    pub fn for_feed(&self, feed: &str, numbers: NumberPolicy) -> SourceKey {
        SourceKey { feed: feed.to_owned(), numbers, key: self.child("source", feed) }
    }
}

impl SourceKey {
    /// The feed's key in a file, readable by its owner alone.
    ///
    /// # Errors
    /// [`KeyError`] if there is none, if others may read it, or if it is another feed's.
    pub fn from_file(path: &Path, feed: &str) -> Result<Self, KeyError> {
        let origin = || path.display().to_string();
        let wrong = || KeyError::NoSourceKey { origin: origin() };
        let text = read_secret(path)?;
        let text = std::str::from_utf8(&text).map_err(|_| wrong())?;
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let [NAME, found, numbers, hex] = words.as_slice() else { return Err(wrong()) };
        let numbers = match *numbers {
            "live" => NumberPolicy::Live,
            "test" => NumberPolicy::Test,
            _ => return Err(wrong()),
        };
        if *found != feed {
            let (found, expected) = ((*found).to_owned(), feed.to_owned());
            return Err(KeyError::OtherFeed { origin: origin(), found, expected });
        }
        let key = MasterKey::from_hex(hex.as_bytes(), &origin())?;
        Ok(Self { feed: feed.to_owned(), numbers, key })
    }

    /// Keeps the key in a new file, readable by its owner alone.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if there is a file already, [`KeyError::File`] if it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let numbers = match self.numbers {
            NumberPolicy::Live => "live",
            NumberPolicy::Test => "test",
        };
        let hex = self.key.hex();
        write_secret(path, &Zeroizing::new(format!("{NAME} {} {numbers} {}", self.feed, *hex)))
    }

    /// The key's id, which contracts of the feed name.
    #[must_use]
    pub fn id(&self) -> String {
        self.key.id()
    }

    /// What makes pseudonyms under the key.
    #[must_use]
    pub fn source(&self) -> Source {
        let derive = |field| self.key.derive("pseudonym", field, "");
        Source {
            key_id: self.id(),
            numbers: self.numbers,
            nhs_number: derive("nhs_number"),
            local_id: derive("local_id"),
            row_key: derive("row_key"),
        }
    }
}

impl Source {
    /// The pseudonym of an NHS number as sent: the key's id and 128 bits of the number's HMAC.
    ///
    /// `Ok(None)` for what is no number, or none that the hub takes.
    ///
    /// # Errors
    /// An issued number under a key that is for tests alone.
    pub fn of_number(&self, text: &str) -> Result<Option<String>, ForbiddenNumber> {
        let Ok(number) = NhsNumber::parse(text) else { return Ok(None) };
        let class = number.class();
        if self.numbers.takes(class) {
            return Ok(Some(self.pseudonym(&self.nhs_number, &number.digits())));
        }
        let is_forbidden = self.numbers == NumberPolicy::Test && is_issued(class);
        if is_forbidden { Err(ForbiddenNumber) } else { Ok(None) }
    }

    /// The pseudonym of a provider's own id of a person. Letter case does not matter.
    #[must_use]
    pub fn of_local_id(&self, provider: &str, local_id: &str) -> String {
        let local_id = local_id.to_uppercase();
        let message = [provider.as_bytes(), SEPARATOR, local_id.as_bytes()].concat();
        self.pseudonym(&self.local_id, &message)
    }

    /// What stands for a provider's own key of a row.
    #[must_use]
    pub fn of_row_key(&self, row_key: &str) -> String {
        self.row_key.hex(row_key.as_bytes())
    }

    fn pseudonym(&self, key: &FieldKey, message: &[u8]) -> String {
        format!("{}{}", self.key_id, key.hex(message))
    }
}

/// A number that has been issued was met under a key for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an NHS number that may be a living person's, under a key for test numbers alone")]
pub struct ForbiddenNumber;

impl Places {
    /// Where a postcode as sent lies, if the look-ups know it.
    #[must_use]
    pub fn of_postcode(&self, postcode: &str) -> Option<Place> {
        match Postcode::read(postcode) {
            Reading::Place(postcode) => self.find(postcode),
            Reading::Malformed | Reading::Dummy => None,
        }
    }
}

impl std::fmt::Debug for SourceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SourceKey(..)")
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "999 000 0018";

    fn source(feed: &str) -> Source {
        MasterKey::demonstration().for_feed(feed, NumberPolicy::Test).source()
    }

    #[test]
    fn a_feeds_key_is_written_read_and_refused_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feed.key");
        let key = MasterKey::demonstration().for_feed("op", NumberPolicy::Test);
        key.write(&path).unwrap();
        let read = SourceKey::from_file(&path, "op").unwrap();
        assert_eq!(read.id(), key.id());
        assert_eq!(read.source().of_number(NUMBER), key.source().of_number(NUMBER));
        let other = SourceKey::from_file(&path, "apc");
        assert!(matches!(other, Err(KeyError::OtherFeed { .. })));
        // It is no master key, and a master key is no feed's.
        assert!(matches!(MasterKey::from_file(&path), Err(KeyError::Malformed { .. })));
        let master = folder.path().join("master.key");
        MasterKey::create(&master).unwrap();
        assert!(matches!(SourceKey::from_file(&master, "op"), Err(KeyError::NoSourceKey { .. })));
        assert!(matches!(key.write(&path), Err(KeyError::Exists { .. })));
    }

    #[test]
    fn two_feeds_share_no_key_and_no_pseudonym() {
        let (op, apc) = (source("op"), source("apc"));
        let [one, other] = [&op, &apc].map(|source| source.of_number(NUMBER).unwrap().unwrap());
        assert!(one.starts_with(&op.key_id) && other.starts_with(&apc.key_id));
        assert_ne!(op.key_id, apc.key_id);
        assert_ne!(one[16..], other[16..]);
        assert_eq!(op.of_number("9990000018").unwrap().unwrap(), one, "however it is written");
        assert_ne!(op.of_local_id("X", "9990000018"), one);
        assert_ne!(op.of_local_id("X", "a1"), op.of_local_id("Y", "a1"));
        assert_eq!(op.of_local_id("X", "a1"), op.of_local_id("X", "A1"));
    }

    #[test]
    fn a_number_that_was_issued_is_refused_under_a_key_for_tests() {
        // 943 476 5919, the NHS Data Dictionary's example, lies in no range that was issued.
        assert_eq!(source("op").of_number("4010232137"), Err(ForbiddenNumber));
        assert_eq!(source("op").of_number("9434765919"), Ok(None));
        assert_eq!(source("op").of_number("9990000019"), Ok(None), "its check digit is wrong");
        let live = MasterKey::demonstration().for_feed("op", NumberPolicy::Live).source();
        assert_eq!(live.of_number(NUMBER), Ok(None));
        assert!(live.of_number("4010232137").unwrap().is_some());
    }

    #[test]
    fn debug_shows_nothing() {
        let key = MasterKey::demonstration().for_feed("op", NumberPolicy::Test);
        assert_eq!(format!("{key:?} {:?}", key.source()), "SourceKey(..) Source(..)");
    }
}
