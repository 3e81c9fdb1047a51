"""What `make mutants` asks for holds together, and a run is judged by it."""

import survivors
from survivors import Policy, judge, stale

KEEP, DROP = "if x > 0: → if x >= 0:", "a = 1 → a = 2"
TEXTS = {"losses/one": "def f(x): if x > 0: return x a = 1", "two": "b = 3"}
POLICY = Policy(0.5, {"two": 0.9}, {KEEP: "zero adds nothing"})


def name(change, module="losses/one"):
    return f"{module}, f: {change}"


def faults(names, *, policy=POLICY, module="losses/one", whole=True):
    return judge(policy, TEXTS, {module: names}, whole=whole)[1]


def test_no_share_and_no_reason_of_the_package_is_stale():
    policy = Policy.read()
    assert policy.reasons
    assert stale(policy, survivors.modules()) == []


def test_a_text_is_found_however_it_is_indented(tmp_path):
    (tmp_path / "losses").mkdir()
    (tmp_path / "losses" / "one.py").write_text("def f(x):\n    if x > 0:\n        return x\n", encoding="utf-8")
    texts = survivors.modules(tmp_path)
    assert list(texts) == ["losses/one"]
    assert stale(Policy(0.5, {}, {KEEP: "why"}), texts) == []
    assert stale(Policy(0.5, {}, {"if x > 0: return x → if x > 0: return": "why"}), texts) == []


def test_a_reason_whose_line_is_gone_is_stale():
    gone = Policy(0.5, {}, {"c = 1 → c = 2": "why"})
    assert stale(gone, TEXTS) == ["Has a reason, but stands in no module any more: c = 1 → c = 2"]
    assert "stands in no module" in faults({name(KEEP): "a test"}, policy=gone)[0]


def test_a_share_of_a_module_that_is_gone_is_stale():
    assert stale(Policy(0.5, {"three": 0.9}, {}), TEXTS) == ["Has a share, but is no module any more: three"]


def test_a_share_that_is_reached_is_enough():
    assert faults({name(DROP): "a test", name(KEEP): None}) == []


def test_a_share_that_is_not_reached_is_a_fault():
    names = {name(KEEP): None, name(DROP): None, name("c → d"): "a test"}
    assert faults(names) == ["losses/one: 33.3% noticed, 50.0% are asked for"]
    assert faults(names, whole=False) == []


def test_a_module_may_have_a_share_of_its_own():
    names = {name(f"b = 3 → b = {n}", "two"): "a test" if n < 8 else None for n in range(10)}
    assert faults(names, module="two") == ["two: 80.0% noticed, 90.0% are asked for"]


def test_what_was_left_out_of_a_sample_is_not_counted():
    lines, found = judge(POLICY, TEXTS, {"losses/one": {name(KEEP): False, name(DROP): "a test"}}, whole=False)
    assert lines == ["losses/one: 1 of 1 noticed, 100.0%"]
    assert found == []


def test_a_reason_for_a_change_that_is_noticed_is_a_fault():
    assert faults({name(KEEP): "test_zero", name(DROP): "a test"}) == [
        f"Has a reason, but was noticed by test_zero: {name(KEEP)}"
    ]


def test_a_reason_for_what_is_no_change_any_more_is_a_fault():
    assert faults({name(DROP): "a test"}) == [f"Has a reason, but is no change of losses/one any more: {KEEP}"]


def test_what_was_not_noticed_is_listed_unless_it_has_a_reason():
    lines, _ = judge(POLICY, TEXTS, {"losses/one": {name(KEEP): None, name(DROP): None}}, whole=True)
    assert lines == ["losses/one: 0 of 2 noticed, 0.0%", f"  not noticed: f: {DROP}"]
