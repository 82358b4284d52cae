//! The audit log's file: hash-chained lines, appended one at a time, each durable before it counts.
//!
//! `audit.head` repeats the last line's hash, so that lines cut off the end are missed too.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;

use super::atomic::write_with_mode;
#[cfg(test)]
use super::failpoint::{Step, reach};
use super::layout::FILE_MODE;
use super::{AuditEntry, AuditRecord, Store, StoreError, sha256_hex};

/// What the file ends with.
struct Tail {
    last: Option<AuditRecord>,
    /// Bytes after the last whole line: a crash tore them.
    torn: Vec<u8>,
    /// Where the torn bytes begin.
    offset: u64,
}

impl Store {
    /// [`Store::audit`], under the file's own lock.
    pub(super) fn append_audit(&self, entry: AuditEntry) -> Result<String, StoreError> {
        let mut file = self.hold_audit()?;
        let Tail { mut last, torn, mut offset } = self.tail(&mut file)?;
        self.check_head(last.as_ref())?;
        if !torn.is_empty() {
            (last, offset) = self.put(&mut file, offset, repair(&torn), last.as_ref())?;
        }
        let (last, _) = self.put(&mut file, offset, entry, last.as_ref())?;
        Ok(last.map(|record| record.hash).unwrap_or_default())
    }

    /// The log's file, locked: nobody else appends while this is open.
    pub(super) fn hold_audit(&self) -> Result<File, StoreError> {
        let path = self.audit_path();
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(FILE_MODE)
            .open(&path)
            .map_err(StoreError::file(&path))?;
        file.lock().map_err(StoreError::file(&path))?;
        Ok(file)
    }

    /// Writes one line at `offset`, over whatever a crash left there, then moves the head.
    fn put(
        &self,
        file: &mut File,
        offset: u64,
        entry: AuditEntry,
        last: Option<&AuditRecord>,
    ) -> Result<(Option<AuditRecord>, u64), StoreError> {
        let record = entry.after(last)?;
        let mut line = record.to_line()?;
        line.push(b'\n');
        let end = offset + line.len() as u64;
        write_line(file, offset, &line, end).map_err(StoreError::file(&self.audit_path()))?;
        #[cfg(test)]
        reach(Step::AuditAppended).map_err(StoreError::file(&self.audit_path()))?;
        let head = format!("{} {}\n", record.sequence, record.hash);
        write_with_mode(&self.audit_head_path(), head.as_bytes(), FILE_MODE)?;
        Ok((Some(record), end))
    }

    /// [`Store::audit_records`], with appends held off meanwhile.
    pub(super) fn read_audit(&self) -> Result<Vec<AuditRecord>, StoreError> {
        let path = self.audit_path();
        let mut bytes = Vec::new();
        match File::open(&path) {
            Ok(mut file) => {
                file.lock_shared().map_err(StoreError::file(&path))?;
                file.read_to_end(&mut bytes).map_err(StoreError::file(&path))?;
                let records = chain(&bytes)?;
                self.check_head(records.last())?;
                Ok(records)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.check_head(None)?;
                Ok(Vec::new())
            }
            Err(error) => Err(StoreError::file(&path)(error)),
        }
    }

    fn tail(&self, file: &mut File) -> Result<Tail, StoreError> {
        let bytes = read_end(file).map_err(StoreError::file(&self.audit_path()))?;
        let length = file.metadata().map_err(StoreError::file(&self.audit_path()))?.len();
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        let (lines, torn) = bytes.split_at(whole);
        let offset = length - torn.len() as u64;
        let last = match lines.strip_suffix(b"\n") {
            None => None,
            Some(lines) => {
                let begin = lines.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
                Some(AuditRecord::from_line(&lines[begin..]).ok_or_else(|| self.changed_end())?)
            }
        };
        Ok(Tail { last, torn: torn.to_vec(), offset })
    }

    fn changed_end(&self) -> StoreError {
        let bytes = std::fs::read(self.audit_path()).unwrap_or_default();
        let line = bytes.iter().filter(|b| **b == b'\n').count() as u64;
        StoreError::BrokenAudit { line, reason: "was changed" }
    }

    /// The head names the last line, or the one before if a crash came between the two writes.
    fn check_head(&self, last: Option<&AuditRecord>) -> Result<(), StoreError> {
        let path = self.audit_head_path();
        let head = match std::fs::read_to_string(&path) {
            Ok(head) => head,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(StoreError::file(&path)(error)),
        };
        let (at_last, before_last) = match last {
            None => (String::new(), String::new()),
            Some(last) if last.sequence == 1 => (format!("1 {}\n", last.hash), String::new()),
            Some(last) => (
                format!("{} {}\n", last.sequence, last.hash),
                format!("{} {}\n", last.sequence - 1, last.previous),
            ),
        };
        if head == at_last || head == before_last {
            return Ok(());
        }
        let line = last.map_or(0, |last| last.sequence);
        Err(StoreError::BrokenAudit { line, reason: "the log's end is not what `audit.head` says" })
    }
}

/// Checks every line against itself and the line before.
fn chain(bytes: &[u8]) -> Result<Vec<AuditRecord>, StoreError> {
    let mut records: Vec<AuditRecord> = Vec::new();
    for (line, number) in bytes.split_inclusive(|b| *b == b'\n').zip(1..) {
        let broken = |reason| StoreError::BrokenAudit { line: number, reason };
        let line =
            line.strip_suffix(b"\n").ok_or(broken("torn by a crash; the next entry repairs it"))?;
        let record = AuditRecord::from_line(line).ok_or(broken("was changed"))?;
        let previous = records.last().map_or("", |last| last.hash.as_str());
        if record.sequence != number || record.previous != previous {
            return Err(broken("does not follow the line before"));
        }
        records.push(record);
    }
    Ok(records)
}

/// The entry that says what a crash tore, by hash: the bytes themselves are overwritten.
fn repair(torn: &[u8]) -> AuditEntry {
    let mut entry =
        AuditEntry::new("audit log repaired: its last line was torn by a crash", "audit");
    entry.inputs.insert(format!("{} torn bytes", torn.len()), sha256_hex(torn));
    entry
}

/// Line first, length second: at every moment the file ends in whole lines and at most one torn.
fn write_line(file: &mut File, offset: u64, line: &[u8], end: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(line)?;
    file.set_len(end)?;
    file.sync_all()
}

/// Enough of the file's end to hold its last whole line and what follows: twice as much each time.
fn read_end(file: &mut File) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    let mut wanted = 64 * 1024;
    loop {
        let begin = length.saturating_sub(wanted);
        file.seek(SeekFrom::Start(begin))?;
        let mut bytes = Vec::new();
        Read::by_ref(file).take(length - begin).read_to_end(&mut bytes)?;
        let n_line_ends = bytes.iter().filter(|b| **b == b'\n').count();
        if begin == 0 || n_line_ends >= 2 {
            return Ok(bytes);
        }
        wanted *= 2;
    }
}
