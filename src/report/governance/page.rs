//! The page, and the same as text.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, context};

use super::input::GovernanceInput;
use super::map::Map;
use crate::report::ReportError;
use crate::report::html::STYLE;
use crate::report::quality::shown;

const TEMPLATES: [(&str, &str); 3] = [
    ("governance.html", include_str!("../../../reports/templates/governance.html")),
    ("governance_map.html", include_str!("../../../reports/templates/governance_map.html")),
    ("governance.txt", include_str!("../../../reports/templates/governance.txt")),
];

/// The page.
///
/// # Errors
/// If the template fails.
pub fn render_governance(input: &GovernanceInput) -> Result<String, ReportError> {
    render("governance.html", input)
}

/// The same as plain text.
///
/// # Errors
/// If the template fails.
pub fn governance_text(input: &GovernanceInput) -> Result<String, ReportError> {
    render("governance.txt", input)
}

fn render(template: &str, input: &GovernanceInput) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let mut page = input.clone();
    for flow in &mut page.flows {
        flow.senders.iter_mut().for_each(|sender| *sender = shown(sender).to_owned());
        flow.senders.dedup();
    }
    let map = Map::of(&page);
    let template = environment.get_template(template)?;
    Ok(template.render(context! { style => STYLE, page => Serde(page), map => Serde(map) })?)
}
