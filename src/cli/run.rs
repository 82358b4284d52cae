//! `hub run`: a night's work.

use std::fmt::Write;

use super::ExitStatus;
use super::arguments::{Global, Night, Run};
use super::failure::UsageError;
use crate::pipeline::{
    Checked, Pipeline, RunOptions, RunSummary, Stage, note_refusal, notices, plan,
    run as run_pipeline,
};
use crate::printer::Printer;
use crate::store::Rules;

pub(super) fn run(args: &Run, global: &Global, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let pipeline = pipeline(&args.night)?;
    let last = args.until.filter(|_| !args.dry_run).unwrap_or(Stage::Report);
    let name = pipeline.name.clone();
    let checked = match Checked::reaching(pipeline, last) {
        Ok(checked) => checked,
        Err(error) => {
            if !args.dry_run {
                note_refusal(&global.store, &name, &error)?;
            }
            return Err(error.into());
        }
    };
    if checked.key.is_demonstration() {
        printer.note("the demonstration key is public: only synthetic data may go in");
    }
    for warning in &checked.warnings {
        printer.detail(&format!("warning: {warning}"));
    }
    if args.dry_run {
        printer.data(&plan(&checked, &global.store));
        return Ok(ExitStatus::Done);
    }
    let options = RunOptions {
        store: global.store.clone(),
        out: global.out.clone(),
        until: args.until,
        from: args.from,
    };
    for notice in notices(&checked.pipeline) {
        printer.note(&notice);
    }
    let summary = run_pipeline(&checked, &options, printer)?;
    printer.note(&closing(&summary));
    Ok(ExitStatus::Done)
}

/// The pipeline of a night, with what was typed in place of what it declares.
pub(super) fn pipeline(night: &Night) -> anyhow::Result<Pipeline> {
    let mut pipeline = Pipeline::load(&night.pipeline)?;
    if let Some(text) = &night.as_at {
        pipeline.as_at = date("--as-at", text)?;
    }
    if let Some(text) = &night.run_on {
        pipeline.run_on = Some(date("--run-on", text)?);
    }
    if let Some(purpose) = &night.purpose {
        pipeline.purpose.clone_from(purpose);
    }
    Ok(pipeline)
}

pub(super) fn date(option: &str, text: &str) -> Result<jiff::civil::Date, UsageError> {
    let wrong =
        |_| UsageError::new(format!("{option}: not a date"), Some("write it as 2026-04-01"));
    text.parse().map_err(wrong)
}

/// The closing summary.
pub(super) fn closing(summary: &RunSummary) -> String {
    let mut text = String::new();
    let mut sums = [0u64; 5];
    let _ = writeln!(
        text,
        "\n{:<16} {:>9} = {:>9} + {:>11} + {:>8} + {:>10}",
        "feed", "read", "accepted", "quarantined", "filtered", "duplicates"
    );
    let mut line = |feed: &str, counts: &[u64; 5]| {
        let [read, accepted, quarantined, filtered, duplicates] = counts;
        let _ = writeln!(
            text,
            "{feed:<16} {read:>9} = {accepted:>9} + {quarantined:>11} + {filtered:>8} + {duplicates:>10}"
        );
    };
    for (feed, counts) in &summary.rows {
        line(feed, counts);
        sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
    }
    line("all", &sums);
    let linkage = &summary.linkage;
    if linkage.n_identities > 0 {
        let _ = writeln!(
            text,
            "\nlinked    {} records, {} identities, {} persons",
            linkage.n_records, linkage.n_identities, linkage.n_persons
        );
        // Which ones, `hub link report` lists: a log of nights holds no pseudonyms.
        let _ = writeln!(text, "persons   {}", linkage.changes_text());
        let decisions = linkage.decisions.to_text();
        if !decisions.is_empty() {
            let _ = writeln!(text, "decisions {decisions}");
        }
        for alarm in &summary.alarms {
            let _ = writeln!(text, "warning   {alarm}");
        }
    }
    if let Some(counts) = &summary.opt_outs {
        let _ = writeln!(
            text,
            "opted out {} persons left out, {} more of what practices hold; {} without a number",
            counts.n_national, counts.n_type1, counts.n_without_number
        );
    }
    if summary.n_destroyed > 0 {
        let of = if summary.n_destroyed == 1 { "delivery" } else { "deliveries" };
        let _ = writeln!(text, "destroyed {} {of} whose retention has ended", summary.n_destroyed);
    }
    if summary.is_purged && summary.run_id.is_some() {
        text.push_str(
            "purged    identities are destroyed; the next night takes its files in again\n",
        );
    }
    for why in &summary.refused {
        let _ = writeln!(text, "left out  {why}");
    }
    for path in &summary.unexpected {
        let path = Rules::of_numbers().blanked(&path.to_string_lossy());
        let _ = writeln!(text, "{path}: no rule names this file");
    }
    for line in &summary.expected {
        let _ = writeln!(text, "{line}");
    }
    let (n_new, n_models) = summary.models;
    if summary.is_nothing_new {
        let _ = writeln!(text, "nothing new: no row was read, all {n_models} tables stand");
    } else if n_models > 0 {
        let _ = writeln!(text, "models    {n_new} made, {} as before", n_models - n_new);
    }
    match (&summary.run_id, &summary.outputs) {
        (Some(run_id), Some(outputs)) => {
            let _ = writeln!(text, "run       {run_id}");
            let _ = writeln!(text, "report    {}", outputs.join("report/index.html").display());
            let _ = write!(text, "open data {} (candidate)", outputs.join("open-data").display());
        }
        _ => text.push_str("stopped as asked: no run became visible"),
    }
    text
}
