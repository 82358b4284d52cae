//! How a pair of identities is named outside: by two short keyed handles, each with a check digit.

use std::fmt;
use std::str::FromStr;

/// Crockford's digits: no i, l, o, u.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits of a handle: 60 bits. Of five million identities two share one with a chance of one in 90,000,
/// and one that comes later has that of a given identity with a chance of 4 in 10^12 (the birthday bound,
/// n^2 / 2^61, and n / 2^60).
const N_DIGITS: usize = 12;
/// The bits of a handle.
const MASK: u64 = (1 << 60) - 1;
/// Digits of the handles that an earlier hub printed: the last 40 bits.
const N_SHORT: usize = 8;
/// The bits of such a handle.
const SHORT_MASK: u64 = (1 << 40) - 1;
/// What marks it: no other has this bit.
const SHORT: u64 = 1 << 63;

/// The name of a pair of identities: `4k7qm2xw8d3n9-b61yt03czq5vk`.
///
/// It says nothing of anybody: both halves are keyed hashes. The last digit of each tells slips of the
/// pen. The shorter names of an earlier hub are read, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairToken([u64; 2]);

impl PairToken {
    /// The pair of two handles, of which the last 60 bits count; in whichever order.
    #[must_use]
    pub fn of(one: u64, other: u64) -> Self {
        Self::ordered(Self::cut(one), Self::cut(other))
    }

    fn ordered(one: u64, other: u64) -> Self {
        Self([one.min(other), one.max(other)])
    }

    /// The handles.
    #[must_use]
    pub fn handles(self) -> [u64; 2] {
        self.0
    }

    /// The part of a keyed hash that is a handle.
    fn cut(hash: u64) -> u64 {
        hash & MASK
    }

    /// The handles of a keyed hash: that of today, and that which an earlier hub made of it.
    pub(crate) fn names_of(hash: u64) -> [u64; 2] {
        [Self::cut(hash), hash & SHORT_MASK | SHORT]
    }
}

impl fmt::Display for PairToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = self.0.map(|handle| {
            let n_digits = if handle & SHORT == 0 { N_DIGITS } else { N_SHORT };
            let digits: Vec<u8> = (0..n_digits).rev().map(|at| digit(handle, at)).collect();
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
        let are_alike = one & SHORT == other & SHORT;
        if one == other || !are_alike { Err(()) } else { Ok(Self::ordered(one, other)) }
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
    if check(digits) != *last {
        return None;
    }
    let handle = digits.iter().fold(0, |handle, &digit| handle << 5 | u64::from(digit));
    match digits.len() {
        N_DIGITS => Some(handle),
        N_SHORT => Some(handle | SHORT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_is_read_as_it_was_written_and_a_slip_is_seen(
            one in 0..=MASK, other in 0..=MASK, at in 0_usize..27, by in 1_usize..32,
        ) {
            prop_assume!(one != other);
            let token = PairToken::of(one, other);
            let text = token.to_string();
            prop_assert_eq!(text.len(), 27);
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
        // 1 in Crockford's digits, with its check: weight 23 of the twelfth digit.
        let one = "000000000001q";
        assert_eq!(PairToken::of(1, 0).to_string(), format!("0000000000000-{one}"));
        // Weight 15 of the eighth digit; a long handle and a short one are no pair.
        let short = "00000001f-000000000-";
        let mixed = "00000001f-0000000000000";
        let twice = "000000000001q-000000000001q";
        for text in ["", "-", one, twice, "00000001f-00000001f", "1-2", short, mixed, "é-é"] {
            assert_eq!(text.parse::<PairToken>(), Err(()), "{text}");
        }
    }

    #[test]
    fn the_shorter_token_of_an_earlier_hub_is_read_and_is_another_name_of_the_same_identities() {
        let text = "000000000-00000001f";
        let token: PairToken = text.parse().expect("a token");
        assert_eq!(token.to_string(), text);
        assert_eq!(token.handles(), [0, 1].map(|hash| PairToken::names_of(hash)[1]));
        assert_ne!(token, PairToken::of(0, 1));
    }
}
