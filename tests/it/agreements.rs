//! No agreement, no use: a feed without one that is live for the purpose is refused with status 15,
//! before a row is read, and nothing of it is read afterwards.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use crate::deliveries::City;
use crate::support::{changed_pipeline, command, hub, run_pipeline, stderr, stdout, write};

/// A city with one agreement, from the first day to the last of these.
fn city(starts_on: &str, expires_on: &str) -> City {
    let city = City::new("files = \"in/v_{provider}_{month}.csv\"");
    change(&city, "1900-01-01", starts_on);
    change(&city, "2999-12-31", expires_on);
    city.deliver("v_X_2025-06.csv", "X", &["a,2025-06-01,x", "b,2025-06-02,x"]);
    city
}

fn change(city: &City, from: &str, to: &str) {
    let path = city.path().join("p.toml");
    let text = std::fs::read_to_string(&path).expect("the pipeline");
    assert!(text.contains(from), "{from}");
    write(&path, text.replace(from, to));
}

fn run(city: &City, more: &[&str]) -> Output {
    run_pipeline(&city.path().join("p.toml"), city.path(), more)
}

/// It ended with 15, said these, and read nothing.
fn is_refused(output: &Output, expected: &[&str]) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(15), "{said}");
    assert!(!said.contains("extract   "), "{said}");
    assert!(stdout(output).is_empty());
    for part in expected {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
}

fn current(at: &Path) -> Vec<u8> {
    std::fs::read(at.join("store/current")).unwrap_or_default()
}

#[test]
fn an_agreement_is_live_from_its_first_day_to_its_last() {
    let city = city("2025-08-01", "2025-08-31");
    for day in ["2025-08-01", "2025-08-31"] {
        let output = run(&city, &["--run-on", day]);
        assert!(output.status.success(), "{day}: {}", stderr(&output));
    }
    let begins = ["purpose `commissioning` on 2025-07-31", "`visit`", "begins on 2025-08-01"];
    is_refused(&run(&city, &["--run-on", "2025-07-31"]), &begins);
    let ended = ["purpose `commissioning` on 2025-09-01", "agreement `test` ended on 2025-08-31"];
    is_refused(&run(&city, &["--run-on", "2025-09-01"]), &ended);
    // Without a day of its own the run is on the analysis date.
    is_refused(&run(&city, &["--as-at", "2025-09-01"]), &ended);
    is_refused(&run(&city, &["--as-at", "2025-09-01", "--dry-run"]), &ended);
    // Another that follows it is enough.
    let path = city.path().join("p.toml");
    let text = std::fs::read_to_string(&path).expect("the pipeline");
    let (before, rest) = text.split_once("[agreement.test]").expect("an agreement");
    let (agreement, after) = rest.split_once("[[delivery]]").expect("a delivery");
    let next = agreement.replace("2025-08-31", "2026-08-31").replace("2025-08-01", "2025-09-01");
    write(
        &path,
        format!("{before}[agreement.test]{agreement}[agreement.next]{next}[[delivery]]{after}"),
    );
    assert!(run(&city, &["--run-on", "2025-09-01"]).status.success());
}

#[test]
fn a_feed_or_a_purpose_that_no_agreement_covers_is_refused_and_every_such_feed_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let without = |text: String| {
        let (before, rest) = text.split_once("[agreement.social_care]").expect("declared");
        let (_, after) = rest.split_once("[agreement.urgent_care]").expect("the next");
        format!("{before}[agreement.urgent_care]{after}")
    };
    let pipeline = changed_pipeline(at, without);
    let gaps = ["feed `asc` (none covers it)", "feed `csc` (none covers it)"];
    is_refused(&run_pipeline(&pipeline, at, &[]), &gaps);
    let check = hub(&["check", &pipeline.to_string_lossy()], at);
    is_refused(&check, &gaps);
    assert!(!at.join("store").exists() && !at.join("out").exists(), "nothing is written");

    // For research nobody has agreed to anything.
    let pipeline = changed_pipeline(at, |text| {
        text.replace("purpose = \"commissioning\"", "purpose = \"research\"").replace(
            "[engine]",
            "[purposes.research]\nlegal_basis = \"x\"\nnational_opt_out = \"exempt\"\n\
             type1_opt_out = \"applies\"\nreason = \"x\"\n\n[engine]",
        )
    });
    let output = run_pipeline(&pipeline, at, &[]);
    is_refused(&output, &["purpose `research`"]);
    assert_eq!(stderr(&output).matches("none covers it").count(), 16, "{}", stderr(&output));
}

#[test]
fn what_lapsed_is_not_read_until_the_declaration_says_what_is_true() {
    let city = city("2025-01-01", "2025-08-31");
    assert!(run(&city, &[]).status.success());
    let count = "select count(*) from core.visit";
    let query = |more: &[&str]| {
        let args: Vec<&str> =
            ["query", "--format", "csv", count].into_iter().chain(more.iter().copied()).collect();
        hub(&args, city.path())
    };
    assert!(stdout(&query(&[])).ends_with("\n2\n"));
    assert!(query(&["--purpose", "commissioning", "--run-on", "2025-08-31"]).status.success());
    is_refused(&query(&["--run-on", "2025-09-01"]), &["`test` ended on 2025-08-31"]);
    let other = ["made for `commissioning`, and is for it alone"];
    is_refused(&query(&["--purpose", "research"]), &other);

    // The night after the last day is refused; what the night before left is there, and unread.
    let before = current(city.path());
    is_refused(&run(&city, &["--run-on", "2025-09-01"]), &["ended on 2025-08-31"]);
    assert_eq!(current(city.path()), before);
    let since = ["the night of 2025-09-01 was refused", "feed `visit`", "ended on 2025-08-31"];
    is_refused(&query(&[]), &since);
    is_refused(&query(&["--run-on", "2025-08-31"]), &since);
    let log = std::fs::read_to_string(city.path().join("store/audit.jsonl")).expect("the log");
    assert_eq!(log.matches("refused on 2025-09-01").count(), 1, "{log}");
    assert!(hub(&["store", "verify"], city.path()).status.success());

    // Renewed, the next night goes on, and nothing was lost.
    change(&city, "2025-08-31", "2026-08-31");
    assert!(run(&city, &["--run-on", "2025-09-02"]).status.success());
    assert!(stdout(&query(&[])).ends_with("\n2\n"));
    assert!(hub(&["store", "verify"], city.path()).status.success());
}

#[test]
fn a_lapsed_agreement_killed_half_way_leaves_the_store_before_or_after() {
    let city = city("2025-01-01", "2025-08-31");
    assert!(run(&city, &[]).status.success());
    let before = current(city.path());
    let args = ["run", "--run-on", "2025-09-01"];
    let path = city.path().join("p.toml").to_string_lossy().into_owned();
    let start = std::time::Instant::now();
    is_refused(&run(&city, &args[1..]), &["ended on"]);
    let whole = start.elapsed();
    let mut seen = [0, 0];
    for kill in 0..50 {
        let refused = city.path().join("store/refused.json");
        if refused.exists() {
            std::fs::remove_file(&refused).expect("removed");
        }
        let args: Vec<&str> = args.iter().copied().chain([path.as_str()]).collect();
        let mut child = command(&args, city.path())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("hub starts");
        if kill < 40 {
            std::thread::sleep(whole.mul_f64(f64::from(kill) / 36.0));
        } else {
            while !refused.exists() && child.try_wait().expect("a process").is_none() {
                std::thread::sleep(Duration::from_micros(50));
            }
        }
        child.kill().expect("killed, or over");
        child.wait().expect("gone");
        assert_eq!(current(city.path()), before, "kill {kill}");
        let query = hub(&["query", "select count(*) from core.visit"], city.path());
        let is_after = refused.exists();
        let status = if is_after { 15 } else { 0 };
        assert_eq!(query.status.code(), Some(status), "kill {kill}: {}", stderr(&query));
        let verify = hub(&["store", "verify"], city.path());
        assert!(verify.status.success(), "kill {kill}: {}{}", stdout(&verify), stderr(&verify));
        seen[usize::from(is_after)] += 1;
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?} before and after");
}

#[test]
fn a_mistake_in_an_agreement_is_shown_with_its_line_and_column() {
    let city = city("2025-01-01", "2025-08-31");
    let path = city.path().join("p.toml");
    let right = std::fs::read_to_string(&path).expect("the pipeline");
    for (from, to, expected) in [
        ("article_6 = \"public_task\"", "article_6 = \"public_tsk\"", "public_tsk"),
        ("article_9 =", "article_nine =", "article_nine"),
        ("article_9 = \"health_or_social_care\"\n", "", "article_9"),
        ("expires_on = 2025-08-31", "expires_on = \"soon\"", "expires_on"),
        ("expires_on = 2025-08-31", "expires_on = 2024-12-31", "ends before it begins"),
        ("retention = \"900 years\"", "retention = \"for ever\"", "like `8 years`"),
        ("feeds = [\"visit\"]", "feeds = [\"vist\"]", "did you mean `visit`?"),
        ("feeds = [\"visit\"]", "feeds = []", "names nobody"),
        ("purposes = [\"commissioning\"]", "purposes = [\"comissioning\"]", "`commissioning`?"),
        ("controllers = [\"Test Trust\"]", "controllers = [\" \"]", "says nothing"),
        ("recipients = [\"Test Board\"]", "recipients = [\"B\", \"B\"]", "named twice"),
        ("dpia = \"DPIA-0\"", "dpia = \"\"", "says nothing"),
        ("\"anonymised_to_others\"", "\"section_251\"", "confidentiality_reference"),
    ] {
        assert!(right.contains(from), "{from}");
        let wrong = right.replacen(from, to, 1);
        write(&path, &wrong);
        let output = hub(&["check", &path.to_string_lossy()], city.path());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{to}: {said}");
        let shown = said.replace("help: did you mean", "did you mean");
        assert!(shown.contains(expected), "`{expected}` is not in: {said}");
        // The place is the line of the mistake; of what is missing, that of its table.
        let key = if to.is_empty() { "[agreement.test]" } else { to };
        let key = key.split(" = ").next().expect("a key");
        let key = if key.starts_with('"') { "confidentiality" } else { key };
        let line = wrong.lines().position(|line| line.starts_with(key)).expect("there") + 1;
        assert!(said.contains(&format!("p.toml:{line}:")), "line {line} is not in: {said}");
    }
}
