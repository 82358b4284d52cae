//! Reading the identity zone as its description says, with a key in hand and without the hub's own reader.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hub::domain::ZoneKey;
use hub::pseudonymise::MasterKey;
use hub::store::Store;

const HEADER: usize = 32;
const SEALED_CHUNK: usize = 65_536 + 48;

/// Keys of stores in a folder: the demonstration key and every `*.key` beside it, at two epochs.
fn keys_in(folder: &Path) -> Vec<ZoneKey> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files = paths.filter(|path| path.extension().is_some_and(|e| e == "key"));
    let named = |path: PathBuf| move || MasterKey::from_file(&path).expect("a key");
    let mut makers: Vec<Box<dyn Fn() -> MasterKey>> = vec![Box::new(MasterKey::demonstration)];
    makers.extend(files.map(|path| Box::new(named(path)) as Box<dyn Fn() -> MasterKey>));
    let at_epochs = |make: &dyn Fn() -> MasterKey| [1, 2].map(|n| make().at_epoch(n).zone_key());
    makers.iter().flat_map(|make| at_epochs(make)).collect()
}

/// The store in a folder, its identity zone open.
pub(crate) fn open_store(folder: &Path) -> Store {
    let store = Store::open_existing(&folder.join("store")).expect("a store");
    keys_in(folder).iter().fold(store, |store, key| store.with_zone_key(key))
}

/// What was sealed in a file, if it was under this key.
pub(crate) fn unsealed(file: &[u8], key: &ZoneKey) -> Option<Vec<u8>> {
    let magic = b"hub sealed zone\x01";
    assert!(file.starts_with(magic), "it is sealed");
    let aead = XChaCha20Poly1305::new(key.seal().into());
    let (mut plain, mut before) = (Vec::new(), vec![0; 16]);
    for chunk in file[HEADER..].chunks(SEALED_CHUNK) {
        let (place, rest) = chunk.split_at(8);
        let (nonce, sealed) = rest.split_at(24);
        let aad = [magic.as_slice(), place, &before].concat();
        let payload = Payload { msg: sealed, aad: &aad };
        plain.extend(aead.decrypt(XNonce::from_slice(nonce), payload).ok()?);
        before = sealed[sealed.len() - 16..].to_vec();
    }
    Some(plain)
}

/// Every Parquet file of the store in a folder, the identity zone's among them, with its place and name.
pub(crate) fn parquet_files(folder: &Path) -> Vec<(String, Bytes)> {
    let keys = keys_in(folder);
    let mut found = Vec::new();
    for zone in ["parts", "identities", "left_out"] {
        for entry in std::fs::read_dir(folder.join("store").join(zone)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let bytes = std::fs::read(&path).expect("readable");
            let plain = match zone {
                "identities" => keys.iter().find_map(|key| unsealed(&bytes, key)),
                _ => Some(bytes),
            };
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let plain = plain.unwrap_or_else(|| panic!("{zone}/{name}: no key opens it"));
            found.push((format!("{zone}/{name}"), plain.into()));
        }
    }
    found
}
