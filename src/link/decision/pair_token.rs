//! How a pair of identities is named outside: by two short keyed handles, each with a check digit.

use std::fmt;
use std::str::FromStr;

/// Crockford's digits: no i, l, o, u.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits of a handle: 40 bits, so that of a million identities about one shares its handle.
const N_DIGITS: usize = 8;
/// The bits of a handle.
const MASK: u64 = (1 << 40) - 1;

/// The name of a pair of identities: `4k7qm2xw9-b61yt03ch`.
///
/// It says nothing of anybody: both halves are keyed hashes. The ninth digit of each tells slips of the
/// pen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairToken([u64; 2]);

impl PairToken {
    /// The pair of two handles, of which the last 40 bits count; in whichever order.
    #[must_use]
    pub fn of(one: u64, other: u64) -> Self {
        let (one, other) = (Self::cut(one), Self::cut(other));
        Self([one.min(other), one.max(other)])
    }

    /// The handles.
    #[must_use]
    pub fn handles(self) -> [u64; 2] {
        self.0
    }

    /// The part of a keyed hash that is a handle.
    pub(crate) fn cut(hash: u64) -> u64 {
        hash & MASK
    }
}

impl fmt::Display for PairToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = self.0.map(|handle| {
            let digits: Vec<u8> = (0..N_DIGITS).rev().map(|at| digit(handle, at)).collect();
            let all = digits.iter().copied().chain([check(&digits)]);
            all.map(|digit| char::from(DIGITS[usize::from(digit)])).collect::<String>()
        });
        write!(f, "{one}-{other}")
    }
}

impl FromStr for PairToken {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (one, other) = text.split_once('-').ok_or(())?;
        let (one, other) = (handle(one).ok_or(())?, handle(other).ok_or(())?);
        if one == other { Err(()) } else { Ok(Self::of(one, other)) }
    }
}

fn digit(handle: u64, at: usize) -> u8 {
    u8::try_from(handle >> (5 * at) & 31).unwrap_or_default()
}

/// A sum under odd weights: it changes with every digit.
fn check(digits: &[u8]) -> u8 {
    let weighted =
        digits.iter().zip((1_u32..).step_by(2)).map(|(&d, weight)| weight * u32::from(d));
    u8::try_from(weighted.sum::<u32>() % 32).unwrap_or_default()
}

fn handle(text: &str) -> Option<u64> {
    let place = |byte: u8| {
        let at = DIGITS.iter().position(|digit| *digit == byte.to_ascii_lowercase())?;
        u8::try_from(at).ok()
    };
    let digits: Vec<u8> = text.bytes().map(place).collect::<Option<_>>()?;
    let (last, digits) = digits.split_last()?;
    if digits.len() != N_DIGITS || check(digits) != *last {
        return None;
    }
    Some(digits.iter().fold(0, |handle, &digit| handle << 5 | u64::from(digit)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_is_read_as_it_was_written_and_a_slip_is_seen(
            one in 0..=MASK, other in 0..=MASK, at in 0_usize..19, by in 1_usize..32,
        ) {
            prop_assume!(one != other);
            let token = PairToken::of(one, other);
            let text = token.to_string();
            prop_assert_eq!(text.len(), 19);
            prop_assert_eq!(text.parse(), Ok(token));
            prop_assert_eq!(text.to_uppercase().parse(), Ok(token));
            prop_assert_eq!(PairToken::of(other, one), token);
            let mut bytes = text.into_bytes();
            if let Some(digit) = DIGITS.iter().position(|digit| *digit == bytes[at]) {
                bytes[at] = DIGITS[(digit + by) % 32];
                prop_assert_eq!(String::from_utf8(bytes).unwrap().parse::<PairToken>(), Err(()));
            }
        }
    }

    #[test]
    fn what_is_no_pair_is_no_token() {
        // 1 in Crockford's digits, with its check: weight 15 of the eighth digit.
        let one = "00000001f";
        assert_eq!(PairToken::of(1, 0).to_string(), format!("000000000-{one}"));
        for text in ["", "-", one, "00000001f-00000001f", "1-2", "00000001f-000000000-", "é-é"] {
            assert_eq!(text.parse::<PairToken>(), Err(()), "{text}");
        }
    }
}
