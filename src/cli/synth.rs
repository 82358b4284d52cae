//! `hub synth`: a synthetic city.

use super::ExitStatus;
use super::arguments::{Global, Synth};
use crate::printer::Printer;
use crate::synth::{Settings, write};

pub(super) fn synth(
    args: &Synth,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let settings = Settings::new(args.people, args.months, args.seed);
    let bar = printer.bar("synth", 1);
    let summary = write(&settings, &global.out, &|progress| {
        bar.set_length(progress.of as u64);
        bar.set_position(progress.done as u64);
        bar.set_message(progress.stage.to_owned());
    })?;
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
