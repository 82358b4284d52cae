//! A feed's own key: what a provider needs to put pseudonyms in place of persons before it sends.
//!
//! It is derived from the master key and says nothing of it, nor of another feed's or, if it is one
//! provider's alone, of another provider's. Pseudonyms under it are no tokens: the hub cannot link by
//! them but within what one key has made, unless a crosswalk says who is who.

use std::path::Path;

use zeroize::Zeroizing;

use super::field_key::FieldKey;
use super::issuer::Issuer;
use super::master_key::{MasterKey, read_secret, write_secret};
use super::postcode::{Postcode, Reading};
use super::{ForbiddenNumber, KeyError, NumberPolicy, Place, Places};
use crate::domain::NhsNumber;

/// How a feed's key begins in its file.
const NAME: &str = "hub-source-key";

/// Epochs of the public key of which a feed's keys are known again.
const PUBLIC_EPOCHS: u32 = 100;

/// The unit separator parts fields within a message: no provider sends it.
const SEPARATOR: &[u8] = b"\x1f";

/// The key of one feed, or of one provider of it, with the numbers that it may touch.
pub struct SourceKey {
    issuer: Issuer,
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
    /// The key of a feed, or of one provider of it: label `hub/v1|source|feed|provider|epoch`.
    #[must_use]
    pub fn for_issuer(&self, issuer: &Issuer, numbers: NumberPolicy) -> SourceKey {
        let key = self.child("source", issuer.feed(), issuer.provider().unwrap_or_default());
        SourceKey { issuer: issuer.clone(), numbers: self.may_touch(numbers), key }
    }
}

impl SourceKey {
    /// The feed's key in a file, readable by its owner alone.
    ///
    /// # Errors
    /// [`KeyError`] if there is none, if others may read it, or if it is another feed's or provider's.
    pub fn from_file(path: &Path, feed: &str, provider: Option<&str>) -> Result<Self, KeyError> {
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
        let issuer = Issuer::read(found).ok_or_else(wrong)?;
        let is_anothers =
            provider.is_some() && issuer.provider().is_some_and(|p| Some(p) != provider);
        if issuer.feed() != feed || is_anothers {
            let expected = match provider {
                Some(provider) => format!("{feed}/{provider}"),
                None => feed.to_owned(),
            };
            let found = issuer.to_string();
            return Err(KeyError::OtherFeed { origin: origin(), found, expected });
        }
        let key = MasterKey::from_hex(hex.as_bytes(), &origin())?;
        // What the public key derives is public, whatever the file says.
        let is_public = (1..=PUBLIC_EPOCHS).any(|epoch| {
            let public = MasterKey::demonstration().at_epoch(epoch);
            public.for_issuer(&issuer, NumberPolicy::Test).id() == key.id()
        });
        let numbers = if is_public { NumberPolicy::Test } else { numbers };
        Ok(Self { issuer, numbers, key })
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
        write_secret(path, &Zeroizing::new(format!("{NAME} {} {numbers} {}", self.issuer, *hex)))
    }

    /// Whose key it is.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
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
    /// A number outside the test range under a key that is for tests alone.
    pub fn of_number(&self, text: &str) -> Result<Option<String>, ForbiddenNumber> {
        let Ok(number) = NhsNumber::parse(text) else { return Ok(None) };
        match self.numbers {
            numbers if numbers.takes(number.class()) => {
                Ok(Some(self.pseudonym(&self.nhs_number, &number.digits())))
            }
            NumberPolicy::Test => Err(ForbiddenNumber),
            NumberPolicy::Live => Ok(None),
        }
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

impl Places {
    /// Where a postcode as sent lies, if the look-ups know it.
    #[must_use]
    pub fn of_postcode(&self, postcode: &str) -> Option<Place> {
        match Postcode::read(postcode) {
            Reading::Place(postcode) => self.find(postcode),
            Reading::Abroad(_) | Reading::Malformed | Reading::Dummy => None,
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

    fn key(issuer: &str) -> SourceKey {
        let issuer = Issuer::read(issuer).unwrap();
        MasterKey::demonstration().for_issuer(&issuer, NumberPolicy::Test)
    }

    #[test]
    fn a_feeds_key_is_written_read_and_refused_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feed.key");
        let written = key("op");
        written.write(&path).unwrap();
        let read = SourceKey::from_file(&path, "op", None).unwrap();
        assert_eq!(read.id(), written.id());
        assert_eq!(read.source().of_number(NUMBER), written.source().of_number(NUMBER));
        assert!(SourceKey::from_file(&path, "op", Some("RR8")).is_ok(), "it is every provider's");
        let other = SourceKey::from_file(&path, "apc", None);
        assert!(matches!(other, Err(KeyError::OtherFeed { .. })));
        // It is no master key, and a master key is no feed's.
        assert!(matches!(MasterKey::from_file(&path), Err(KeyError::Malformed { .. })));
        let master = folder.path().join("master.key");
        MasterKey::create(&master).unwrap();
        let none = SourceKey::from_file(&master, "op", None);
        assert!(matches!(none, Err(KeyError::NoSourceKey { .. })));
        assert!(matches!(written.write(&path), Err(KeyError::Exists { .. })));
    }

    #[test]
    fn a_providers_own_key_is_refused_to_another_provider() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("provider.key");
        key("op/RR8").write(&path).unwrap();
        for provider in [None, Some("RR8")] {
            let read = SourceKey::from_file(&path, "op", provider).unwrap();
            assert_eq!(read.issuer().to_string(), "op/RR8");
            assert_eq!(read.id(), key("op/RR8").id());
        }
        let other = SourceKey::from_file(&path, "op", Some("RAE")).unwrap_err().to_string();
        assert!(other.contains("`op/RR8`, not for `op/RAE`"), "{other}");
    }

    #[test]
    fn two_feeds_and_two_providers_share_no_key_and_no_pseudonym() {
        let names = ["op", "apc", "op/RR8", "op/RAE"];
        let made = names.map(|name| key(name).source().of_number(NUMBER).unwrap().unwrap());
        for (i, one) in made.iter().enumerate() {
            assert!(one.starts_with(&key(names[i]).id()));
            for other in &made[i + 1..] {
                assert_ne!(one[..16], other[..16]);
                assert_ne!(one[16..], other[16..]);
            }
        }
        let op = key("op").source();
        assert_eq!(op.of_number("9990000018").unwrap().unwrap(), made[0], "however it is written");
        assert_ne!(op.of_local_id("X", "9990000018"), made[0]);
        assert_ne!(op.of_local_id("X", "a1"), op.of_local_id("Y", "a1"));
        assert_eq!(op.of_local_id("X", "a1"), op.of_local_id("X", "A1"));
    }

    #[test]
    fn a_number_that_is_not_for_tests_is_refused_under_a_key_for_tests() {
        let op = key("op").source();
        assert_eq!(op.of_number("4010232137"), Err(ForbiddenNumber));
        // The NHS Data Dictionary's example: valid, and of no range that was issued.
        assert_eq!(op.of_number("9434765919"), Err(ForbiddenNumber));
        assert_eq!(op.of_number("9990000019"), Ok(None), "its check digit is wrong");
        let issuer = Issuer::read("op").unwrap();
        let drawn = MasterKey::from_hex("00f1".repeat(16).as_bytes(), "here").unwrap();
        let live = drawn.for_issuer(&issuer, NumberPolicy::Live).source();
        assert_eq!(live.of_number(NUMBER), Ok(None));
        assert!(live.of_number("4010232137").unwrap().is_some());
        // What the public key derives is public as well, whatever the pipeline declares.
        let public = MasterKey::demonstration().at_epoch(2);
        let public = public.for_issuer(&issuer, NumberPolicy::Live);
        assert_eq!(public.source().of_number("4010232137"), Err(ForbiddenNumber));
        // Nor may its file say otherwise.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("op.key");
        let text = format!("{NAME} op live {}", *public.key.hex());
        write_secret(&path, &text).unwrap();
        let read = SourceKey::from_file(&path, "op", None).unwrap().source();
        assert_eq!(read.of_number("4010232137"), Err(ForbiddenNumber));
    }

    #[test]
    fn debug_shows_nothing() {
        let key = key("op");
        assert_eq!(format!("{key:?} {:?}", key.source()), "SourceKey(..) Source(..)");
    }
}
