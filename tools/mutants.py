"""Break the package on purpose, one small change at a time, and see whether a test notices.

    python tools/mutants.py [--jobs N] [--sample N] [--again] [MODULE ...]

The changes are mutmut's: another operator or number, a condition forced either way, an argument left out or None, a name
that holds None. Its runner skips decorated functions, which all losses are, so the running is done here: in private copies
of the package, never in the working tree, each change in a fork of a process that has everything else imported. The tests
that run the changed statement are tried, those first that noticed other changes, then the quick ones.

Left as they are: docstrings, annotations, imports, strings with a space in them, which are sentences, and arguments that
change no number.
tests/mutants.toml says what share of them has to be noticed, and why some cannot be; tools/survivors.py judges by it.
"""

import argparse
import ast
import contextlib
import gc
import hashlib
import io
import itertools
import json
import math
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import coverage
import libcst as cst
import pytest
import survivors
from libcst.metadata import MetadataWrapper, WhitespaceInclusivePositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_string

ROOT = Path(__file__).resolve().parent.parent
#: Results are kept while package and tests stay the same, so that a run that was broken off is taken up again.
CACHE = ROOT / ".mutants_cache"
RESULTS = CACHE / "results.jsonl"
#: All modules but these: no numbers come from them, and nbval compares what they print; a deviation that is broken no longer
#: explains the function that has it, and their search takes too long to be run for each change. A card takes hours, ten seconds a
#: change, and is asked for by name: MODULE="cards/focal --sample 50". The prover refuses a claim that became false; one
#: that is still true survives. The tests of two bridges need libraries that are not there.
LEFT_OUT = ("__init__", "__main__", "cards", "diagnosis", "show", "jax", "torch")
#: A test that compares the text of the package with what the book shows would notice any change whatever it does.
COMPARES_TEXT = "test_the_implementation_is_printed_from_the_package"
#: Folders of tests that judge something else than the package.
OTHERS = ("book", "peers", "site", "tools")
#: Arguments that change no number.
SILENT = {"copy", "strict"}
MEMORY = 6 << 30
#: Seconds of tests, the most likely first, for a change that is listed as one that no test can notice.
QUICK = 10


@dataclass(frozen=True)
class Mutant:
    """A change of one module: what stands in the place of ``cut``, and the lines of which one must be run to notice."""

    name: str
    path: str
    cut: slice
    text: str
    lines: range | None

    def source(self, original):
        return original[: self.cut.start] + self.text + original[self.cut.stop :]


class Changes(cst.CSTVisitor):
    """Collects the changes that can be made to a module, each with the statement that it changes."""

    METADATA_DEPENDENCIES = (WhitespaceInclusivePositionProvider,)

    def __init__(self, module):
        super().__init__()
        self.module, self.found, self.functions, self.statements = module, [], [], []

    def on_visit(self, node):
        if isinstance(node, (cst.Annotation, cst.Import, cst.ImportFrom)):
            return False
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            self.functions.append(node)
        if isinstance(node, (cst.BaseCompoundStatement, cst.SimpleStatementLine)):
            self.statements.append(node)
        if isinstance(node, cst.Arg) and is_silent(node):
            return False
        for old, new in changes(node):
            if isinstance(old, cst.Call) and isinstance(new, cst.Call) and differ_in_silence(old, new):
                continue
            place = self.get_metadata(WhitespaceInclusivePositionProvider, old)
            self.found.append((place, self.module.code_for_node(new), self.where(), self.lines()))
        return True

    def on_leave(self, node):
        for stack in (self.functions, self.statements):
            if stack and stack[-1] is node:
                stack.pop()

    def where(self):
        return ".".join(node.name.value for node in self.functions) or "module"

    def lines(self):
        """The lines of the innermost statement, of a compound one its head; None for what runs when it is imported."""
        node = self.statements[-1]
        if not any(isinstance(outer, cst.FunctionDef) for outer in self.statements[:-1]):
            return None
        whole = self.get_metadata(WhitespaceInclusivePositionProvider, node)
        last = whole.end.line
        if not isinstance(node, (cst.SimpleStatementLine, cst.FunctionDef)):
            last = self.get_metadata(WhitespaceInclusivePositionProvider, node.body).start.line
        return range(whole.start.line, last + 1)


def is_silent(argument):
    return argument.keyword is not None and argument.keyword.value in SILENT


def differ_in_silence(old, new):
    """Whether two calls differ, and the arguments that count do not."""
    spoken = [[argument for argument in call.args if not is_silent(argument)] for call in (old, new)]
    return not same(old.args, new.args) and same(*spoken)


def same(some, others):
    return len(some) == len(others) and all(a.deep_equals(b) for a, b in zip(some, others, strict=True))


def changes(node):
    """Yield pairs of a node and what may stand in its place: mutmut's changes, and a plain condition turned round."""
    for kind, operator in mutation_operators:
        if isinstance(node, kind) and not (operator is operator_string and " " in getattr(node, "value", " ")):
            yield from ((node, other) for other in operator(node))
    if isinstance(node, cst.If) and isinstance(node.test, (cst.Name, cst.Attribute, cst.Call)):
        yield node.test, cst.UnaryOperation(cst.Not(), node.test)


def mutants_of(path):
    """All changes of one module, in the order of its text, each once."""
    source = (ROOT / path).read_text(encoding="utf-8")
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    visitor = Changes(wrapper.module)
    wrapper.visit(visitor)
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    names, sources = Counter(), {source}
    for place, text, where, lines in sorted(visitor.found, key=lambda f: (f[0].start.line, f[0].start.column)):
        cut = slice(starts[place.start.line - 1] + place.start.column, starts[place.end.line - 1] + place.end.column)
        changed = source[: cut.start] + text + source[cut.stop :]
        if changed in sources or not compiles(changed):
            continue
        sources.add(changed)
        name = f"{module_of(path)}, {where}: {difference(source, changed)}"
        names[name] += 1
        if names[name] > 1:
            name += f" (no. {names[name]})"
        yield Mutant(name, path, cut, text, lines)


def module_of(path):
    return path.removeprefix("lossbook/").removesuffix(".py")


def compiles(source):
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def difference(old, new):
    """The changed lines, before and after."""
    old, new = old.splitlines(), new.splitlines()
    first = next(n for n, (a, b) in enumerate(zip([*old, None], [*new, None], strict=False)) if a != b)
    last = next(n for n, (a, b) in enumerate(zip(old[::-1], new[::-1], strict=False)) if a != b)
    last = min(last, len(old) - first, len(new) - first)
    return " → ".join(" ".join(line.strip() for line in text[first : len(text) - last]) for text in (old, new))


class Tests:
    """The pytest plugin in a fork: runs the chosen tests in their order, and notes the one that is running."""

    def __init__(self, note, chosen=None, watch=None):
        self.note, self.chosen, self.watch, self.took = note, chosen, watch, {}
        self.rank = {test: n for n, test in enumerate(chosen or ())}

    def pytest_collection_modifyitems(self, items):
        items[:] = (i for i in items if COMPARES_TEXT not in i.nodeid and (not self.rank or i.nodeid in self.rank))
        items.sort(key=lambda i: self.rank.get(i.nodeid, 0))

    def pytest_runtest_setup(self, item):
        os.ftruncate(self.note, 0)
        os.pwrite(self.note, item.nodeid.encode(), 0)
        if self.chosen:
            # An alarm that nobody handles ends the process: a test that runs so much longer has noticed the change.
            signal.alarm(10 + int(20 * self.chosen[item.nodeid]))
        else:
            self.watch.switch_context(item.nodeid)
        self.took[item.nodeid] = -time.perf_counter()

    def pytest_runtest_teardown(self, item):
        signal.alarm(0)
        self.took[item.nodeid] += time.perf_counter()


class Copy:
    """A private copy of package and tests, in a process in which all but them is imported, to be forked."""

    def __init__(self, place):
        left_out = shutil.ignore_patterns(".*", "_build", "__pycache__")
        shutil.copytree(ROOT, place, ignore=left_out, dirs_exist_ok=True)
        self.place = place
        self.note = os.open(place / "note", os.O_RDWR | os.O_CREAT)
        os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
        os.chdir(place)
        sys.path.insert(0, str(place))
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = self.pytest("--collect-only", *test_files())
        if code:
            sys.exit(said.getvalue())
        # The cards do not know the package, and take a second to be imported.
        self.forget("lossbook", "test_", "conftest", "notebooks", but="lossbook.cards")
        sys.dont_write_bytecode = True
        # What stands now is not searched for garbage again in every fork.
        gc.collect()
        gc.freeze()

    def forget(self, *starts, but="-"):
        for name in [n for n in sys.modules if n.startswith(starts) and not n.startswith(but)]:
            del sys.modules[name]

    def pytest(self, *arguments, plugins=()):
        options = ["-x", "-q", "--doctest-modules", *(f"-pno:{p}" for p in ("cacheprovider", "xdist", "nbval"))]
        return pytest.main([*options, "-Wignore::pytest.PytestAssertRewriteWarning", *arguments], plugins=list(plugins))

    def fork(self, function, *arguments):
        """Call a function in a fork, in silence; return its exit code and the test that ran last."""
        os.ftruncate(self.note, 0)
        child = os.fork()
        if not child:
            code = 70
            with contextlib.suppress(BaseException):
                quiet = os.open(os.devnull, os.O_WRONLY)
                os.dup2(quiet, 1)
                os.dup2(quiet, 2)
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                code = int(function(*arguments))
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return code, os.pread(self.note, 10000, 0).decode() or "the import"

    def measure(self, file, out):
        """Run one file of tests; write the seconds of each test, and the lines of the package that it runs."""
        watch = coverage.Coverage(data_file=None, include=[str(self.place / "lossbook" / "*")])
        watch.start()
        tests = Tests(self.note, watch=watch)
        code = self.pytest(file, plugins=[tests])
        watch.stop()
        found = {test: [seconds, {}] for test, seconds in tests.took.items()}
        data = watch.get_data()
        for path in data.measured_files():
            for line, contexts in data.contexts_by_lineno(path).items():
                for test in filter(None, contexts):
                    found[test][1].setdefault(os.path.relpath(path, self.place), []).append(line)
        out.write_text(json.dumps(found))
        return code

    def run(self, mutant, tests):
        if mutant.path.startswith("lossbook/cards"):
            self.forget("lossbook.cards")
        return self.pytest(*{test.partition("::")[0]: None for test in tests}, plugins=[Tests(self.note, tests)])

    def judge(self, mutant, tests, killers, budget):
        """Make a change; return the test that notices it, or None where those that fit into the budget do not."""
        ranked = sorted(tests, key=lambda test: (-killers[test], tests[test], test))
        spent = itertools.accumulate(tests[test] for test in ranked)
        ranked = [test for test, total in zip(ranked, spent, strict=True) if total <= budget]
        path = self.place / mutant.path
        original = path.read_text(encoding="utf-8")
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
            compiled.unlink()
        path.write_text(mutant.source(original), encoding="utf-8")
        killer = None
        # To collect all files takes longer than the tests that notice most changes.
        for some in filter(None, (ranked[:40], ranked[40:])):
            code, last = self.fork(self.run, mutant, {test: tests[test] for test in some})
            if code not in (0, 5):
                killers[last] += 1
                killer = last + (" (out of time)" if code == -signal.SIGALRM else "")
                break
        path.write_text(original, encoding="utf-8")
        return killer


def test_files():
    """The tests of the package, those of what the notebooks say of it, and its modules with examples."""
    tests = sorted(
        p for p in (ROOT / "tests").rglob("test_*.py") if p.relative_to(ROOT / "tests").parts[0] not in OTHERS
    )
    tests.append(ROOT / "tests/book/test_notebooks.py")
    modules = [p for p in sorted((ROOT / "lossbook").rglob("*.py")) if ">>> " in p.read_text(encoding="utf-8")]
    return [p.relative_to(ROOT).as_posix() for p in [*tests, *modules]]


def digest(*paths):
    return hashlib.sha256(b"\0".join((ROOT / p).read_bytes() for p in sorted(map(str, paths)))).hexdigest()


def in_copies(count, function):
    """Call a function with a private copy and its number, in so many processes; end if one fails."""
    processes = []
    for number in range(count):
        processes.append(os.fork())
        if not processes[-1]:
            try:
                with tempfile.TemporaryDirectory() as place:
                    function(Copy(Path(place)), number)
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", flush=True)
                os._exit(1)
            os._exit(0)
    if any([os.waitpid(process, 0)[1] for process in processes]):  # noqa: C419, all have to be waited for
        sys.exit(1)


def baseline(package):
    """The seconds and lines of all tests, measured again for the files that changed."""
    path = CACHE / "baseline.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    keys = {file: digest(*package, file, "tests/conftest.py") for file in test_files()}
    known = {file: found for file, found in known.items() if found["key"] == keys.get(file)}

    def measure(copy, _):
        for file in keys.keys() - known.keys():
            code, last = copy.fork(copy.measure, file, copy.place / "measured")
            if code not in (0, 5):
                sys.exit(f"the tests have to pass before anything is broken, and {last} does not")
            known[file] = {"key": keys[file], "tests": json.loads((copy.place / "measured").read_text())}
        path.write_text(json.dumps(known))

    if keys.keys() != known.keys():
        print(f"Measuring which test runs which line, {len(keys) - len(known)} files ...", flush=True)
        in_copies(1, measure)
        known = json.loads(path.read_text())
    return {test: found for file in known.values() for test, found in file["tests"].items()}


class Runs:
    """Which tests run which lines."""

    def __init__(self, tests):
        self.seconds = {test: seconds for test, (seconds, _) in tests.items()}
        self.by_line = defaultdict(lambda: defaultdict(set))
        for test, (_, paths) in tests.items():
            for path, lines in paths.items():
                for line in lines:
                    self.by_line[path][line].add(test)

    def of(self, mutant):
        """The tests, with their seconds, that run one of a mutant's lines; for what runs at import, all of its module's."""
        lines = self.by_line[mutant.path]
        found = set().union(*(lines[n] for n in lines if mutant.lines is None or n in mutant.lines))
        if not found or mutant.lines is None:
            # What is made at import is used without a line of the module being run: a constant, a claim, what a decorator
            # returns.
            name = Path(mutant.path).stem.strip("_")
            own = tuple(f"test_{other}.py::" for other in (name, f"cards_{name}", "proof"))
            found |= {test for test in self.seconds if test.rpartition("/")[2].startswith(own)}
        return {test: self.seconds[test] for test in found}


def killed_before(key):
    """The changes that were noticed, with the test that did, while package and tests were as they are now."""
    try:
        entries = map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        return {}
    return {e["name"]: e["killer"] for e in entries if e["killer"] and key(e["path"]) in e["keys"]}


def default_modules():
    """Name the modules that numbers come from, by their paths under ``lossbook``."""
    paths = [p.relative_to(ROOT / "lossbook").with_suffix("") for p in sorted((ROOT / "lossbook").rglob("*.py"))]
    return [p.as_posix() for p in paths if p.parts[0] not in LEFT_OUT and p.stem not in LEFT_OUT]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as lovasz or cards/lovasz")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at a time")
    parser.add_argument("--sample", type=int, help="so many changes of each module, drawn with a fixed seed")
    parser.add_argument("--budget", type=float, default=math.inf, help="seconds of tests for each change: a first look")
    parser.add_argument("--again", action="store_true", help="believe kills in modules that are as they were")
    given = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    policy, texts = survivors.Policy.read(), survivors.modules()
    package = [p.relative_to(ROOT).as_posix() for p in (ROOT / "lossbook").rglob("*.py")]
    runs = Runs(baseline(package))
    everything, modules = digest(*package, *test_files()), {path: digest(path) for path in package}
    killed = killed_before(digest if given.again else lambda path: everything)
    mutants, possible = [], []
    for module in given.modules or default_modules():
        found = list(mutants_of(f"lossbook/{module}.py"))
        possible += found
        if given.sample and given.sample < len(found):
            print(f"{module}: {given.sample} of {len(found)} changes, drawn at random")
            found = random.Random(0).sample(found, given.sample)
        mutants += found
    remaining = [m for m in mutants if m.name not in killed]
    print(f"{len(mutants)} changes, {len(mutants) - len(remaining)} of them killed before", flush=True)

    def work(copy, number):
        killers = Counter()
        with RESULTS.open("a", encoding="utf-8", buffering=1) as out:
            for done, mutant in enumerate(remaining[number :: given.jobs], 1):
                budget = (
                    min(given.budget, QUICK) if survivors.change_of(mutant.name) in policy.reasons else given.budget
                )
                killer = copy.judge(mutant, runs.of(mutant), killers, budget)
                keys = [modules[mutant.path], everything]
                out.write(json.dumps({"name": mutant.name, "path": mutant.path, "killer": killer, "keys": keys}) + "\n")
                if done % 100 == 0:
                    print(f"  process {number + 1}: {done} of {len(remaining[number :: given.jobs])}", flush=True)

    in_copies(min(given.jobs, len(remaining)), work)
    killed |= killed_before(lambda path: everything)
    tried, found = {m.name for m in mutants}, {}
    for m in possible:
        found.setdefault(module_of(m.path), {})[m.name] = killed.get(m.name) if m.name in tried else False
    lines, faults = survivors.judge(policy, texts, found, whole=not given.sample and math.isinf(given.budget))
    print(*lines, *faults, sep="\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
