//! A folder with an extract and a store, and what intake is called with.

use std::path::PathBuf;

use hub::contract::Contract;
use hub::pipeline::intake::{AwaitedHash, Delivery, Intake, intake};
use hub::pseudonymise::{Encoder, MasterKey, NumberPolicy, Places};
use hub::store::{Store, sha256_hex, write_atomic};

/// One extract of a feed in a folder that goes with this.
pub(super) struct Scratch {
    folder: tempfile::TempDir,
    pub(super) path: PathBuf,
    pub(super) contract: Contract,
    pub(super) n_bytes: u64,
    sha256: String,
}

impl Scratch {
    /// Writes an extract of the feed.
    pub(super) fn new(feed: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for scratch files");
        let path = folder.path().join(format!("{feed}.csv"));
        write_atomic(&path, text.as_bytes()).expect("room for the extract");
        let contracts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pipelines/contracts");
        let contract = Contract::load(&contracts.join(format!("{feed}.toml")));
        let contract = contract.expect("the feed has a contract");
        let sha256 = sha256_hex(text.as_bytes());
        Self { folder, path, contract, n_bytes: text.len() as u64, sha256 }
    }

    /// The store beside the extract.
    pub(super) fn store(&self) -> Store {
        let store = Store::open(&self.folder.path().join("store")).expect("a store can be made");
        store.with_zone_key(&MasterKey::demonstration().zone_key())
    }

    /// Takes the extract in, from file to parts.
    pub(super) fn take(&self, encoder: &Encoder) -> Intake {
        let sha256 = AwaitedHash::from(Some(self.sha256.clone()));
        let delivery = Delivery {
            path: &self.path,
            sha256: &sha256,
            name: "speed",
            scope: "speed",
            sender: "RR8",
        };
        let (places, store) = (Places::default(), self.store());
        intake(&delivery, &self.contract, encoder, &places, &store, &|_| {})
            .expect("the extract keeps its contract")
    }
}

/// An encoder under the public key.
pub(super) fn encoder() -> Encoder {
    Encoder::new(&MasterKey::demonstration(), "commissioning", NumberPolicy::Test)
}
