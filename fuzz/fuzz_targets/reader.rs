//! Any bytes as a file of any kind.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let memory = std::path::Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::tempdir_in(folder).expect("a temporary folder")
});

fuzz_target!(|bytes: &[u8]| hub_fuzz::read_file(bytes, &FOLDER.path().join("extract")));
