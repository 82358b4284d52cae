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

#[cfg(test)]
mod tests {
    use super::super::input::FlowRow;
    use super::*;

    fn flow(controller: &str, sender: &str, purposes: &[&str]) -> FlowRow {
        let text = |text: &str| text.to_owned();
        FlowRow {
            feed: text("apc"),
            title: text("Admissions"),
            sector: text("acute"),
            senders: vec![text(sender)],
            controllers: vec![text(controller)],
            agreements: vec![text("acute")],
            identifiers: Vec::new(),
            columns: Vec::new(),
            readers: vec![text("base.apc")],
            models: vec![text("base.apc")],
            releases: Vec::new(),
            purposes: purposes.iter().map(|purpose| text(purpose)).collect(),
            recipients: vec![text("Board")],
            opt_out: text("national data opt-out"),
            retention: vec![text("8 years from the end of the period")],
            n_files: 1,
            n_read: 2,
            n_accepted: 2,
        }
    }

    fn input(flows: Vec<FlowRow>) -> GovernanceInput {
        GovernanceInput {
            pipeline: "p".to_owned(),
            city: "C".to_owned(),
            as_at: "2026-04-01".to_owned(),
            run_on: "2026-04-01".to_owned(),
            purpose: "commissioning".to_owned(),
            demonstration: false,
            keeper: None,
            attention: Vec::new(),
            flows,
            releases: Vec::new(),
            published: Vec::new(),
            purposes: Vec::new(),
            agreements: Vec::new(),
            kept: Vec::new(),
            destroyed: Vec::new(),
            forgotten: Vec::new(),
            measures: Vec::new(),
        }
    }

    #[test]
    fn what_is_declared_is_text_and_a_code_that_could_be_a_number_is_not_shown() {
        let page = input(vec![flow("<b>Trust</b> & Sons", "9990000018", &["commissioning"])]);
        let html = render_governance(&page).unwrap();
        assert!(html.contains("&lt;b&gt;Trust&lt;&#x2f;b&gt; &amp; Sons"), "{html}");
        assert!(!html.contains("<b>") && !html.contains("<script"));
        let text = governance_text(&page).unwrap();
        assert!(text.contains("<b>Trust</b> & Sons -> unknown"), "{text}");
        for shown in [&html, &text] {
            assert!(!shown.contains("9990000018"));
            assert!(shown.contains("Nothing: every feed has a live agreement"));
        }
    }

    #[test]
    fn what_nobody_has_agreed_to_does_not_reach_the_hub_on_the_map() {
        let n_lines = |purposes: &[&str]| {
            let html = render_governance(&input(vec![flow("Trust", "RR8", purposes)])).unwrap();
            html.matches("<path ").count()
        };
        // Controller to feed, feed to hub, hub to recipient; or the first alone.
        assert_eq!((n_lines(&["commissioning"]), n_lines(&["research"])), (3, 1));
    }
}
