//! Texts that hardly repeat themselves: ids, mostly.
//!
//! Format: Apache Parquet, "Plain (`PLAIN` = 0)" and "Delta Strings (`DELTA_BYTE_ARRAY` = 7)".

use parquet::basic::Encoding;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::delta;
use super::pages::Pages;
use super::validity::Validity;

/// Texts by which it is judged whether they begin alike.
const SAMPLE: usize = 1024;

/// Pages of the rows' texts; nobody looks for the least of what never comes twice.
pub(super) fn pages(texts: &[&str], validity: &Validity, descriptor: &ColumnDescPtr) -> Pages {
    let n_bytes: usize = texts.iter().map(|text| text.len()).sum();
    let mut page = validity.page(descriptor, n_bytes + 4 * texts.len());
    let encoding = if share_their_beginnings(&texts[..texts.len().min(SAMPLE)]) {
        append_new_endings(texts, &mut page);
        Encoding::DELTA_BYTE_ARRAY
    } else {
        for text in texts {
            page.extend_from_slice(&(text.len() as u32).to_le_bytes());
            page.extend_from_slice(text.as_bytes());
        }
        Encoding::PLAIN
    };
    let statistics = Statistics::byte_array(None, None, None, Some(validity.n_nulls as u64), false);
    Pages::plain(page, encoding, validity.n_rows, statistics)
}

/// Whether texts repeat half of the text before them, as running numbers do.
fn share_their_beginnings(texts: &[&str]) -> bool {
    let n_shared: usize = texts.windows(2).map(|pair| n_shared(pair[0], pair[1])).sum();
    let n_bytes: usize = texts.iter().map(|text| text.len()).sum();
    n_shared * 2 > n_bytes
}

/// For each text how many bytes of the text before it it begins with, and the rest of it.
fn append_new_endings(texts: &[&str], page: &mut Vec<u8>) {
    let mut before = "";
    let shared = texts.iter().map(|text| n_shared(std::mem::replace(&mut before, text), text));
    let shared: Vec<i64> = shared.map(|n| n as i64).collect();
    delta::append(&shared, page);
    let rests = || texts.iter().zip(&shared).map(|(text, n)| &text.as_bytes()[*n as usize..]);
    delta::append(&rests().map(|rest| rest.len() as i64).collect::<Vec<_>>(), page);
    rests().for_each(|rest| page.extend_from_slice(rest));
}

/// Bytes that two texts begin with alike.
#[inline]
fn n_shared(a: &str, b: &str) -> usize {
    let ((a_eights, _), (b_eights, _)) =
        (a.as_bytes().as_chunks::<8>(), b.as_bytes().as_chunks::<8>());
    let mut n = 0;
    for (a, b) in a_eights.iter().zip(b_eights) {
        let differs = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differs != 0 {
            return n + differs.trailing_zeros() as usize / 8;
        }
        n += 8;
    }
    n + a.as_bytes()[n..].iter().zip(&b.as_bytes()[n..]).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_many_bytes_are_shared_as_are_alike(a in "[ab]{0,30}", b in "[ab]{0,30}", c in "[ab]{0,20}") {
            let (a, b) = (format!("{c}{a}"), format!("{c}{b}"));
            let expected = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(n_shared(&a, &b), expected);
        }
    }

    #[test]
    fn running_numbers_begin_alike_and_names_do_not() {
        assert!(share_their_beginnings(&["A0000001", "A0000002", "A0000003"]));
        assert!(!share_their_beginnings(&["anna", "bert", "berta", "carl"]));
        assert!(!share_their_beginnings(&[]));
    }

    #[test]
    fn the_formats_own_example_comes_out() {
        // "axis", "axle", "babble", "babyhood": prefixes 0 2 0 3, suffixes "axis" "le" "babble" "yhood".
        let mut page = Vec::new();
        append_new_endings(&["axis", "axle", "babble", "babyhood"], &mut page);
        let mut expected = Vec::new();
        delta::append(&[0, 2, 0, 3], &mut expected);
        delta::append(&[4, 2, 6, 5], &mut expected);
        expected.extend_from_slice(b"axislebabbleyhood");
        assert_eq!(page, expected);
    }
}
