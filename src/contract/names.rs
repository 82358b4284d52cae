//! Names of columns as they are compared, and the nearest of them to a mistyped one.

/// A header name in lower case, with one space where there are several or a line end.
pub(super) fn trimmed(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Its letters and digits alone: `iuc_adc_-_group` is `IUC ADC group`. A name of neither stays.
pub(super) fn folded(name: &str) -> String {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    if letters.is_empty() { trimmed(name) } else { letters.to_lowercase() }
}

/// The name that is most like a mistyped one, if one is: at most a third of its letters differ.
#[must_use]
pub fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (typed, most) = (folded(typed), (typed.chars().count() / 3).min(4));
    let all = names.map(|name| (distance(&typed, &folded(name)), name));
    all.filter(|(distance, _)| *distance <= most).min().map(|(_, name)| name)
}

/// Letters that must be put in, taken out or changed to make one text of another (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = corner + usize::from(letter != *other);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_their_letters_and_digits() {
        for (name, expected) in [
            (" NHS Number ", "nhsnumber"),
            ("[rejected_service_reason", "rejectedservicereason"),
            ("iuc_adc_-_clinical_dx_group", "iucadcclinicaldxgroup"),
            ("DIAG_4_01", "diag401"),
            ("#", "#"),
            ("", ""),
        ] {
            assert_eq!(folded(name), expected);
        }
    }

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["admitted_on", "discharged_on", "sex"];
        let near = |typed| nearest(typed, names.into_iter());
        assert_eq!(near("admited_on"), Some("admitted_on"));
        assert_eq!(near("DischargedOn"), Some("discharged_on"));
        assert_eq!(near("postcode"), None);
        assert_eq!(near("age"), None, "every letter differs");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
