"""The doctor: each question is answered well on this machine, and finds what is broken on purpose."""

import json
import re
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from dlnotes.book import doctor, tables, twins

FRONT_END = ("@jupyter-widgets/jupyterlab-manager", "anywidget")


def only(findings):
    """The one finding there is."""
    (finding,) = findings
    return finding


def test_a_machine_set_up_by_make_is_fit():
    states = {
        finding.topic: finding for finding in doctor.examine([doctor.python, doctor.kernel, doctor.front_end])
    }
    assert [finding.state for finding in states.values()] == ["ok", "ok", "ok"]


@pytest.mark.parametrize(
    "version, state", [("3.10.14", "broken"), ("3.11.0", "ok"), ("3.13.9", "ok"), ("3.14.0", "broken")]
)
def test_a_python_outside_the_range_is_broken(version, state):
    finding = only(doctor.python(version))
    assert finding.state == state and version in finding.text


def versions(**installed):
    """A stand-in for importlib.metadata.version on a machine with only these packages."""

    def version(name):
        if name not in installed:
            raise PackageNotFoundError(name)
        return installed[name]

    return version


@pytest.mark.parametrize(
    "installed, state, said",
    [
        ({"torch": "2.13.0+cpu"}, "ok", "all 1 as tested"),
        ({"torch": "2.12.1"}, "note", "torch 2.12.1 should do; 2.13.0 was tested"),
        ({"torch": "2.14.0"}, "broken", "torch 2.14.0, want"),
        ({}, "broken", "torch is missing"),
    ],
)
def test_a_package_is_as_tested_or_noted_or_broken(installed, state, said):
    finding = only(doctor.packages(["torch>=2.6,<2.14"], {"torch": "2.13.0"}, versions(**installed)))
    assert finding.state == state and said in finding.text
    assert ("pip install" in finding.repair) == (state != "ok")


def test_an_installed_wheel_knows_ranges_but_no_tested_versions():
    finding = only(doctor.packages(["torch>=2.6,<2.14"], {}, versions(torch="2.7.0")))
    assert finding.state == "ok" and "in their ranges" in finding.text


def test_what_only_an_extra_needs_is_not_asked_for():
    assert only(doctor.packages(['pytest>=8; extra == "test"'], {}, versions())).state == "ok"


def test_a_missing_kernel_is_broken(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel.kernelspec", None)
    finding = only(doctor.kernel([str(tmp_path)]))
    assert finding.state == "broken" and "no kernel" in finding.text


def deleted_python(folder):
    """`folder`, with a kernel in it whose Python is gone."""
    argv = ["/gone/bin/python", "-m", "ipykernel_launcher"]
    spec = {"argv": argv, "display_name": "x", "language": "python"}
    (folder / "python3").mkdir()
    (folder / "python3" / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    return folder


def test_a_kernel_that_starts_a_deleted_python_is_broken(tmp_path):
    finding = only(doctor.kernel([str(deleted_python(tmp_path))]))
    assert finding.state == "broken" and "/gone/bin/python" in finding.text


@pytest.mark.parametrize("absent", FRONT_END)
def test_a_jupyterlab_without_widgets_is_broken(tmp_path, absent):
    for name in FRONT_END:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "package.json").touch()
    assert only(doctor.front_end([tmp_path])).state == "ok"
    (tmp_path / absent / "package.json").unlink()
    finding = only(doctor.front_end([tmp_path]))
    assert finding.state == "broken" and absent in finding.text


STUB = '# %% tags=["exercise:first"]\ndef first(x):\n    raise NotImplementedError("your code here")\n'


def test_a_twin_with_other_cells_is_broken_one_with_answers_and_no_notebooks_are_a_note(tmp_path):
    source, page = tmp_path / "01_page.py", tmp_path / "01_page.ipynb"
    source.write_text(STUB, encoding="utf-8")
    assert only(doctor.twins([source])).state == "broken"
    unanswered = twins.text(twins.draft(source))
    page.write_text(unanswered.replace("def first", "def  first"), encoding="utf-8")
    assert only(doctor.twins([source])).state == "broken"
    page.write_text(unanswered.replace("raise NotImplementedError", "return x  #"), encoding="utf-8")
    finding = only(doctor.twins([source]))
    assert finding.state == "note" and "your answers are in 01_page.ipynb" in finding.text
    assert "rename" in finding.repair
    assert only(doctor.twins([])).state == "note"


def test_every_repair_of_a_checkout_works_in_any_folder_and_without_make_or_a_unix_shell(tmp_path):
    source = tmp_path / "01_page.py"
    source.write_text("# %%\n1 + 1\n", encoding="utf-8")
    (tmp_path / "README.md").write_text(f"```\n{'0' * 64}  a.csv\n```\n", encoding="utf-8")
    broken = [
        only(doctor.python("3.10.14")),
        only(doctor.packages(["torch>=2.6"], {}, versions())),
        only(doctor.kernel([str(deleted_python(tmp_path))])),
        only(doctor.front_end([])),
        only(doctor.twins([source])),
        only(doctor.data(tmp_path)),
    ]
    for finding in broken:
        assert finding.state == "broken" and finding.repair
        assert not re.search(r"\b(make|rm)\b|;", finding.repair), finding
        assert sys.executable in finding.repair or str(doctor.ROOT) in finding.repair, finding


def test_a_table_that_is_changed_or_missing_is_broken(tmp_path):
    (tmp_path / "README.md").write_text("```\n```\n", encoding="utf-8")
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text("id\n", encoding="utf-8")
        tables.seal(tmp_path / name)
    assert only(doctor.data(tmp_path)).state == "ok"
    (tmp_path / "a.csv").write_text("id\n1\n", encoding="utf-8")
    (tmp_path / "b.csv").unlink()
    finding = only(doctor.data(tmp_path))
    assert finding.state == "broken" and finding.text.endswith(": a.csv, b.csv")


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """The folders that are searched for MNIST, by name; a download is a failure."""
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache")
    monkeypatch.setattr("pooch.retrieve", lambda *args, **options: pytest.fail("the doctor goes online"))
    own = tmp_path / "own"
    monkeypatch.setenv("DLNOTES_DATA", str(own))
    folders = {"own": own, "mnist": own / "mnist", "cache": tmp_path / "cache" / "mnist"}
    for folder in folders.values():
        folder.mkdir(parents=True)
    return folders


@pytest.mark.parametrize("where", ["own", "mnist", "cache"])
def test_absent_digits_are_a_note_and_damaged_ones_are_broken(offline, where):
    assert only(doctor.mnist()).state == "note"
    (offline[where] / "t10k-images-idx3-ubyte.gz").write_bytes(b"damaged")
    assert only(doctor.mnist()).state == "note"  # half of the digits are no digits
    (offline[where] / "t10k-labels-idx1-ubyte.gz").write_bytes(b"damaged")
    finding = only(doctor.mnist())
    assert finding.state == "broken" and "t10k-images-idx3-ubyte" in finding.text


def test_intact_digits_are_ok(offline, monkeypatch):
    (offline["own"] / "t10k-images-idx3-ubyte").touch()
    (offline["own"] / "t10k-labels-idx1-ubyte").touch()
    monkeypatch.setattr("dlnotes.datasets._read", lambda path, name, shape: None)
    assert only(doctor.mnist()).state == "ok"


def test_a_question_that_cannot_be_asked_is_broken_not_a_traceback():
    def front_end():
        raise ImportError("No module named 'jupyterlab'")

    finding = only(doctor.examine([front_end]))
    assert finding.state == "broken" and finding.topic == "front end" and "jupyterlab" in finding.text


def test_the_exit_status_is_1_only_where_something_is_broken(capsys):
    ok, note = (
        doctor.Finding("ok", "python", "3.12.1"),
        doctor.Finding("note", "mnist", "not here", "fetch it"),
    )
    assert doctor.main([ok, note]) == 0
    assert doctor.main([ok, doctor.Finding("broken", "kernel", "none", "install it")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and lines[-1].endswith("->  install it")


def test_the_doctor_reads_the_tested_versions_of_this_checkout():
    assert doctor.tested_versions()["torch"] == "2.13.0"


def test_a_machine_without_a_sandbox_is_told_so_and_is_fit_to_read():
    assert only(doctor.sandbox(lambda program: f"/usr/bin/{program}")).state == "ok"
    finding = only(doctor.sandbox(lambda program: None))
    assert finding.state == "note" and finding.repair == "apt install bubblewrap"
