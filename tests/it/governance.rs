//! The governance page of the sample: everything that is declared is on it, and nothing else is said.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::support::{changed_pipeline, hub, root, sample, stderr, stdout};

/// The pipeline file of the sample, as anybody may read it.
fn declared() -> Table {
    let text = std::fs::read_to_string(root().join("pipelines/sample.toml")).expect("readable");
    text.parse().expect("TOML")
}

/// Every text under a key of each agreement.
fn each(key: &str) -> BTreeSet<String> {
    let declared = declared();
    let agreements = declared["agreement"].as_table().expect("agreements").values();
    let texts =
        agreements.filter_map(|agreement| agreement.get(key)).flat_map(|value| match value {
            Value::Array(texts) => {
                texts.iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
            }
            Value::String(text) => vec![text.clone()],
            other => vec![other.to_string()],
        });
    texts.collect()
}

fn governance(more: &[&str]) -> String {
    let args: Vec<&str> =
        ["governance", "pipelines/sample.toml"].into_iter().chain(more.iter().copied()).collect();
    let output = hub(&args, sample().folder.path());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

/// The page with what HTML escapes as it is read.
fn page() -> String {
    let path = sample().out().join("governance/index.html");
    let page = std::fs::read_to_string(path).expect("the page");
    page.replace("&#x27;", "'").replace("&#x2f;", "/").replace("&amp;", "&")
}

/// The part of a text from a heading to the next.
fn section<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from}"));
    rest.split_once(to).map_or(rest, |(section, _)| section)
}

#[test]
fn every_feed_controller_purpose_basis_retention_and_recipient_is_on_the_page_and_in_the_text() {
    let text = governance(&[]);
    for shown in [&page(), &text] {
        for key in [
            "title",
            "controllers",
            "feeds",
            "purposes",
            "data_subjects",
            "recipients",
            "dpia",
            "confidentiality_reference",
            "starts_on",
            "expires_on",
            "retention",
        ] {
            let declared = each(key);
            assert!(!declared.is_empty(), "{key}");
            for said in declared {
                assert!(shown.contains(&said), "{key}: `{said}`");
            }
        }
        // The law by its letters: of the words that the sample uses, what each is in the UK GDPR.
        let letters = [
            ("article_6", "public_task", "Article 6(1)(e)"),
            ("article_6", "consent", "Article 6(1)(a)"),
            ("article_9", "health_or_social_care", "Article 9(2)(h)"),
            ("article_9", "public_health", "Article 9(2)(i)"),
            ("article_9", "explicit_consent", "Article 9(2)(a)"),
            ("confidentiality", "section_251", "section 251 of the NHS Act 2006"),
            ("confidentiality", "statutory_duty", "a statutory duty or power"),
            ("confidentiality", "consent", "consent"),
            ("confidentiality", "anonymised_to_others", "anonymised to those who receive it"),
        ];
        for (key, word, said) in letters {
            assert!(each(key).contains(word), "{word}");
            assert!(shown.contains(said), "{said}");
        }
        for letter in ["(a)", "(b)", "(c)", "(d)", "(f)", "(g)"] {
            assert!(shown.contains(letter), "Article 30(1){letter}");
        }
        for said in ["national data opt-out", "type-1 opt-out", "nobody in it lives"] {
            assert!(shown.to_lowercase().contains(said), "{said}");
        }
        let organisation = declared()["organisation"].as_table().expect("declared").clone();
        for key in ["name", "contact", "data_protection_officer"] {
            let said = organisation[key].as_str().expect("a text");
            assert!(shown.contains(said), "{key}");
        }
    }
    // The command shows what the run's page shows.
    let html = std::fs::read_to_string(sample().out().join("governance/index.html"));
    let is_same = governance(&["--as", "html"]).trim_end() == html.expect("the page");
    assert!(is_same, "the command shows another page");
}

#[test]
fn each_feed_flows_from_its_own_controllers_to_its_own_recipients() {
    let text = governance(&[]);
    let map = section(&text, "DATA-FLOW MAP", "RECORD OF PROCESSING");
    let declared = declared();
    let rules = declared["delivery"].as_array().expect("deliveries");
    assert_eq!(rules.len(), 16);
    for rule in rules {
        let feed = rule["feed"].as_str().expect("a feed");
        let row = section(map, &format!("\n{feed}: "), "\n  kept");
        let agreements = declared["agreement"].as_table().expect("agreements");
        let (id, agreement) = agreements
            .iter()
            .find(|(_, a)| a["feeds"].as_array().expect("feeds").contains(&Value::from(feed)))
            .expect("an agreement of the feed");
        assert!(row.contains(&format!("commissioning ({id})")), "{row}");
        for key in ["controllers", "recipients"] {
            let own: Vec<&str> = agreement[key]
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            for said in each(key) {
                let is_own = own.contains(&said.as_str());
                let line = if key == "controllers" { "  from  " } else { "  to  " };
                let line = row.lines().find(|l| l.starts_with(line)).expect("the line");
                assert_eq!(line.contains(&said), is_own, "{feed}: {said}");
            }
        }
        // As many rows as the run counted.
        let sql = format!(
            "select sum(n_read), sum(n_accepted) from quality.delivery \
                           where feed = '{feed}'"
        );
        let counted = sample().query(&sql).remove(0);
        let said = format!("{} rows, {} records", counted[0], counted[1]);
        assert!(row.contains(&said), "{said}: {row}");
        assert!(row.contains(&format!("base.{feed}")), "{row}");
    }
}

#[test]
fn days_to_the_end_of_agreements_are_counted_and_what_lapsed_is_said_first() {
    // From 1 April 2026 to 30 September: 29 + 31 + 30 + 31 + 31 + 30 days.
    assert!(governance(&[]).contains("2023-04-01 to 2026-09-30: live, ends in 182 days"));
    let text = governance(&["--run-on", "2026-09-30"]);
    let attention = section(&text, "ATTENTION", "DATA-FLOW MAP");
    assert!(attention.contains("agreement urgent_care: live, ends today"), "{attention}");
    let text = governance(&["--run-on", "2026-10-02"]);
    let attention = section(&text, "ATTENTION", "DATA-FLOW MAP");
    for said in [
        "feed ambulance: no live agreement for commissioning",
        "feed nhs111: no live agreement for commissioning",
        "agreement urgent_care: lapsed 2 days ago",
    ] {
        assert!(attention.contains(said), "{said}: {attention}");
    }
    let row = section(&text, "\nnhs111: ", "\n  kept");
    assert!(row.contains("from        nobody") && row.contains("no live agreement"), "{row}");
}

#[test]
fn what_is_not_declared_is_said_to_be_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipeline = changed_pipeline(folder.path(), |text| {
        let (before, rest) = text.split_once("[organisation]").expect("declared");
        let (_, after) = rest.split_once("[agreement.urgent_care]").expect("declared");
        format!("{before}[agreement.urgent_care]{after}")
    });
    let output = hub(&["governance", &pipeline.to_string_lossy()], folder.path());
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    let attention = section(&text, "ATTENTION", "DATA-FLOW MAP");
    assert!(attention.contains("[organisation] does not say who runs the hub"), "{attention}");
    assert!(attention.contains("feed apc: no live agreement"), "{attention}");
    assert!(!attention.contains("feed nhs111"), "{attention}");
    assert!(section(&text, "\napc: ", "\n  kept").contains("received    0 files"), "no run yet");
}

#[test]
fn every_committed_pipeline_declares_an_agreement_for_each_feed_about_persons() {
    for name in ["sample", "leeds"] {
        let path = root().join(format!("pipelines/{name}.toml"));
        let pipeline = hub::pipeline::Pipeline::load(&path).expect("a pipeline");
        // Published figures say of when they are, and need no agreement.
        let persons = pipeline.delivery.iter().filter(|rule| rule.vintage.is_none());
        let uncovered: Vec<&str> = persons
            .map(|rule| rule.feed.as_str())
            .filter(|feed| !pipeline.agreement.values().any(|one| one.covers(feed)))
            .collect();
        assert!(!pipeline.agreement.is_empty() && uncovered.is_empty(), "{name}: {uncovered:?}");
    }
}
