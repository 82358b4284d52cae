#!/usr/bin/env python3
"""One register without numbers through `hub` and through Splink 5 with DuckDB; prints precision, recall, seconds.

`hub synth --register` writes a million rows in which 700,000 people stand, with slips, moves and missing
fields. Splink sees names, dates and addresses in clear; the hub sees keyed tokens and filters. Both learn
without labels and cluster at a probability of 0.9, the hub by its defaults. Needs `pip install splink duckdb
pandas`; the gate does not run it.

Splink's seconds are those of training, prediction and clusters, with the table already read; the hub's those
of `hub run --from link --until link`, from sealed identities to the person index on disk.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def splink(table):
    """Trains, predicts, clusters; prints one line of JSON."""
    import pandas
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    frame = pandas.read_csv(table, dtype=str).rename(columns={"row": "unique_id"})
    truth = frame.set_index("unique_id")["true_person"]
    frame = frame.drop(columns=["true_person", "is_again"])
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("family_name").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("birth_date", [1, 2]),
            cl.ExactMatch("sex"),
            cl.LevenshteinAtThresholds("postcode", [1, 2]).configure(
                term_frequency_adjustments=True
            ),
            cl.ExactMatch("house"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("birth_date", "family_name"),
            block_on("birth_date", "given_name"),
            block_on("birth_date", "postcode"),
            block_on("given_name", "family_name", "postcode"),
            block_on("given_name", "family_name", "substr(birth_date, 1, 4)"),
            block_on("given_name", "postcode", "house"),
            block_on("family_name", "postcode", "substr(birth_date, 1, 4)"),
        ],
        retain_intermediate_calculation_columns=False,
    )
    began = time.time()
    api = DuckDBAPI()
    linker = Linker(api.register(frame), settings)
    training = linker.training
    sure = [block_on("given_name", "family_name", "birth_date")]
    training.estimate_probability_two_random_records_match(sure, recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=1e6)
    training.estimate_parameters_using_expectation_maximisation(block_on("birth_date"))
    training.estimate_parameters_using_expectation_maximisation(
        block_on("given_name", "family_name")
    )
    pairs = linker.inference.predict(threshold_match_probability=0.5)
    cluster = linker.clustering.cluster_pairwise_predictions_at_threshold
    clusters = cluster(pairs, threshold_match_probability=0.9)
    frame = clusters.as_pandas_dataframe()
    seconds = time.time() - began
    found = [(0.9, frame)]
    for threshold in (0.95, 0.99):
        found.append((threshold, cluster(pairs, threshold_match_probability=threshold).as_pandas_dataframe()))
    scores = [[threshold, *scored(frame, truth)] for threshold, frame in found]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": memory, "scores": scores}))


def scored(frame, truth):
    """Precision and recall over pairs of rows."""
    pairs = lambda sizes: int((sizes * (sizes - 1) // 2).sum())
    person = frame["unique_id"].map(truth)
    right = pairs(frame.groupby(["cluster_id", person]).size())
    return right / pairs(frame.groupby("cluster_id").size()), right / pairs(person.groupby(person).size())


def measured(command):
    """Seconds, and megabytes resident at most."""
    began = time.time()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return time.time() - began, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hub", default=ROOT / "target/release/hub")
    parser.add_argument("--people", type=int, default=700_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--splink", metavar="TABLE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.splink:
        return splink(options.splink)
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        hub, table, store = str(options.hub), work / "register.csv", work / "store"
        make = ["synth", "--people", options.people, "--register", options.rows, "--out", work]
        seconds, _ = measured([hub, *map(str, make)])
        print(f"made {options.rows} rows of {options.people} people in {seconds:.1f} s")
        run = [hub, "run", str(work / "register.toml"), "--store", str(store), "--out", str(work / "out")]
        seconds, megabytes = measured(run)
        print(f"hub     everything      {seconds:6.1f} s  {megabytes:6.0f} MB")
        for _ in range(options.rounds):
            seconds, megabytes = measured([*run, "--from", "link", "--until", "link"])
            print(f"hub     linkage         {seconds:6.1f} s  {megabytes:6.0f} MB")
            out = subprocess.run(
                [sys.executable, __file__, "--splink", str(table)],
                check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            ).stdout
            peer = json.loads(out.splitlines()[-1])
            ratio = peer["seconds"] / seconds
            print(
                f"Splink  linkage         {peer['seconds']:6.1f} s  {peer['megabytes']:6.0f} MB"
                f"  {ratio:.1f} times as long"
            )
        score = [hub, "link", "evaluate", "--store", str(store), "--truth", str(table)]
        score += ["--column", "true_person", "--format", "json"]
        pairs = json.loads(subprocess.check_output(score))["pairs"]
        print(f"hub     at 0.9   precision {pairs['precision']:.5f}  recall {pairs['recall']:.5f}")
        for threshold, precision, recall in peer["scores"]:
            print(f"Splink  at {threshold:<4}  precision {precision:.5f}  recall {recall:.5f}")


if __name__ == "__main__":
    main()
