//! Finished work by what it was made from, so that a run after a crash does not do it again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::atomic::write_with_mode;
use super::layout::FILE_MODE;
use super::{Part, Store, StoreError, Zone, sha256_hex};

/// What one piece of work made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Its parts by role: `records`, `identities`, `quarantine`, …
    pub outputs: BTreeMap<String, (Zone, Part)>,
    /// Its counts and notes; never a cell's value.
    pub summary: serde_json::Value,
}

/// A recipe as it lies on disk, with a hash over itself: a damaged one is work not yet done.
#[derive(Serialize, Deserialize)]
struct Remembered {
    recipe: String,
    made: Recipe,
    sha256: String,
}

impl Store {
    /// What `recipe` made, if all of it is still there.
    ///
    /// `recipe` is the hash of everything that the work depends on.
    #[must_use]
    pub fn recall(&self, recipe: &str) -> Option<Recipe> {
        let bytes = std::fs::read(self.recipe_path(recipe)).ok()?;
        let made = parse(&bytes).filter(|remembered| remembered.recipe == recipe)?.made;
        made.outputs.values().all(|(zone, part)| self.holds(*zone, part)).then_some(made)
    }

    /// Keeps what `recipe` made. Call it when every output is finished.
    ///
    /// # Errors
    /// What the file system says.
    pub fn remember(&self, recipe: &str, made: &Recipe) -> Result<(), StoreError> {
        let sha256 = hash(recipe, made)?;
        let remembered = Remembered { recipe: recipe.to_owned(), made: made.clone(), sha256 };
        let bytes = to_json(&remembered)?;
        write_with_mode(&self.recipe_path(recipe), &bytes, FILE_MODE)
    }

    /// A file name that no recipe's text can lead astray.
    fn recipe_path(&self, recipe: &str) -> PathBuf {
        let is_hash = recipe.len() == 64 && recipe.bytes().all(|b| b.is_ascii_hexdigit());
        let name = if is_hash { recipe.to_owned() } else { sha256_hex(recipe.as_bytes()) };
        self.recipes().join(format!("{name}.json"))
    }
}

/// What a recipe file says was made; `None` if it is damaged.
pub(super) fn outputs_of(bytes: &[u8]) -> Option<Vec<(Zone, Part)>> {
    Some(parse(bytes)?.made.outputs.into_values().collect())
}

fn parse(bytes: &[u8]) -> Option<Remembered> {
    let remembered: Remembered = serde_json::from_slice(bytes).ok()?;
    let expected = hash(&remembered.recipe, &remembered.made).ok()?;
    (expected == remembered.sha256).then_some(remembered)
}

fn hash(recipe: &str, made: &Recipe) -> Result<String, StoreError> {
    Ok(sha256_hex(&to_json(&(recipe, made))?))
}

fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|source| StoreError::Json { what: "recipe", source })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{a_part, a_store};
    use super::*;

    #[test]
    fn finished_work_is_found_again_until_a_part_of_it_is_gone() {
        let (_folder, store) = a_store();
        let part = a_part(&store, Zone::Identities, 5);
        let outputs = BTreeMap::from([("identities".to_owned(), (Zone::Identities, part.clone()))]);
        let made = Recipe { outputs, summary: json!({ "read": 5 }) };
        assert_eq!(store.recall("apc 2024-04"), None);
        store.remember("apc 2024-04", &made).unwrap();
        assert_eq!(store.recall("apc 2024-04"), Some(made));
        assert_eq!(store.recall("../../etc/passwd"), None);
        std::fs::remove_file(store.path(Zone::Identities, &part)).unwrap();
        assert_eq!(store.recall("apc 2024-04"), None);
    }

    #[test]
    fn a_damaged_recipe_is_work_not_yet_done() {
        let (_folder, store) = a_store();
        let made = Recipe { outputs: BTreeMap::new(), summary: json!({ "read": 5 }) };
        let recipe = sha256_hex(b"inputs");
        store.remember(&recipe, &made).unwrap();
        let path = store.recipe_path(&recipe);
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = text.replace("\"read\":5", "\"read\":6");
        write_with_mode(&path, changed.as_bytes(), FILE_MODE).unwrap();
        assert_eq!(store.recall(&recipe), None);
    }
}
