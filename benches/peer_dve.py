#!/usr/bin/env python3
"""The same rules on the same file through `hub` and NHS England's Data Validation Engine.

Writes a file of hospital episodes of which one in a hundred breaks one rule, checks it under both, and
says how long each took and whether both found the same rows. The engine runs as its documentation says
for DuckDB: reading, data contract and business rules; its error report is left out of its time. `hub`
also hashes the file, pseudonymises, looks for repeated keys and writes records: all that is in its
time. Installs `data-validation-engine` with pip into a folder of its own; the gate does not run it.
"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
VERSION = "0.9.0"
METHODS = ["11", "12", "13", "21", "22", "23", "24", "25", "28", "2A", "2B", "31", "32", "81"]
HEADER = "EPIKEY,PROCODE3,ADMIDATE,DISDATE,BEDDAYS,SEX,ADMIMETH,DIAG_01,GPPRAC"
# Rows in a hundred thousand that break each rule, one rule a row.
KINDS = ["provider", "admitted", "bed_days", "order", "method", "practice", "stay", "obstetric"]

CONTRACT = """
feed = "apc"
version = "1"
title = "Episodes"
sector = "acute"
source = "a benchmark"
delimiter = ","
key = ["EPIKEY"]
column = [
  { name = "EPIKEY", as = "episode_key", required = true },
  { name = "PROCODE3", role = "provider", required = true },
  { name = "ADMIDATE", as = "admitted_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "DISDATE", as = "discharged_on", type = "date", format = "%Y-%m-%d" },
  { name = "BEDDAYS", as = "bed_days", type = "integer", required = true },
  { name = "SEX", as = "sex_code" },
  { name = "ADMIMETH", as = "admission_method" },
  { name = "DIAG_01", as = "diagnosis_01" },
  { name = "GPPRAC", as = "practice_code" },
]
rule = [
  { name = "order", check = "discharged_on >= admitted_on" },
  { name = "method", check = "admission_method in (METHODS)" },
  { name = "practice", check = "practice_code matches '[A-Z][0-9]{5}'" },
  { name = "stay", check = "discharged_on < admitted_on or bed_days = days_between(admitted_on, discharged_on)" },
  { name = "obstetric", check = "if diagnosis_01 like 'O%' then sex_code = '2'" },
]
""".replace("METHODS", ", ".join(f"'{m}'" for m in METHODS))

# The engine's rules: an expression that must not be false, and the code that its messages carry.
RULES = {
    "order": "DISDATE >= ADMIDATE",
    "method": "ADMIMETH in (" + ", ".join(f"'{m}'" for m in METHODS) + ")",
    "practice": "regexp_full_match(GPPRAC, '[A-Z][0-9]{5}')",
    "stay": "DISDATE < ADMIDATE or BEDDAYS = date_diff('day', ADMIDATE, DISDATE)",
    "obstetric": "not (DIAG_01 like 'O%') or SEX = '2'",
}
# Which column the engine's contract names where `hub` names a rule of a cell.
OF_CONTRACT = {"PROCODE3": "provider", "ADMIDATE": "admitted", "BEDDAYS": "bed_days"}
OF_HUB = {"required": "provider", "not_a_date": "admitted", "not_a_number": "bed_days"}

ENGINE = r"""
import json, logging, sys, time, pathlib, datetime
logging.disable(logging.CRITICAL)
import duckdb
from dve.core_engine.backends.implementations.duckdb.auditing import DDBAuditingManager
from dve.core_engine.backends.implementations.duckdb.reference_data import DuckDBRefDataLoader
from dve.core_engine.models import SubmissionInfo
from dve.pipeline.duckdb_pipeline import DDBDVEPipeline

folder, threads = pathlib.Path(sys.argv[1]), sys.argv[2]
connection = duckdb.connect(str(folder / "engine.duckdb"))
connection.execute(f"set threads = {threads}")
rules = folder / "apc.dischema.json"
DuckDBRefDataLoader.connection = connection
DuckDBRefDataLoader.dataset_config_uri = str(folder)
pipeline = DDBDVEPipeline(
    processed_files_path=str(folder / "processed"),
    audit_tables=DDBAuditingManager(str(folder / "engine.duckdb"), connection=connection),
    connection=connection,
    rules_path=str(rules),
    submitted_files_path=str(folder / "submitted"),
)
info = SubmissionInfo(
    submission_id="one", dataset_id="apc", file_name="apc", file_extension=".csv",
    submission_method="local", file_size=1, datetime_received=datetime.datetime.now(),
)
working = folder / "processed" / "one"
working.mkdir(parents=True)
(working / "apc.csv").write_bytes((folder / "submitted" / "apc.csv").read_bytes())
start = time.monotonic()
info, status = pipeline.file_transformation(info)
read = time.monotonic()
info, status = pipeline.apply_data_contract(info, status)
contract = time.monotonic()
info, status = pipeline.apply_business_rules(info, status)
end = time.monotonic()
print(json.dumps({"read": read - start, "contract": contract - read, "rules": end - contract}))
"""


def write_extract(path, n_rows):
    """The file, and how many rows break each rule."""
    first = datetime.date(2022, 4, 1)
    days = [(first + datetime.timedelta(days=n)).isoformat() for n in range(1_500)]
    broken = collections.Counter()
    with open(path, "w", encoding="ascii") as file:
        file.write(HEADER + "\n")
        for i in range(n_rows):
            start, stay = (i * 7919) % 1_200, (i * 31) % 29
            row = [f"E{i:09d}", f"R{i % 7}{chr(65 + i % 5)}", days[start], days[start + stay], str(stay),
                   "12"[i % 2], METHODS[i % len(METHODS)], "EIJKO"[i % 5] + f"{i % 90 + 10}",
                   f"B{i % 100_000:05d}"]
            if row[7][0] == "O":
                row[5] = "2"
            if i % 100 == 7:
                kind = KINDS[i // 100 % len(KINDS)]
                broken[kind] += 1
                spoil(row, kind, days, start)
            file.write(",".join(row) + "\n")
    return broken


def spoil(row, kind, days, start):
    if kind == "provider":
        row[1] = ""
    elif kind == "admitted":
        row[2] = "31/12/2023"
    elif kind == "bed_days":
        row[4] = "two"
    elif kind == "order":
        row[2], row[3], row[4] = days[start + 5], days[start], "0"
    elif kind == "method":
        row[6] = "99"
    elif kind == "practice":
        row[8] = "b0001"
    elif kind == "stay":
        row[4] = "400"
    else:
        row[7], row[5] = "O80", "1"


def dischema():
    """The engine's configuration of the same rules."""
    date = {"callable": "conformatteddate", "constraints": {"date_format": "%Y-%m-%d"}}
    fields = {name: "str" for name in HEADER.split(",")}
    fields.update({"ADMIDATE": date, "DISDATE": date, "BEDDAYS": "int"})
    dataset = {
        "fields": fields,
        "mandatory_fields": ["EPIKEY", "PROCODE3", "ADMIDATE", "BEDDAYS"],
        "reporting_fields": ["EPIKEY"],
        "reader_config": {
            ".csv": {"reader": "DuckDBCSVReader",
                     "kwargs": {"header": True, "delim": ",", "null_empty_strings": True}}},
    }
    filters = [
        {"entity": "apc", "name": name, "expression": expression, "failure_type": "record",
         "failure_message": name, "error_code": name, "reporting_field": "EPIKEY"}
        for name, expression in RULES.items()
    ]
    return {"contract": {"cache_originals": True, "types": {}, "schemas": {}, "datasets": {"apc": dataset}},
            "transformations": {"parameters": {"entity": "apc"}, "rules": [], "filters": filters}}


def hub_pipeline(folder, extract):
    """A pipeline file that takes the extract in and nothing else."""
    sample = (ROOT / "pipelines/sample.toml").read_text()
    text = sample[: sample.index("[[delivery]]")].replace('feeds = ["apc", ', 'feeds = ["episodes", "apc", ')
    contracts = folder / "contracts"
    shutil.copytree(ROOT / "pipelines/contracts", contracts)
    # The models need every column of the feed, so the benchmark's feed is one that no model reads.
    (contracts / "episodes.toml").write_text(CONTRACT.replace('feed = "apc"', 'feed = "episodes"'))
    text = text.replace('"../', f'"{ROOT}/').replace('"contracts"', f'"{contracts}"')
    path = folder / "peer.toml"
    path.write_text(f'{text}[[delivery]]\nfeed = "episodes"\nfiles = "{extract}"\n')
    return path


def run_hub(hub, folder, pipeline, threads):
    """Seconds of taking the file in, in an empty store."""
    shutil.rmtree(folder / "store", ignore_errors=True)
    command = [hub, "run", str(pipeline), "--until", "extract", "--quiet",
               "--store", str(folder / "store"), "--out", str(folder / "out")]
    start = time.monotonic()
    subprocess.run(command, check=True, env={**os.environ, "RAYON_NUM_THREADS": str(threads)})
    return time.monotonic() - start


def found_by_hub(hub, folder, pipeline):
    """The rule that each row broke: asked of a whole run, which finds the file taken in."""
    places = ["--store", str(folder / "store"), "--out", str(folder / "out")]
    subprocess.run([hub, "run", str(pipeline), "--quiet", *places], check=True)
    sql = "select line, rule from quality.quarantine"
    answer = subprocess.run([hub, "query", "--format", "csv", "--rows", "100000000", *places, sql],
                            check=True, capture_output=True, text=True).stdout
    lines = [line.split(",") for line in answer.splitlines()[1:]]
    return {(int(line) - 2, OF_HUB.get(rule, rule)) for line, rule in lines}


def run_engine(python, folder, threads):
    """Seconds of each step, and the rule that each row broke."""
    for name in ("processed", "engine.duckdb"):
        path = folder / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    answer = subprocess.run([python, "-c", ENGINE, str(folder), str(threads)], check=True,
                            capture_output=True, text=True).stdout
    found = set()
    for path in sorted((folder / "processed").rglob("*.jsonl")):
        with open(path, encoding="utf-8") as messages:
            for message in map(json.loads, messages):
                key = message.get("Key") or message.get("key") or ""
                code = message.get("ErrorCode") or message.get("error_code")
                field = message.get("ReportingField") or message.get("reporting_field")
                rule = code if code in RULES else OF_CONTRACT.get(field, f"{field}: {code}")
                found.add((int("".join(c for c in str(key) if c.isdigit())), rule))
    return json.loads(answer.splitlines()[-1]), found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3, help="of hub; the engine runs once")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--hub", default=os.environ.get("HUB", str(ROOT / "target/release/hub")))
    parser.add_argument("--venv", type=pathlib.Path, help="a folder where the engine is, or comes to be")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = arguments.venv or folder / "venv"
        python = environment / "bin/python"
        if not python.exists():
            venv.create(environment, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "-q", f"data-validation-engine=={VERSION}"], check=True)
        (folder / "submitted").mkdir()
        extract = folder / "submitted/apc.csv"
        broken = write_extract(extract, arguments.rows)
        (folder / "apc.dischema.json").write_text(json.dumps(dischema(), indent=1))
        print(f"{arguments.rows:,} rows, {extract.stat().st_size / 1e6:,.0f} MB, {sum(broken.values()):,} of them "
              f"break a rule, {arguments.threads} threads, data-validation-engine {VERSION}")
        pipeline = hub_pipeline(folder, extract)
        times = []
        for _ in range(arguments.runs):
            times.append(run_hub(arguments.hub, folder, pipeline, arguments.threads))
            print(f"hub     {times[-1]:8.2f} s")
        steps, theirs = run_engine(python, folder, arguments.threads)
        total = sum(steps.values())
        parts = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in steps.items())
        print(f"engine  {total:8.2f} s  {len(theirs):,} rows  ({parts})")
        print(f"hub takes 1/{total / statistics.median(times):.1f} of the engine's time (median of {len(times)})")
        ours = found_by_hub(arguments.hub, folder, pipeline)
        counted = collections.Counter(rule for _, rule in ours)
        if counted != broken:
            sys.exit(f"hub found {dict(counted)}, the file holds {dict(broken)}")
        if ours != theirs:
            only = sorted(ours - theirs)[:5], sorted(theirs - ours)[:5]
            sys.exit(f"they differ: only hub {only[0]}, only the engine {only[1]}")
        print("both found the same rows, each under the same rule")


if __name__ == "__main__":
    main()
