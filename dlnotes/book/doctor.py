"""`dlnotes doctor`: is this machine fit to read the book?  One line a question, with the repair."""

import platform
import shutil
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from dlnotes.book import ROOT

WIDGETS = ("@jupyter-widgets/jupyterlab-manager", "anywidget")  # what JupyterLab needs for live figures
PYTHON = f'"{sys.executable}"' if " " in sys.executable else sys.executable
PIP = f"{PYTHON} -m pip install"
CHECKOUT = (ROOT / "pyproject.toml").exists()  # or else an installed wheel
REINSTALL = (  # the repairs have whole paths, so that they work in any folder, on Windows, too
    f'{PIP} --constraint "{ROOT / "constraints.txt"}" --editable "{ROOT}[test]"'
    if CHECKOUT
    else f"{PIP} --upgrade dlnotes"
)
REBUILD = f"{PYTHON} -m dlnotes.book.twins"


class Finding(NamedTuple):
    """The answer to one question: its state is "ok", "note" (works, but worth knowing) or "broken"."""

    state: str
    topic: str
    text: str
    repair: str = ""

    def __str__(self):
        repair = f"  ->  {self.repair}" if self.repair else ""
        return f"{self.state:6s} {self.topic:9s} {self.text}{repair}"


def declared():
    """The range of Python and the requirements, as this checkout or the installed wheel declares them."""
    if not CHECKOUT:
        return metadata.metadata("dlnotes")["Requires-Python"], metadata.requires("dlnotes")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["requires-python"], project["dependencies"]


def tested_versions():
    """{package: version} of constraints.txt; {} in an installed wheel, which has none."""
    if not CHECKOUT:
        return {}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def python(version=None):
    """Is this Python one that the package is made for?"""
    from packaging.specifiers import SpecifierSet

    version, (wanted, _) = version or platform.python_version(), declared()
    if SpecifierSet(wanted).contains(version, prereleases=True):
        return [Finding("ok", "python", version)]
    repair = f'python3.12 (on Windows py -3.12) -m venv --clear "{ROOT / ".venv"}", then install again'
    if not CHECKOUT:
        repair = f"{PIP} is of that Python: install dlnotes with another one"
    return [Finding("broken", "python", f"{version}, want {wanted}", repair)]


def packages(requirements=None, tested=None, installed=metadata.version):
    """Are the packages there, in versions of the wanted range, and are they those that were tested?"""
    from packaging.requirements import Requirement

    requirements = [Requirement(one) for one in requirements or declared()[1]]
    requirements = [one for one in requirements if not one.marker or one.marker.evaluate({"extra": ""})]
    tested = tested_versions() if tested is None else tested
    found = []
    for one in requirements:
        try:
            version = installed(one.name)
        except metadata.PackageNotFoundError:
            found.append(
                Finding("broken", "packages", f"{one.name} is missing, want {one.specifier}", REINSTALL)
            )
            continue
        if not one.specifier.contains(version, prereleases=True):
            found.append(
                Finding("broken", "packages", f"{one.name} {version}, want {one.specifier}", REINSTALL)
            )
        elif version.split("+")[0] != tested.get(one.name, version.split("+")[0]):
            text = f"{one.name} {version} should do; {tested[one.name]} was tested"
            found.append(Finding("note", "packages", text, REINSTALL))
    verdict = "as tested" if tested else "in their ranges"
    return found or [Finding("ok", "packages", f"all {len(requirements)} {verdict}")]


def kernel(folders=None):
    """Is there a Python kernel for the notebooks?"""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager()
    if folders is not None:
        manager.kernel_dirs = folders
    try:
        program = manager.get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return [Finding("broken", "kernel", "there is no kernel python3", REINSTALL)]
    if Path(program).is_absolute() and not Path(program).exists():
        text = f"the kernel python3 starts {program}, which does not exist"
        return [Finding("broken", "kernel", text, f"{PYTHON} -m ipykernel install --sys-prefix")]
    return [Finding("ok", "kernel", "python3")]


def front_end(folders=None):
    """Has JupyterLab what the live figures need?"""
    import jupyterlab
    from jupyter_core.paths import jupyter_path

    folders = [Path(one) for one in (jupyter_path("labextensions") if folders is None else folders)]
    missing = [
        one for one in WIDGETS if not any((folder / one / "package.json").exists() for folder in folders)
    ]
    if missing:
        text = f"JupyterLab lacks {' and '.join(missing)}: sliders will not show"
        repair = f"{PIP} --force-reinstall --no-deps jupyterlab_widgets anywidget"
        return [Finding("broken", "front end", text, repair)]
    return [Finding("ok", "front end", f"JupyterLab {jupyterlab.__version__} with widgets")]


def twins(sources=None):
    """Is each notebook what its text source says?  One with a reader's answers is not, and that is fine."""
    from dlnotes.book import chapters
    from dlnotes.book.twins import answered, is_stale, twin

    sources = chapters.sources() if sources is None else sources
    if not sources:
        return [Finding("note", "twins", "no notebooks here: they are in a checkout of the repository")]
    stale = [twin(source) for source in sources if is_stale(source)]
    own = [page.name for page in stale if answered(page)]
    other = [page.name for page in stale if not answered(page)]
    found = []
    if own:
        text = f"your answers are in {', '.join(own)}"
        found.append(Finding("note", "twins", text, "to rebuild one from its source, rename yours first"))
    if other:
        text = f"other cells than the source: {', '.join(other)}"
        found.append(Finding("broken", "twins", text, REBUILD))
    return found or [Finding("ok", "twins", f"{len(sources)} notebooks in step with their sources")]


def data(folder=None):
    """Are the book's tables there, and what they were?"""
    from dlnotes.book import tables

    folder = tables.data_folder() if folder is None else folder
    broken = tables.broken_seals(folder)
    if broken:
        text = f"missing or changed in {folder}: {', '.join(broken)}"
        repair = f'git -C "{ROOT}" checkout -- data' if CHECKOUT else REINSTALL
        return [Finding("broken", "data", text, repair)]
    return [Finding("ok", "data", f"{len(tables.seals(folder))} tables intact")]


def mnist():
    """Are the MNIST test digits here?  A notebook that wants them downloads them, or goes without."""
    from dlnotes import datasets

    try:
        if datasets.have_mnist("test"):
            return [Finding("ok", "mnist", "the test digits are intact")]
    except ValueError as error:
        return [Finding("broken", "mnist", str(error), "delete that file")]
    text = "the test digits are not here: 2 MB to download when first wanted"
    fetch = f'{PYTHON} -c "from dlnotes import datasets; datasets.mnist()"'
    return [Finding("note", "mnist", text, fetch)]


def sandbox(which=shutil.which):
    """Can homework be graded in its sandbox?"""
    if which("bwrap"):
        return [Finding("ok", "sandbox", "bubblewrap")]
    text = "bubblewrap is not here: who grades homework needs it, on Linux"
    return [Finding("note", "sandbox", text, "apt install bubblewrap")]


QUESTIONS = (python, packages, kernel, front_end, twins, data, mnist, sandbox)


def examine(questions=QUESTIONS):
    """All findings; a question that cannot even be asked, for want of a package, is a finding, too."""
    found = []
    for question in questions:
        try:
            found += question()
        except (ImportError, OSError) as error:
            topic = question.__name__.replace("_", " ")
            found.append(Finding("broken", topic, f"cannot be checked: {error}", REINSTALL))
    return found


def main(findings=None):
    """Print the findings; the exit status is 1 where something is broken."""
    findings = examine() if findings is None else findings
    print("\n".join(map(str, findings)))
    return int(any(finding.state == "broken" for finding in findings))
