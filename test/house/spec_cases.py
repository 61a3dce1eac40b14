#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# spec_cases.py - what scripts/spec must accept, and what it must not
#
# It accepts a tree in which every requirement of RFC 9293 is marked in code and
# in a test that passed, and those of other ledgers name both, and rejects each
# way in which that can be untrue.

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import re
import shutil
import sys
import tempfile

TABLE = "spec/rfc9293.tsv"
OTHER = "spec/rfc0001.tsv"
CODE = "src/tcp/a.c"
TESTS = "test/unit/a_test.c"
RESULTS = "build/results.tsv"


def load(path):
    loader = importlib.machinery.SourceFileLoader("spec", path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("spec", loader))
    loader.exec_module(module)
    return module


class Tree:
    """A tree that is changed, and put back as it was by fresh()."""

    def __init__(self, spec, root):
        self.spec = spec
        self.root = root
        self.files = {}		# as they are in order
        self.total = 119
        self.failed = False

    def path(self, name):
        return os.path.join(self.root, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def add(self, name, text):
        self.write(name, self.read(name) + text)

    def edit(self, name, pattern, to, count=0):
        """Replaces in each line, as sed does; something must be there."""
        text, n = re.subn(pattern, to, self.read(name), count, re.MULTILINE)
        if not n:
            sys.exit(f"spec_test: no {pattern} in {name}")
        self.write(name, text)

    def keep(self):
        """As it is now, it is in order."""
        self.files = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                self.files[path] = self.read(path)

    def fresh(self):
        shutil.rmtree(self.root)
        for path, text in self.files.items():
            self.write(path, text)

    def run(self, *arguments):
        """Exit status and lines of scripts/spec."""
        out, here = io.StringIO(), os.getcwd()
        with contextlib.redirect_stdout(out):
            try:
                status = self.spec.main(["--root", self.root, *arguments])
            finally:
                os.chdir(here)
        return status, out.getvalue().splitlines()

    def update(self):
        self.run("--update")

    def fail(self, text):
        print(f"spec_test: {text}")
        self.failed = True

    def expect_row(self, pattern):
        if not re.search(f"^{pattern}$", self.read(TABLE), re.MULTILINE):
            self.fail(f"no row {pattern}")

    def expect(self, status, good, complaint=None):
        got, lines = self.run("--build", self.path("build"))
        if got != status or lines[-1] != f"{good} of {self.total}" or \
                (complaint and complaint not in lines):
            self.fail(f"expected status {status}, {good} of {self.total}, "
                      f"'{complaint}'; got {got}:")
            print("\n".join(lines))


def make(tree):
    """A tree that is in order: 111 met, 8 departures (MUST-1 to MUST-8)."""
    with open(TABLE, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t")[:4] for line in file
                if not line.startswith("#")]
    head = rows[0] + ["status", "code", "tests", "reason"]
    rows = [head] + [row + [""] * 4 for row in rows[1:]]
    tree.write(TABLE, "".join("\t".join(row) + "\n" for row in rows))
    code = "/* SPDX */\n/*\n * a.c - MUST-9 in a head does not count\n */\n"
    tests = "/* SPDX */\n/*\n * a_test.c - all\n */\n#include <a>\n\n"
    results = ""
    for row in rows[1:]:
        mark, name = row[0], "t_" + row[0].replace("-", "_")
        code += f"\nvoid {name}(void)\n{{\n\n\ta(); /* ({mark}) */\n}}\n"
        tests += f"/* {mark} */\nstatic void {name}(void **state)\n{{\n}}\n\n"
        results += f"unit-a\t{name}\tpassed\n"
    tree.write(CODE, re.sub(r"\((MUST-[1-8])\)", r"DEPARTS \1: so.", code))
    tree.write(TESTS, tests)
    tree.write(RESULTS, results)
    tree.update()
    tree.edit(TABLE, r"^(MUST-[1-8]\t.*\t)met(\t.*\t)$",
              r"\1departs\2because")
    tree.update()
    tree.keep()


def rows_and_code(t):
    t.expect(0, 119)
    t.expect_row("MUST-9\t.*\tmet\tsrc/tcp/a.c:t_MUST_9\tunit-a/t_MUST_9\t")

    t.fresh()
    t.edit(TABLE, r"^MUST-58\t.*\n", "")
    t.expect(1, 118, "MUST-58: no row")

    t.fresh()
    t.edit(TABLE, r"^(SHLD-3\t.*)", r"\1\n\1")
    t.expect(1, 119, "SHLD-3: 2 rows")


def marks(t):
    """A mark may move within what bears it, and with that; but not away."""
    t.fresh()
    t.write(CODE, re.sub(r"(?m)^\t", "\n\n\n\t", t.read(CODE)))
    t.expect(0, 119)

    gone = "MUST-58: src/tcp/a.c:t_MUST_58 does not bear the mark: make spec"
    for pattern, to in (
            (r"\(MUST-58\)", ""),
            (r"void t_MUST_58", "void another"),
            (r"(.*MUST-58.*\n)(}\n)", r"\2/* MUST-58 */\n"),
            (r"(.*MUST-58.*\n)((?:.*\n){4})", r"\2\1")):
        t.fresh()
        t.edit(CODE, pattern, to)
        t.expect(1, 118, gone)

    t.fresh()
    t.edit(CODE, r"\(MUST-58\)", "")
    t.update()
    t.expect(1, 118, "MUST-58: no code bears the mark")

    t.fresh()
    t.edit(CODE, r"\(MUST-58\)", "")
    t.edit(CODE, "a head", "a head, where MUST-58 stands alone,")
    t.update()
    t.expect_row("MUST-58\t.*\tmet\tsrc/tcp/a.c\t.*")
    t.expect(0, 119)


def owners(t):
    """Whose a mark is."""
    for text, owner in (
            ("#define A \\\n\t(1) /* MUST-58 */", "A"),
            ("struct b {\n\tint c; /* MUST-58 */\n};", "b"),
            ("static const int d[] = {\n\t1, /* MUST-58 */\n};", "d"),
            ("/* MUST-58 */\nCHECK int e(int a,\n\t   int b);", "e"),
            ("/* It is\n * as MUST-58\n * has it.  */\nint *f(void);", "f"),
            ("static __attribute__((noinline)) int g(void)\n"
             "{\n\th();\n\n\ti(); /* MUST-58 */\n}", "g")):
        t.fresh()
        t.edit(CODE, r"\(MUST-58\)", "")
        t.add(CODE, f"\nint before(void)\n{{\n}}\n\n{text}\n\nint after;\n")
        t.update()
        t.expect_row(f"MUST-58\t.*\tsrc/tcp/a.c:{owner}\t.*")
        t.expect(0, 119)


def verdicts(t):
    t.fresh()
    t.edit(RESULTS, "t_MUST_58\tpassed", "t_MUST_58\tfailed")
    t.expect(1, 118, "MUST-58: test unit-a/t_MUST_58 failed")
    t.edit(RESULTS, "t_MUST_58\tfailed", "t_MUST_58\tskipped")
    t.expect(1, 118, "MUST-58: test unit-a/t_MUST_58 skipped")
    t.edit(RESULTS, ".*t_MUST_58\t.*\n", "")
    t.expect(1, 118, "MUST-58: test unit-a/t_MUST_58 was not run")
    if t.run("--source") != (0, []):
        t.fail("--source asks for verdicts")

    t.fresh()
    t.edit(TESTS, ".*t_MUST_58.*\n", "")
    t.edit(TABLE, "unit-a/t_MUST_58", "")
    t.expect(1, 118, "MUST-58: no test bears the mark")

    if "MUST-58: no test bears the mark" not in t.run("--source")[1]:
        t.fail("--source does not find a test missing")

    # A test script is known by its path.
    t.edit(TABLE, r"^(MUST-58\t.*)\t\t$", r"\1\ttest/tool/acks_test.sh\t")
    t.update()
    t.expect(1, 118, "MUST-58: test test/tool/acks_test.sh was not run")
    t.add(RESULTS, "tool-acks\ttool-acks\tpassed\n")
    t.expect(0, 119)

    # So is a packet script, which bears its marks anywhere.
    t.fresh()
    t.write("test/script/ack/gap.pkt", "// Shown in passing, (MUST-58).\n")
    t.update()
    t.expect(1, 118, "MUST-58: test script/ack/gap was not run")
    t.add(RESULTS, "script\tack/gap\tpassed\n")
    t.expect(0, 119)


def departures(t):
    t.fresh()
    t.edit(TABLE, r"^(MUST-1\t.*)because", r"\1")
    t.expect(1, 118, "MUST-1: no reason")

    t.fresh()
    t.edit(CODE, "DEPARTS MUST-1:", "MUST-1")
    t.expect(1, 118, "MUST-1: no comment with DEPARTS in src/")

    t.fresh()
    t.edit(CODE, r"\(MUST-9\)", "DEPARTS MUST-9")
    t.edit(TABLE, r"^(MUST-9\t.*\t)met(\t.*\t)$", r"\1departs\2because")
    t.expect(1, 119, "9 departures, 8 are allowed")

    t.fresh()
    t.edit(TABLE, r"^(MAY-1\t.*)\tmet\t.*$", r"\1\tn/a\t\t\tnot done")
    t.edit(TABLE, r"^(SHLD-13\t.*)\tmet\t.*$", r"\1\tn/a\t\t\tnot ours")
    t.update()
    t.expect(0, 119)
    t.edit(TABLE, r"^(SHLD-1\t.*)\tmet\t.*$", r"\1\tn/a\t\t\tnot done")
    t.expect(1, 118,
             "SHLD-1: n/a, but it is neither a MAY nor for applications")

    t.fresh()
    t.add(CODE, "/* MUST-70 */\n")
    t.expect(1, 119, "MUST-70: marked, but not an identifier of RFC 9293")

    t.fresh()
    t.add("CONFORMANCE.md", "\n")
    t.expect(1, 119, "CONFORMANCE.md is not made from spec/: make spec")


def add_other_ledger(t):
    """Code by function, tests by mark or by name."""
    t.fresh()
    t.total = 121
    head = t.read(TABLE).split("\n")[0]
    t.write(OTHER, f"# RFC 1, Of tests: a ledger.\n{head}\n"
            "ONE-1\t1\tW\tIt is.\tmet\tsrc/tcp/b.c:b_is\t\t\n"
            "ONE-2\t2\tW\tIt is so.\tmet\t"
            "src/tcp/b.c:B_MAX src/tcp/b.c:b_table\tunit-b\t\n")
    t.write("src/tcp/b.c", "#define B_MAX 1\n"
            "static const int b_table[] = {1};\n"
            "int b_later(int a);\n"
            "static int b_is(int a)\n{\n\tb_not();\n}\n")
    t.write("test/script/one/is.pkt", "// It is (ONE-1).\n")
    t.add(RESULTS, "script\tone/is\tpassed\nunit-b\tunit-b\tpassed\n")
    t.update()
    t.keep()


def other_ledger(t):
    t.fresh()
    t.expect(0, 121, "RFC 1: 2 of 2 (2 met, 0 departs, 0 n/a)")
    row = "| [RFC 1](spec/rfc0001.tsv) | Of tests | 2 | 2 | 0 | 0 |"
    if not re.search("^ONE-1\t.*\tscript/one/is\t$", t.read(OTHER),
                     re.MULTILINE) or row not in t.read("CONFORMANCE.md"):
        t.fail("the other ledger is not as it should be")

    for pattern, to, complaint in (
            ("b_is", "b_not", "ONE-1: b_not is not defined in src/tcp/b.c"),
            ("b_is", "b_later", "ONE-1: b_later is not defined in "
             "src/tcp/b.c"),
            ("b.c:b_is", "c.c:b_is",
             "ONE-1: src/tcp/c.c:b_is: no such file, or no name after it"),
            ("src.tcp.b.c:b_is", "", "ONE-1: no code is named"),
            ("unit-b", "unit-c", "ONE-2: test unit-c was not run"),
            ("unit-b", "", "ONE-2: no test bears the mark"),
            ("^(ONE-2.*\t)met", r"\1departs", "ONE-2: no reason"),
            ("^(ONE-2.*\t)met", r"\1perhaps",
             "ONE-2: unknown status 'perhaps'"),
            ("It is so.", "", "ONE-2: no section, or no wording")):
        t.fresh()
        t.edit(OTHER, pattern, to)
        t.update()
        t.expect(1, 120, complaint)

    t.fresh()
    t.edit(RESULTS, "passed", "failed")
    t.expect(1, 0, "ONE-1: test script/one/is failed")

    t.fresh()
    t.edit("test/script/one/is.pkt", "ONE-1", "ONE-3")
    t.expect(1, 121, "ONE-3: marked, but not an identifier of RFC 1")

    t.fresh()
    t.edit(OTHER, "^ONE-2", "ONE-1")
    t.expect(1, 120, "ONE-1: 2 rows")


def main():
    spec = load("scripts/spec")
    with tempfile.TemporaryDirectory() as root:
        tree = Tree(spec, root)
        make(tree)
        rows_and_code(tree)
        marks(tree)
        owners(tree)
        verdicts(tree)
        departures(tree)
        add_other_ledger(tree)
        other_ledger(tree)
    return 1 if tree.failed else 0


if __name__ == "__main__":
    sys.exit(main())
