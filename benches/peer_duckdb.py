#!/usr/bin/env python3
"""The same extracts through `hub` and through DuckDB, in turn; prints seconds, memory and the ratio.

Both read coded events of general practice and hospital episodes of 60 columns, type every column, set
aside what does not fit, replace the person's number or id by a SHA-256 hash and write Parquet
compressed with zstd. Only `hub` also hashes the file, keys its hashes, finds repeated keys, names the
line of every row, checks codes and rules, and writes the table of identities. Needs `pip install
duckdb`; the gate does not run it.

--memory takes files of 1, 10 and 50 million rows (`--sizes`) through `hub` alone, and a file of which
every row is bad.
"""

import argparse
import importlib.util
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent

# One of {people} people a row, in no order; one row in 100 is flagged as deleted.
GP_EVENT = """
    select
        '{{B0000000-0000-4000-8000-' || lpad(i::varchar, 12, '0') || '}}' as ObservationGuid,
        '{{D0000000-0000-4000-8000-' || lpad(person::varchar, 12, '0') || '}}' as PatientGuid,
        'S99' || lpad((person % 100)::varchar, 3, '0') as OrganisationCode,
        {date} as EffectiveDate,
        'YMD' as EffectiveDatePrecision,
        (100000000 + (hash(i * 3 + 2) % 3000) * 1237)::varchar as SnomedCTConceptId,
        case when hash(i + 9) % 3 = 0 then ((hash(i + 5) % 2000) / 10.0)::varchar end as Value,
        case when hash(i + 9) % 3 = 0 then 'mmol/L' end as NumericUnit,
        case when hash(i + 11) % 100 = 0 then 'true' else 'false' end as Deleted
    from (select i, hash(i) % {people} as person from range({n}) t(i))
"""
GP_EVENT_DATE = "(date '2023-04-01' + (hash(i * 7 + 1) % 1000)::int)::varchar"
NO_DATE = "'2023-02-' || (30 + i % 2)::varchar"

GP_EVENT_PEER = """
    select ObservationGuid, sha256('key' || PatientGuid) as person, OrganisationCode,
        EffectiveDate, EffectiveDatePrecision, SnomedCTConceptId, Value, NumericUnit
    from read_csv('{path}', header = true, store_rejects = true, columns = {{
        'ObservationGuid': 'VARCHAR', 'PatientGuid': 'VARCHAR', 'OrganisationCode': 'VARCHAR',
        'EffectiveDate': 'DATE', 'EffectiveDatePrecision': 'VARCHAR',
        'SnomedCTConceptId': 'VARCHAR', 'Value': 'DOUBLE', 'NumericUnit': 'VARCHAR',
        'Deleted': 'BOOLEAN'}})
    where not Deleted
"""

DAY = "(date '2023-04-01' + (hash(i * 7 + {salt}) % 1000)::int + {later})::varchar"
DATE = 'type = "date", format = "%Y-%m-%d", sentinels = ["1800-01-01", "1801-01-01"]'
CODE = 'type = "code", sentinels = ["-", "&"]'


def picked(salt, *values):
    """SQL that picks one of the values for a row."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"[{listed}][(1 + hash(i * 11 + {salt}) % {len(values)})::int]"


def coded(salt, letter, n, share):
    """SQL of a code that a share of the rows has; some codes are much more frequent than others."""
    code = f"'{letter}' || lpad((power((hash(i * 13 + {salt}) % 1000) / 1000.0, 3) * {n})::int::varchar, 3, '0')"
    return f"case when hash(i * 17 + {salt}) % 1000 < {int(share * 1000)} then {code} end"


def apc_columns():
    """Name, contract and SQL of each of 60 columns of an episode, in the spelling of HES."""
    columns = [
        ("EPIKEY", 'as = "episode_key", required = true', "'5' || lpad(i::varchar, 19, '0')"),
        ("NEWNHSNO", 'role = "nhs_number"', "number"),
        ("NHSNOIND", 'as = "nhs_number_status", role = "nhs_number_status", codes = ["01", "02", "03"]',
         "case when hash(i + 3) % 15 = 0 then '03' else '01' end"),
        ("LOPATID", 'role = "local_id"', "'H' || person"),
        ("DOB", f'role = "birth_date", {DATE}', "(date '1930-01-01' + (person * 37 % 32000)::int)::varchar"),
        ("SEX", 'role = "sex", map = { "1" = "male", "2" = "female" }', "(1 + person % 2)::varchar"),
        ("ETHNOS", 'as = "ethnic_group", codes = ["A", "B", "H", "N", "Z"]', picked(1, *"AABHNZ")),
        ("HOMEADD", 'role = "postcode"',
         "'XL' || person % 9 || ' ' || person % 10 || chr((65 + person % 26)::int) || 'A'"),
        ("GPPRAC", 'as = "practice_code", sentinels = ["V81997", "V81999"]',
         "'S99' || lpad((person % 100)::varchar, 3, '0')"),
        ("PROCODE3", 'role = "provider", required = true', picked(2, "RR8", "RR8", "RR8", "RAE")),
        ("SUSSPELLID", 'as = "spell_key"', "'6' || lpad((i // 2)::varchar, 18, '0')"),
        ("ADMIDATE", f'as = "admitted_on", role = "event_date", required = true, {DATE}',
         DAY.format(salt=1, later=0)),
        ("DISDATE", f'as = "discharged_on", {DATE}', DAY.format(salt=1, later="(hash(i) % 9)::int")),
        ("ELECDATE", f'as = "decided_to_admit_on", {DATE}',
         f"case when hash(i + 4) % 2 = 0 then {DAY.format(salt=1, later=-30)} end"),
        ("EPISTART", f'as = "episode_start_on", required = true, {DATE}', DAY.format(salt=1, later=0)),
        ("EPIEND", f'as = "episode_end_on", {DATE}', DAY.format(salt=1, later="(hash(i) % 9)::int")),
        ("EPIORDER", 'as = "episode_order", type = "integer", min = 1, max = 87', picked(3, *"11112")),
        ("EPISTAT", 'as = "episode_status", codes = ["1", "3"]', picked(4, *"33333331")),
        ("EPITYPE", 'as = "episode_type", codes = ["1", "2", "3"]', picked(5, *"1111123")),
        ("CLASSPAT", 'as = "patient_class", codes = ["1", "2", "3", "4", "5"]', picked(6, *"11223")),
        ("ADMIMETH", 'as = "admission_method", required = true, codes = ["11", "12", "13", "21", "2A"]',
         picked(7, "11", "12", "13", "21", "21", "2A")),
        ("ADMISORC", 'as = "admission_source", sentinels = ["98", "99"]', picked(8, "19", "19", "51")),
        ("DISDEST", 'as = "discharge_destination", sentinels = ["98"]', picked(9, "19", "19", "98")),
        ("DISMETH", 'as = "discharge_method", codes = ["1", "2", "3", "4"]', picked(10, *"1112")),
        ("INTMANIG", 'as = "intended_management", codes = ["1", "2"]', picked(11, *"12")),
        ("MAINSPEF", 'as = "main_specialty"', picked(12, "300", "100", "110", "430", "502")),
        ("TRETSPEF", 'as = "treatment_function"', picked(13, "300", "100", "110", "430", "502", "301")),
        ("REFERORG", 'as = "referrer_code"', "'S99' || lpad((hash(i) % 100)::varchar, 3, '0')"),
        ("SITETRET", 'as = "site_code"', picked(14, "RR801", "RR813", "RAE01")),
        ("SUSHRG", f'as = "hrg", {CODE}', coded(15, "DZ", 700, 1)),
        ("SUSCOREHRG", f'as = "core_hrg", {CODE}', coded(15, "DZ", 700, 1)),
        ("CAUSE_4", f'as = "external_cause", {CODE}', coded(16, "W", 200, 0.1)),
    ]
    for n in range(1, 17):
        columns.append((f"DIAG_{n:02}", f'as = "diagnosis_{n:02}", {CODE}',
                        coded(20 + n, "J", 3000, 0.85 ** (n - 1))))
    for n in range(1, 7):
        share = 0.6 ** n
        columns.append((f"OPERTN_{n:02}", f'as = "procedure_{n:02}", {CODE}', coded(40 + n, "K", 1500, share)))
        day = f"case when hash(i * 17 + {40 + n}) % 1000 < {int(share * 1000)} then {DAY.format(salt=1, later=0)} end"
        columns.append((f"OPDATE_{n:02}", f'as = "procedure_{n:02}_on", {DATE}', day))
    assert len(columns) == 60
    return columns


def apc_sql():
    """SQL of the episodes; numbers are those of the test range that pass the check."""
    # 999 and six digits, the check digit by modulus 11; what has none is left out.
    digits = [9, 9, 9] + [f"(p // {10 ** k} % 10)" for k in range(5, -1, -1)]
    total = " + ".join(f"{digit} * {10 - place}" for place, digit in enumerate(digits))
    number = f"case when (11 - ({total}) % 11) % 11 <> 10 then '999' || lpad(p::varchar, 6, '0') || ((11 - ({total}) % 11) % 11)::varchar end"
    columns = ", ".join(f"{sql} as {name}" for name, _, sql in apc_columns())
    return f"""
        select {columns} from (
            select i, p as person, case when hash(i + 5) % 20 = 0 then null else {number} end as number
            from (select i, hash(i) % {{people}} as p from range({{n}}) t(i)))
    """


def apc_contract():
    """The contract of these episodes."""
    columns = "\n".join(f'  {{ name = "{name}", {rest} }},' for name, rest, _ in apc_columns())
    return f"""feed = "apc"
version = "bench"
title = "Hospital admissions of 60 columns"
sector = "acute"
source = "HES Technical Output Specification"
delimiter = ","
key = ["EPIKEY"]
column = [
{columns}
]
rule = [
  {{ name = "discharged_after_admission", check = "discharged_on >= admitted_on" }},
  {{ name = "episode_ends_after_start", check = "episode_end_on >= episode_start_on" }},
]
"""


def apc_peer():
    """What DuckDB does with them."""
    def kind(rest):
        return "DATE" if '"date"' in rest else "INTEGER" if '"integer"' in rest else "VARCHAR"

    types = ", ".join(f"'{name}': '{kind(rest)}'" for name, rest, _ in apc_columns())
    kept = ", ".join(name for name, rest, _ in apc_columns() if "as = " in rest)
    return f"""
        select sha256('key' || NEWNHSNO) as person, date_trunc('month', DOB) as birth_month, SEX,
            HOMEADD[:4] as outcode, PROCODE3, {kept}
        from read_csv('{{path}}', header = true, store_rejects = true, columns = {{{{{types}}}}})
    """


PEER = """
import duckdb
con = duckdb.connect()
con.execute("set threads = {threads}")
con.execute('''copy ({query}) to '{out}' (format parquet, compression zstd)''')
"""


def write_extract(query, path):
    """Writes what a query gives as CSV, in a process of its own, so that this one stays small."""
    code = f"import duckdb\nduckdb.connect().execute('''copy ({query}) to '{path}' (header, delimiter ',')''')"
    subprocess.run([sys.executable, "-c", code], check=True)


def pipeline(folder, feed, extract):
    """A pipeline file that takes the extract in and nothing else."""
    contracts = folder / "contracts"
    if not contracts.exists():
        shutil.copytree(ROOT / "pipelines/contracts", contracts)
        (contracts / "apc.toml").write_text(apc_contract())
    sample = (ROOT / "pipelines/sample.toml").read_text()
    text = sample[: sample.index("[[delivery]]")]
    text = text.replace('"../', f'"{ROOT}/').replace('"contracts"', f'"{contracts}"')
    path = folder / f"{extract.stem}.toml"
    path.write_text(f'{text}[[delivery]]\nfeed = "{feed}"\nfiles = "{extract}"\n')
    return path


def timed(command, environment=None):
    """Wall seconds, processor seconds and peak MiB of a command."""
    start = time.monotonic()
    child = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    errors = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    if status != 0:
        sys.exit(f"{command[0]} failed:\n{errors}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Hub:
    """Takes extracts in with the `hub` binary, into an empty store each time."""

    def __init__(self, arguments, folder):
        self.binary, self.folder = arguments.hub, folder
        self.environment = {**os.environ, "RAYON_NUM_THREADS": str(arguments.threads)}

    def take(self, feed, extract):
        """As `timed`."""
        store = self.folder / "store"
        shutil.rmtree(store, ignore_errors=True)
        command = [self.binary, "run", str(pipeline(self.folder, feed, extract)), "--until", "extract",
                   "--store", str(store), "--out", str(self.folder / "out")]
        return timed(command, self.environment)


def told(label, n_rows, figures):
    """Prints a line of figures."""
    seconds, processor, peak = figures
    print(f"{label:<16} {seconds:7.2f} s  {processor:7.2f} s of processor  {peak:6.0f} MiB  "
          f"{n_rows / seconds / 1e3:6.0f} thousand rows/s", flush=True)


def compare(arguments, folder, feed, n_rows, sql, peer):
    """One feed through both, in turn; the medians of the ratios."""
    extract, out = folder / f"{feed}.csv", folder / "peer.parquet"
    write_extract(sql.format(n=n_rows, people=max(n_rows // 25, 1), date=GP_EVENT_DATE), extract)
    print(f"\n{feed}: {n_rows:,} rows, {extract.stat().st_size / 1e6:,.0f} MB", flush=True)
    hub = Hub(arguments, folder)
    query = peer.format(path=extract)
    theirs = [sys.executable, "-c", PEER.format(threads=arguments.threads, query=query, out=out)]
    ratios = []
    for _ in range(arguments.runs):
        ours, other = hub.take(feed, extract), timed(theirs)
        told("hub", n_rows, ours)
        told("DuckDB", n_rows, other)
        ratios.append((other[0] / ours[0], other[1] / ours[1]))
    wall, processor = (statistics.median(column) for column in zip(*ratios))
    print(f"hub is {wall:.2f} times as fast, with a {processor:.2f}th of the processor time"
          if processor < 1 else
          f"hub is {wall:.2f} times as fast; DuckDB takes {processor:.2f} times the processor time "
          f"(medians of {arguments.runs} pairs)", flush=True)
    extract.unlink()


def memory(arguments, folder):
    """Files of several sizes about as many people, and one of which every row is bad."""
    hub = Hub(arguments, folder)
    extract = folder / "gp_event.csv"
    peaks = {}
    for n_rows in arguments.sizes:
        write_extract(GP_EVENT.format(n=n_rows, people=400_000, date=GP_EVENT_DATE), extract)
        clean = hub.take("gp_event", extract)
        told(f"{n_rows // 1_000_000} million", n_rows, clean)
        peaks[n_rows] = clean[2]
    print(f"most over least memory: {max(peaks.values()) / min(peaks.values()):.2f}")
    for label, date in (("clean", GP_EVENT_DATE), ("every row bad", NO_DATE)):
        write_extract(GP_EVENT.format(n=arguments.bad_rows, people=400_000, date=date), extract)
        told(label, arguments.bad_rows, hub.take("gp_event", extract))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gp-event-rows", type=int, default=10_000_000)
    parser.add_argument("--apc-rows", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--hub", default=os.environ.get("HUB", str(ROOT / "target/release/hub")))
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000_000, 10_000_000, 50_000_000])
    parser.add_argument("--bad-rows", type=int, default=2_000_000)
    arguments = parser.parse_args()
    if importlib.util.find_spec("duckdb") is None:
        sys.exit("no module `duckdb`: pip install duckdb")
    import duckdb

    print(f"{arguments.threads} threads, DuckDB {duckdb.__version__}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if arguments.memory:
            return memory(arguments, folder)
        compare(arguments, folder, "gp_event", arguments.gp_event_rows, GP_EVENT, GP_EVENT_PEER)
        compare(arguments, folder, "apc", arguments.apc_rows, apc_sql(), apc_peer())


if __name__ == "__main__":
    main()
