# SPDX-License-Identifier: ISC
#
# results.py - figures as tables, as plots and as bench/RESULTS.md

import json
import os
import platform
import subprocess
import time

from questions import QUESTIONS


def machine():
    """What the figures depend on, besides the code."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":", 1)[1].strip() for line in file
                      if line.startswith("model name")), "unknown")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True, check=False)
    compiler = subprocess.run(["cc", "--version"], capture_output=True,
                              text=True, check=False)
    return {"processor": model, "processors": os.cpu_count(),
            "kernel": platform.release().split('-')[0],
            "compiler": (compiler.stdout.splitlines() or ["?"])[0],
            "commit": commit.stdout.strip(),
            "date": time.strftime("%Y-%m-%d")}


def number(value):
    """Digits that a reader can compare."""
    for least, factor, suffix in ((1e9, 1e9, " G"), (1e6, 1e6, " M"),
                                  (1e4, 1e3, " k")):
        if abs(value) >= least:
            return f"{value / factor:.4g}{suffix}"
    return f"{value:.4g}"


def of(rows, contest, figure, system):
    for row in rows:
        if (row["contest"], row["figure"], row["system"]) == (
                contest, figure, system):
            return row
    return None


def goal_text(question, goal):
    bound = "at most" if question.less else "at least"
    if isinstance(goal, tuple):
        return f"{bound} {goal[1]} x {goal[0]}"
    return f"{bound} {number(goal)}"


def goal_met(question, rows, row, goal):
    """True, False, or None where there is nothing to compare with."""
    bound = goal
    if isinstance(goal, tuple):
        peer = goal[0].split()
        contest = peer[1] if peer[0] == row["question"] else row["contest"]
        system = "tern" if peer[0] == row["question"] else goal[0]
        other = of(rows, contest, row["figure"], system)
        if not other:
            return None
        bound = other["median"] * goal[1]
    value = row["median"]
    if row["unit"] == "bytes":
        value = round(value)  # what the pools themselves need is a fraction
    return value <= bound if question.less else value >= bound


def verdicts(question, contest, rows, row):
    words = {True: "met", False: "MISSED", None: "?"}
    if row["system"] != "tern":
        return ""
    goals = contest.goals.get(row["figure"], [])
    return "; ".join(
        f"{goal_text(question, goal)}: "
        f"{words[goal_met(question, rows, row, goal)]}" for goal in goals)


def cells(question, contest, rows):
    """A line of words for each row: the ratio is tern's figure to its."""
    for row in rows:
        if row["contest"] != contest.name:
            continue
        ours = of(rows, contest.name, row["figure"], "tern")
        ratio = ""
        if ours and row["system"] != "tern" and row["median"]:
            ratio = f"{ours['median'] / row['median']:.3g}"
        yield [contest.name, row["figure"], row["system"],
               number(row["median"]), number(row["min"]), number(row["max"]),
               str(row["n"]), row["unit"], ratio,
               verdicts(question, contest, rows, row)]


HEAD = ["", "figure", "system", "median", "min", "max", "n", "unit",
        "tern/it", "goal"]
WIDTHS = [9, 19, 12, 9, 9, 9, 3, 15, 8, 0]


def table(question, contest, rows):
    if contest is question.contests[0]:
        yield " ".join(w.ljust(n) for w, n in zip(HEAD, WIDTHS)).rstrip()
    for words in cells(question, contest, rows):
        yield " ".join(w.ljust(n) for w, n in zip(words, WIDTHS)).rstrip()


def markdown(name, answer):
    question = QUESTIONS[name]
    yield f"\n## {name}: {question.title}\n"
    yield "| " + " | ".join(HEAD) + " |"
    yield "|" + "---|" * len(HEAD)
    for contest in question.contests:
        for words in cells(question, contest, answer["rows"]):
            yield "| " + " | ".join(words) + " |"
    if question.note:
        yield f"\n{question.note[0].upper()}{question.note[1:]}."
    for who, reason in answer["skipped"].items():
        yield f"\nNot measured: {who}: {reason}."


def write(out, path):
    """Joins the answers that there are to bench/RESULTS.md."""
    answers = {}
    for name in QUESTIONS:
        file = os.path.join(out, f"{name}.json")
        if os.path.exists(file):
            with open(file, encoding="utf-8") as f:
                answers[name] = json.load(f)
    if not answers:
        return
    where = next(iter(answers.values()))["machine"]
    lines = ["# Results of the benchmark suite", "",
             "Written by `make bench`; what is measured, and how, is in "
             "[README.md](README.md).", "",
             f"{where['processor']}, {where['processors']} processors; Linux "
             f"{where['kernel']}; {where['compiler']}. Rates are per second "
             "of processor time, all processes together. A ratio is tern's "
             "median divided by that of the system in the line."]
    for name, answer in answers.items():
        lines += markdown(name, answer)
        lines += ["", f"Measured {answer['machine']['date']} at "
                      f"{answer['machine']['commit']}."]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def plot(question, rows, path):
    try:
        import matplotlib
    except ImportError:
        print("    no plot: python3-matplotlib is not installed")
        return
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "tern"
    import matplotlib.pyplot as plt
    figures = list(dict.fromkeys(row["figure"] for row in rows))
    if not figures:
        return
    fig, axes = plt.subplots(1, len(figures), squeeze=False,
                             figsize=(max(6, 4 * len(figures)), 4))
    for axis, figure in zip(axes[0], figures):
        mine = [row for row in rows if row["figure"] == figure]
        if all(row["contest"].isdigit() for row in mine):
            curve(axis, mine)
        else:
            bars(axis, mine)
        axis.set_title(figure or question.title, fontsize=9)
        axis.set_ylabel(mine[0]["unit"], fontsize=9)
        axis.grid(alpha=0.3, axis="y")
    fig.tight_layout()
    fig.savefig(path, metadata={"Date": None})
    plt.close(fig)


def curve(axis, rows):
    """Over the number of connections, with what lies between the extremes."""
    x = [int(row["contest"]) for row in rows]
    axis.plot(x, [row["median"] for row in rows], marker="o", markersize=3)
    axis.fill_between(x, [row["min"] for row in rows],
                      [row["max"] for row in rows], alpha=0.2)
    axis.set_xscale("log")
    axis.set_ylim(bottom=0)
    axis.set_xlabel("connections", fontsize=9)


def bars(axis, rows):
    contests = list(dict.fromkeys(row["contest"] for row in rows))
    systems = list(dict.fromkeys(row["system"] for row in rows))
    width = 0.8 / len(systems)
    for i, system in enumerate(systems):
        found = [row for row in rows if row["system"] == system]
        at = [contests.index(row["contest"]) + i * width for row in found]
        low = [row["median"] - row["min"] for row in found]
        high = [row["max"] - row["median"] for row in found]
        axis.bar(at, [row["median"] for row in found], width,
                 yerr=[low, high], error_kw={"lw": 0.8}, label=system)
    axis.set_xticks([i + 0.4 - width / 2 for i in range(len(contests))])
    axis.set_xticklabels(contests, fontsize=8)
    axis.legend(fontsize=7)
