//! `hub synth`: a synthetic city.

use std::path::Path;

use anyhow::{Context, bail};

use super::ExitStatus;
use super::arguments::{Global, Synth, SynthArrivals, SynthCodes, SynthDeliveries};
use super::failure::UsageError;
use crate::printer::Printer;
use crate::synth::{Arrivals, CodeFrequencies, Deliveries, Dials, Settings, write, write_register};

pub(super) fn synth(
    args: &Synth,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let settings = settings(args)?;
    let bar = printer.bar("synth", 1);
    let summary = match args.register {
        Some(n_rows) => write_register(&settings, n_rows, &global.out)?,
        None => write(&settings, &global.out, &|progress| {
            bar.set_length(progress.of as u64);
            bar.set_position(progress.done as u64);
            bar.set_message(progress.stage.to_owned());
        })?,
    };
    bar.finish_and_clear();
    printer.note(&format!(
        "{}: {} persons, {} rows, {} bytes",
        global.out.display(),
        summary.n_persons,
        summary.n_rows,
        summary.n_bytes
    ));
    for (measure, rate) in &summary.rates {
        printer.detail(&format!("  {measure}: {rate:.1} per 1,000 person-years"));
    }
    Ok(ExitStatus::Done)
}

/// What was typed, and for the rest what suits the city's size.
fn settings(args: &Synth) -> anyhow::Result<Settings> {
    let mut settings = Settings::new(args.people, args.months, args.seed);
    settings.deliveries = match args.deliveries {
        SynthDeliveries::Yearly => Deliveries::Yearly,
        SynthDeliveries::Monthly => Deliveries::Monthly,
    };
    settings.arrivals = match args.arrivals {
        SynthArrivals::InOrder => Arrivals::InOrder,
        SynthArrivals::Shuffled => Arrivals::Shuffled,
    };
    if settings.arrivals == Arrivals::Shuffled && settings.deliveries == Deliveries::Yearly {
        let what = "--arrivals shuffled: extracts of a year do not arrive one by one";
        return Err(UsageError::new(what.to_owned(), Some("add --deliveries monthly")).into());
    }
    settings.gp_events_kept = args.gp_events_kept.unwrap_or(settings.gp_events_kept);
    settings.gp_prescriptions_kept =
        args.gp_prescriptions_kept.unwrap_or(settings.gp_prescriptions_kept);
    settings.attender_sigma = args.attender_sigma.unwrap_or(settings.attender_sigma);
    settings.packs = args.pack.unwrap_or(settings.packs);
    settings.writes_records = args.records;
    settings.writes_opt_outs = args.opt_outs;
    settings.reissued = args.reissued;
    match args.code_frequencies {
        Some(SynthCodes::Model) => settings.code_frequencies = CodeFrequencies::Model,
        Some(SynthCodes::England) => settings.code_frequencies = CodeFrequencies::England,
        None => {}
    }
    for dial in &args.defects {
        turn(&mut settings.defects, dial)?;
    }
    Ok(settings)
}

/// Turns one dial, or all that a file names.
fn turn(dials: &mut Dials, dial: &str) -> anyhow::Result<()> {
    if let Some((name, rate)) = dial.split_once('=') {
        let rate = rate.trim().parse().with_context(|| format!("defects: rate of `{name}`"))?;
        return Ok(dials.set(name.trim(), rate)?);
    }
    let path = Path::new(dial);
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let table: toml::Table = text.parse().with_context(|| path.display().to_string())?;
    for (name, rate) in &table {
        let rate = rate.as_float().or_else(|| rate.as_integer().map(|n| n as f64));
        let Some(rate) = rate else { bail!("{}: `{name}` is no number", path.display()) };
        dials.set(name, rate).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
