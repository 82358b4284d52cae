#!/usr/bin/env python3
"""The same extract through `hub` and through DuckDB, in turn; prints seconds, memory and the ratio.

Both read coded events of general practice, type every column, set aside what does not fit, replace
the patient's id by a SHA-256 hash and write Parquet compressed with zstd. Only `hub` also hashes the
file, keys its hashes, finds repeated keys, names the line of every row and writes the table of
identities. Needs `pip install duckdb`; the gate does not run it.
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

# One person in 25 rows, in no order; one row in 100 is flagged as deleted.
ROWS = """
copy (
    select
        '{{B0000000-0000-4000-8000-' || lpad(i::varchar, 12, '0') || '}}' as ObservationGuid,
        '{{D0000000-0000-4000-8000-' || lpad(person::varchar, 12, '0') || '}}' as PatientGuid,
        'S99' || lpad((person % 100)::varchar, 3, '0') as OrganisationCode,
        (date '2023-04-01' + (hash(i * 7 + 1) % 1000)::int)::varchar as EffectiveDate,
        'YMD' as EffectiveDatePrecision,
        (100000000 + (hash(i * 3 + 2) % 3000) * 1237)::varchar as SnomedCTConceptId,
        case when hash(i + 9) % 3 = 0 then ((hash(i + 5) % 2000) / 10.0)::varchar end as Value,
        case when hash(i + 9) % 3 = 0 then 'mmol/L' end as NumericUnit,
        case when hash(i + 11) % 100 = 0 then 'true' else 'false' end as Deleted
    from (select i, hash(i) % greatest({n} // 25, 1) as person from range({n}) t(i))
) to '{path}' (header, delimiter ',')
"""

INTAKE = """
import duckdb
con = duckdb.connect()
con.execute("set threads = {threads}")
con.execute('''
    copy (
        select ObservationGuid, sha256('key' || PatientGuid) as person, OrganisationCode,
            EffectiveDate, EffectiveDatePrecision, SnomedCTConceptId, Value, NumericUnit
        from read_csv('{path}', header = true, store_rejects = true, columns = {{
            'ObservationGuid': 'VARCHAR', 'PatientGuid': 'VARCHAR', 'OrganisationCode': 'VARCHAR',
            'EffectiveDate': 'DATE', 'EffectiveDatePrecision': 'VARCHAR',
            'SnomedCTConceptId': 'VARCHAR', 'Value': 'DOUBLE', 'NumericUnit': 'VARCHAR',
            'Deleted': 'BOOLEAN'}})
        where not Deleted
    ) to '{out}' (format parquet, compression zstd)
''')
"""


def pipeline(folder, extract):
    """A pipeline file that takes the extract in and nothing else."""
    sample = (ROOT / "pipelines/sample.toml").read_text()
    text = sample[: sample.index("[[delivery]]")]
    text = text.replace('"../', f'"{ROOT}/').replace('"contracts"', f'"{ROOT}/pipelines/contracts"')
    path = folder / "speed.toml"
    path.write_text(f'{text}[[delivery]]\nfeed = "gp_event"\nfiles = "{extract}"\n')
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--hub", default=os.environ.get("HUB", str(ROOT / "target/release/hub")))
    arguments = parser.parse_args()
    if importlib.util.find_spec("duckdb") is None:
        sys.exit("no module `duckdb`: pip install duckdb")
    import duckdb

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        extract, store, out = folder / "gp_event.csv", folder / "store", folder / "duckdb.parquet"
        duckdb.connect().execute(ROWS.format(n=arguments.rows, path=extract))
        print(f"{arguments.rows:,} rows, {extract.stat().st_size / 1e6:,.0f} MB, "
              f"{arguments.threads} threads, DuckDB {duckdb.__version__}")
        speed = pipeline(folder, extract)
        ours = [arguments.hub, "run", str(speed), "--until", "extract",
                "--store", str(store), "--out", str(folder / "out")]
        code = INTAKE.format(threads=arguments.threads, path=extract, out=out)
        theirs = [sys.executable, "-c", code]
        environment = {**os.environ, "RAYON_NUM_THREADS": str(arguments.threads)}
        ratios = []
        for _ in range(arguments.runs):
            shutil.rmtree(store, ignore_errors=True)
            hub, peer = timed(ours, environment), timed(theirs)
            for label, (seconds, processor, peak) in (("hub", hub), ("DuckDB", peer)):
                print(f"{label:<7} {seconds:7.2f} s  {processor:7.2f} s of processor  "
                      f"{peak:7.0f} MiB  {arguments.rows / seconds / 1e3:7.0f} thousand rows/s")
            ratios.append((hub[0] / peer[0], hub[1] / peer[1]))
        wall, processor = (statistics.median(column) for column in zip(*ratios))
        print(f"hub takes {wall:.2f} times DuckDB's time, {processor:.2f} times its processor time "
              f"(medians of {arguments.runs} pairs)")


if __name__ == "__main__":
    main()
