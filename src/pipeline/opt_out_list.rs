//! The list of allowed NHS numbers: found, held against its maximum age, turned into tokens.
//!
//! The check for national data opt-outs takes the numbers that are about to be used and gives back
//! those that are allowed, one a line, each followed by a comma. What it gives back may be used for
//! some days and then has to be asked for again. Only keyed tokens of it are kept, in the identity
//! zone; the hash and the day of the list are all that a manifest says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, UInt64Array, new_null_array,
};
use arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use jiff::civil::Date;

use super::checked::{Checked, hash_of};
use super::declaration::Pipeline;
use super::declared_files::files_named;
use super::error::PipelineError;
use super::intake::finding_schema;
use super::linked::write as write_findings;
use super::purposes::OptOutSource;
use crate::domain::days_since_epoch;
use crate::pseudonymise::{Encoder, ForbiddenNumber};
use crate::store::{KeptList, Part, RunLock, Store, StoreError, Zone};

/// What a line can have wrong and still be read: the national service writes LF.
const CRLF: &str = "crlf";
/// A line that does not end in a comma.
const NO_COMMA: &str = "no_comma";
/// A line that holds no number which the pipeline takes: nobody is allowed by it.
const NO_NUMBER: &str = "no_number";

/// The file of a list.
struct ListFile {
    path: PathBuf,
    as_of: Date,
}

/// Checks that a run would have a list where it needs one.
///
/// # Errors
/// [`PipelineError::NoOptOutList`], [`PipelineError::StaleOptOutList`], [`PipelineError::Invalid`]
/// where the day of a list cannot be told.
pub fn check_list(checked: &Checked, store: &Path) -> Result<(), PipelineError> {
    let pipeline = &checked.pipeline;
    if !pipeline.declared_purpose()?.national_opt_out.applies() {
        return Ok(());
    }
    let kept = Store::open_existing(store).ok().and_then(|store| store.kept_list());
    let kept = kept.filter(|list| list.key_id == checked.key.id());
    newest(pipeline, kept).map(|_| ())
}

/// The list of this run, as tokens; `None` if the purpose needs none. A list beyond its maximum age
/// is removed.
///
/// # Errors
/// As [`check_list`]; what the store says.
pub(super) fn tonights_list(
    checked: &Checked,
    encoder: &Encoder,
    store: &Store,
    lock: &RunLock,
) -> Result<Option<KeptList>, PipelineError> {
    let pipeline = &checked.pipeline;
    let applies = pipeline.declared_purpose()?.national_opt_out.applies();
    forget_in_list(store, lock, encoder)?;
    let kept = store.kept_list();
    // The day of a list that is too old is still told, but its tokens are gone.
    let is_over = |list: &KeptList| {
        let day = list.as_of.parse().ok();
        day.is_none_or(|day| days_old(pipeline, day) > i32::from(maximum_age_days(pipeline)))
    };
    if kept.as_ref().is_some_and(is_over) {
        store.forget_list(lock)?;
    }
    let kept = kept.filter(|list| list.key_id == encoder.key_id());
    if !applies {
        return Ok(None);
    }
    match newest(pipeline, kept)? {
        Newest::Kept(list) => Ok(Some(list)),
        Newest::File(file, kept) => {
            let sha256 = hash_of(&file.path)?;
            let as_of = file.as_of.to_string();
            if let Some(kept) = kept.filter(|kept| kept.sha256 == sha256 && kept.as_of == as_of) {
                return Ok(Some(kept));
            }
            let (tokens, findings) = read(&file.path, encoder)?;
            let tokens = write(store, without_forgotten(tokens, encoder))?;
            let key_id = encoder.key_id().to_owned();
            let list = KeptList { sha256, as_of, key_id, tokens, findings };
            store.keep_list(lock, &list)?;
            Ok(Some(list))
        }
    }
}

/// Takes the numbers of those who are to be forgotten out of the list that is kept.
///
/// # Errors
/// What the store says.
pub(super) fn forget_in_list(
    store: &Store,
    lock: &RunLock,
    encoder: &Encoder,
) -> Result<(), PipelineError> {
    // One under a key of before cannot be read without that key, and nothing reads it any more.
    let own = store.kept_list().filter(|list| list.key_id == encoder.key_id());
    let Some(list) = own else { return Ok(()) };
    let tokens = tokens_of(store, &list)?;
    let n_before = tokens.len();
    let tokens = without_forgotten(tokens, encoder);
    if tokens.len() < n_before {
        let tokens = write(store, tokens)?;
        store.keep_list(lock, &KeptList { tokens, ..list })?;
    }
    Ok(())
}

fn without_forgotten(mut tokens: Vec<u64>, encoder: &Encoder) -> Vec<u64> {
    tokens.retain(|token| !encoder.is_number_forgotten(*token));
    tokens
}

/// The tokens of a kept list, ascending.
///
/// # Errors
/// A part that cannot be read.
pub(super) fn tokens_of(store: &Store, list: &KeptList) -> Result<Vec<u64>, StoreError> {
    let mut tokens = Vec::new();
    for batch in store.read(Zone::Identities, &list.tokens)? {
        let column = batch.column(0).as_primitive_opt::<UInt64Type>();
        tokens.extend(column.into_iter().flat_map(|column| column.values().iter().copied()));
    }
    Ok(tokens)
}

/// What was wrong with lines of a list, as a part of `quality.finding`; `None` if nothing was.
///
/// # Errors
/// What the store says.
pub(super) fn findings(store: &Store, list: &KeptList) -> Result<Option<Part>, PipelineError> {
    if list.findings.is_empty() {
        return Ok(None);
    }
    let n = list.findings.len();
    let texts = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; n])) };
    let rules: StringArray = list.findings.iter().map(|(rule, _)| Some(rule)).collect();
    let counts: Int64Array =
        list.findings.iter().map(|(_, n_rows)| i64::try_from(*n_rows).ok()).collect();
    let columns: Vec<ArrayRef> = vec![
        texts(&list.sha256[..12]),
        texts("opt_out_list"),
        new_null_array(&DataType::Utf8, n),
        Arc::new(rules),
        new_null_array(&DataType::Utf8, n),
        texts("info"),
        Arc::new(counts),
        new_null_array(&DataType::Utf8, n),
    ];
    let batch = RecordBatch::try_new(finding_schema(), columns);
    Ok(Some(write_findings(store, &batch.expect("the columns of a finding, all of one length"))?))
}

/// The newest list that there is.
enum Newest {
    Kept(KeptList),
    /// A file that is at least as new as what is kept.
    File(ListFile, Option<KeptList>),
}

fn newest(pipeline: &Pipeline, kept: Option<KeptList>) -> Result<Newest, PipelineError> {
    let source = pipeline.opt_out.clone().unwrap_or_default();
    let pattern = pipeline.resolve(source.allowed.as_deref().unwrap_or(Path::new("")));
    let file = newest_file(pipeline, &source, &pattern)?;
    let day_kept: Option<Date> = kept.as_ref().and_then(|list| list.as_of.parse().ok());
    let (newest, as_of) = match (file, kept.zip(day_kept)) {
        (Some(file), Some((list, day))) if day <= file.as_of => {
            let as_of = file.as_of;
            (Newest::File(file, Some(list)), as_of)
        }
        (_, Some((list, day))) => (Newest::Kept(list), day),
        (Some(file), None) => {
            let as_of = file.as_of;
            (Newest::File(file, None), as_of)
        }
        (None, None) => return Err(PipelineError::NoOptOutList { path: pattern }),
    };
    age(pipeline, as_of)?;
    Ok(newest)
}

/// The newest file that the declaration names; `None` if there is none.
fn newest_file(
    pipeline: &Pipeline,
    source: &OptOutSource,
    pattern: &Path,
) -> Result<Option<ListFile>, PipelineError> {
    let invalid =
        |what: &str| PipelineError::Invalid { path: pipeline.path.clone(), what: what.to_owned() };
    let paths = files_named(pattern).map_err(|what| invalid(&format!("[opt_out]: {what}")))?;
    if paths.is_empty() {
        return Ok(None);
    }
    if let (Some(as_of), [path]) = (source.as_of, paths.as_slice()) {
        return Ok(Some(ListFile { path: path.clone(), as_of }));
    }
    if source.as_of.is_some() {
        return Err(invalid("[opt_out] gives one `as_of` for several lists"));
    }
    let mut files = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(as_of) = day_in(&name) else {
            return Err(invalid(
                "the day of a list of allowed numbers is unknown: [opt_out] needs `as_of`, or the \
                 file's name one day like 2026-03-30",
            ));
        };
        files.push(ListFile { path, as_of });
    }
    files.sort_by_key(|file| file.as_of);
    if let [.., one, other] = files.as_slice()
        && one.as_of == other.as_of
    {
        return Err(invalid("[opt_out]: two lists of allowed numbers of one day"));
    }
    Ok(files.pop())
}

/// The only day that a file's name holds, as `2026-03-30`.
fn day_in(name: &str) -> Option<Date> {
    const LENGTH: usize = 10;
    let bytes = name.as_bytes();
    let is_digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
    let days = (0..bytes.len().saturating_sub(LENGTH - 1)).filter_map(|start| {
        let is_cut =
            (start > 0 && is_digit(bytes.get(start - 1))) || is_digit(bytes.get(start + LENGTH));
        let text = name.get(start..start + LENGTH).filter(|_| !is_cut)?;
        text.parse::<Date>().ok()
    });
    let days: Vec<Date> = days.collect();
    if let [day] = days.as_slice() { Some(*day) } else { None }
}

/// Refuses a list that is too old on the day of the run.
///
/// One that is dated as far ahead is refused too: either the day is wrong, or the run's.
fn age(pipeline: &Pipeline, as_of: Date) -> Result<(), PipelineError> {
    let maximum_age_days = maximum_age_days(pipeline);
    if days_old(pipeline, as_of).unsigned_abs() <= u32::from(maximum_age_days) {
        return Ok(());
    }
    let run_on = pipeline.day_of_run();
    Err(PipelineError::StaleOptOutList { as_of, run_on, maximum_age_days })
}

fn days_old(pipeline: &Pipeline, as_of: Date) -> i32 {
    days_since_epoch(pipeline.day_of_run()) - days_since_epoch(as_of)
}

fn maximum_age_days(pipeline: &Pipeline) -> u16 {
    pipeline.opt_out.clone().unwrap_or_default().maximum_age_days
}

/// Tokens of the numbers in a file, ascending and each once; what was wrong with how many lines.
type Tokens = (Vec<u64>, Vec<(String, u64)>);

fn read(path: &Path, encoder: &Encoder) -> Result<Tokens, PipelineError> {
    let bytes = std::fs::read(path)
        .map_err(|source| PipelineError::Unreadable { path: path.to_owned(), source })?;
    tokens(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes), encoder)
        .map_err(PipelineError::forbidden(path))
}

fn tokens(bytes: &[u8], encoder: &Encoder) -> Result<Tokens, ForbiddenNumber> {
    let (mut tokens, mut counts) = (Vec::new(), [0_u64; 3]);
    for line in bytes.split(|byte| *byte == b'\n') {
        let without_return = line.strip_suffix(b"\r");
        counts[0] += u64::from(without_return.is_some());
        let line = without_return.unwrap_or(line).trim_ascii();
        if line.is_empty() {
            continue;
        }
        let without_comma = line.strip_suffix(b",");
        counts[1] += u64::from(without_comma.is_none());
        let number = std::str::from_utf8(without_comma.unwrap_or(line)).unwrap_or_default().trim();
        match encoder.nhs_token(number)? {
            Some(token) => tokens.push(token),
            None => counts[2] += 1,
        }
    }
    tokens.sort_unstable();
    tokens.dedup();
    let findings = [CRLF, NO_COMMA, NO_NUMBER].into_iter().zip(counts);
    let findings = findings.filter(|(_, n)| *n > 0).map(|(rule, n)| (rule.to_owned(), n));
    Ok((tokens, findings.collect()))
}

fn write(store: &Store, tokens: Vec<u64>) -> Result<Part, PipelineError> {
    let schema = Arc::new(Schema::new(vec![Field::new("token", DataType::UInt64, false)]));
    let mut writer = store.writer(Zone::Identities, Arc::clone(&schema))?;
    let batch = RecordBatch::try_new(schema, vec![Arc::new(UInt64Array::from(tokens))]);
    writer.write(&batch.expect("one column of the declared type"))?;
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudonymise::{MasterKey, NumberPolicy};

    #[test]
    fn the_day_of_a_list_is_read_from_its_name_if_there_is_one() {
        let day = |name| day_in(name).map(|day| day.to_string());
        assert_eq!(day("allowed_2026-03-30.dat").as_deref(), Some("2026-03-30"));
        assert_eq!(day("2026-03-30").as_deref(), Some("2026-03-30"));
        for name in [
            "allowed.dat",
            "allowed_2026-02-30.dat",
            "allowed_12026-03-30.dat",
            "allowed_2026-03-301.dat",
            "2026-03-30_2026-04-06.dat",
            "é2026-03-3",
            "",
        ] {
            assert_eq!(day(name), None, "{name}");
        }
    }

    #[test]
    fn numbers_become_tokens_and_what_is_odd_is_counted() {
        let encoder =
            Encoder::new(&MasterKey::demonstration(), "commissioning", NumberPolicy::Test);
        let token = |number| encoder.nhs_token(number).ok().flatten().expect("a test number");
        // Test numbers of the range 999, two of them the same; one fails its check digit.
        let bytes = b"9990000018,\n9990000026,\r\n9990000018,\n\n9990000034\n9990000035,\n";
        let (found, findings) = tokens(bytes, &encoder).expect("test numbers alone");
        let mut expected = ["9990000018", "9990000026", "9990000034"].map(token).to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected);
        let count = |rule: &str| findings.iter().find(|(name, _)| name == rule).map(|(_, n)| *n);
        assert_eq!([CRLF, NO_COMMA, NO_NUMBER].map(count), [Some(1), Some(1), Some(1)]);
        assert!(tokens(b"", &encoder).expect("nothing").1.is_empty());
        assert_eq!(tokens(b"9990000018,\n4010232137,\n", &encoder), Err(ForbiddenNumber));
    }
}
