//! How much memory the process holds.

/// Bytes resident, as Linux tells; 0 where that is unknown.
///
/// The engine's pool counts what operators reserve. Functions reserve nothing, so a query's
/// memory is also limited by what the process really holds.
pub(crate) fn resident_bytes() -> u64 {
    const PAGE_BYTES: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * PAGE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_touched_is_resident() {
        let before = resident_bytes();
        let block = std::hint::black_box(vec![1u8; 64 << 20]);
        let after = resident_bytes();
        assert!(before == 0 || after >= before + (32 << 20), "{before} {after} {}", block.len());
    }
}
