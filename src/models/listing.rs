//! The catalogue as text for people: every model on a line, or one model in full.

use std::fmt::Write as _;

use super::{Catalogue, ModelError};

/// One line per model: name, sensitivity, summary.
#[must_use]
pub fn list(catalogue: &Catalogue) -> String {
    let width = catalogue.models().map(|model| model.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for model in catalogue.models() {
        let level = model.header.sensitivity.as_str();
        let _ = writeln!(out, "{:width$}  {level:9}  {}", model.name, model.header.summary);
    }
    out
}

/// What one model is: its declaration, inputs, parameters, columns and checks.
///
/// # Errors
/// [`ModelError::UnknownModel`].
pub fn show(catalogue: &Catalogue, name: &str) -> Result<String, ModelError> {
    let model = catalogue.model(name)?;
    let header = &model.header;
    let mut out = String::new();
    let _ = writeln!(out, "{name}: {}", header.summary);
    let _ = writeln!(out, "file         {}", model.path.display());
    let _ = writeln!(out, "grain        {}", or_none(&header.grain, "one row"));
    let _ = writeln!(out, "sensitivity  {}", header.sensitivity);
    let _ = writeln!(out, "inputs       {}", or_none(&model.inputs, "none"));
    let parameters: Vec<String> =
        model.parameters.iter().map(|name| ["$", name].concat()).collect();
    let _ = writeln!(out, "parameters   {}", or_none(&parameters, "none"));
    out.push_str("columns\n");
    let width = model.columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
    for column in &model.columns {
        let description = column.description.as_deref().unwrap_or("");
        let line = format!("  {:width$}  {description}", column.name);
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if !header.checks.is_empty() {
        out.push_str("checks\n");
        for check in &header.checks {
            let _ = writeln!(out, "  {check}");
        }
    }
    Ok(out)
}

fn or_none(names: &[String], none: &str) -> String {
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn a_model_is_listed_and_shown_with_its_descriptions() {
        let text = "--! summary = \"Persons.\"\n--! grain = [\"person_id\"]\n--! sensitivity = \"person\"\n--! checks = [\"unique(person_id)\"]\nselect\n  person_id, -- pseudonym\n  sex\nfrom base.person where seen_on < $as_at";
        let catalogue =
            Catalogue::from_sources([(PathBuf::from("core/person.sql"), text.to_owned())])
                .expect("a model");
        assert_eq!(list(&catalogue), "core.person  person     Persons.\n");
        let shown = show(&catalogue, "core.person").expect("known");
        for line in [
            "core.person: Persons.",
            "inputs       base.person",
            "parameters   $as_at",
            "  person_id  pseudonym",
            "  sex\n",
            "  unique(person_id)",
        ] {
            assert!(shown.contains(line), "{line} in\n{shown}");
        }
    }
}
