//! Short forms of given names, as a table says: Bill is William.
//!
//! Names are still in clear where the table is asked. What goes on is a token of the canonical form, and only of
//! names that the table has, so that every other identity is as it would be without a table.

use std::collections::BTreeMap;

use super::name;

/// Which canonical form stands for which given names, folded; without any, no name has one.
#[derive(Clone, Default)]
pub struct Nicknames {
    canonical: BTreeMap<String, String>,
}

impl Nicknames {
    /// Reads pairs of name and canonical form; a canonical form stands for itself.
    ///
    /// # Errors
    /// The first pair, counted from 0, that is of no names, or that gives a name a second canonical form.
    pub fn of(pairs: &[[String; 2]]) -> Result<Self, usize> {
        let mut canonical: BTreeMap<String, String> = BTreeMap::new();
        for (at, [name, form]) in pairs.iter().enumerate() {
            let (Some(name), Some(form)) = (name::folded(name), name::folded(form)) else {
                return Err(at);
            };
            for name in [name, form.clone()] {
                let known = canonical.entry(name).or_insert_with(|| form.clone());
                if *known != form {
                    return Err(at);
                }
            }
        }
        Ok(Self { canonical })
    }

    /// The canonical form of a folded given name; `None` if the table does not have the name.
    pub(super) fn of_name(&self, folded: &str) -> Option<&str> {
        self.canonical.get(folded).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[[&str; 2]]) -> Vec<[String; 2]> {
        pairs.iter().map(|pair| pair.map(str::to_owned)).collect()
    }

    #[test]
    fn short_forms_and_the_canonical_form_itself_are_known_and_others_are_not() {
        let table = Nicknames::of(&pairs(&[["Bill", "William"], ["Liam ", "william"]]));
        let table = table.unwrap_or_else(|at| panic!("pair {at}"));
        let found = ["BILL", "LIAM", "WILLIAM", "WILL"].map(|name| table.of_name(name));
        assert_eq!(found, [Some("WILLIAM"), Some("WILLIAM"), Some("WILLIAM"), None]);
        assert_eq!(Nicknames::default().of_name("BILL"), None);
    }

    #[test]
    fn a_name_with_two_canonical_forms_and_what_is_no_name_are_refused() {
        let of = |list: &[[&str; 2]]| Nicknames::of(&pairs(list)).err();
        assert_eq!(of(&[["Chris", "Christine"], ["Chris", "Christopher"]]), Some(1));
        assert_eq!(of(&[["Bill", "Will"], ["Will", "William"]]), Some(1));
        assert_eq!(of(&[["Bill", "-"]]), Some(0));
    }
}
