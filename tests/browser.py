"""A notebook in a real JupyterLab in a real browser: for the browser test and the latency benchmark."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
OWN_FOLDERS = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"]
OWN_FOLDERS += ["JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
NO_NEWS = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
NOTEBOOK = "jupyterapp.shell.currentWidget"


def find_chromium():
    """The path of an installed Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def jupyterlab(notebooks, scratch):
    """A JupyterLab on the folder `notebooks`, with settings of its own in the folder `scratch`.

    Yields the address of a notebook, to be formatted with its path below `notebooks`.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {name: str(scratch / name) for name in OWN_FOLDERS}
    token = secrets.token_hex()
    environment |= {"PYTHONPATH": str(ROOT), "JUPYTER_TOKEN": token}
    environment.pop("DLNOTES_STATIC", None)
    settings = scratch / "JUPYTERLAB_SETTINGS_DIR" / NO_NEWS
    settings.parent.mkdir(parents=True)
    settings.write_text('{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8")

    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    command += [f"--ServerApp.root_dir={notebooks}", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--LabApp.extension_manager=readonly"]
    with open(scratch / "jupyterlab.log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for_server(f"http://127.0.0.1:{port}/api", server)
        yield f"http://127.0.0.1:{port}/lab/tree/{{path}}?reset&token={token}"
    finally:
        server.terminate()  # takes its kernels with it
        server.wait(20)


def _wait_for_server(url, server, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextmanager
def chromium():
    """A browser window as wide as a small laptop; yields its page and the growing list of console errors."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        complaints = []
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            yield page, complaints
        finally:
            browser.close()


def open_notebook(page, address, path):
    """Open the notebook `path` at an address from `jupyterlab`, and wait for its kernel."""
    page.goto(address.format(path=path))
    page.wait_for_function(f"() => window.jupyterapp && {NOTEBOOK}?.sessionContext?.session?.kernel")
    wait_idle(page)


def run_all(page):
    """Run all cells, to the first that raises, and wait until they are done."""
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
    wait_idle(page)


def wait_idle(page):
    """Wait until the kernel has nothing to do, and the page has shown what it sent."""
    page.wait_for_function(f"() => {NOTEBOOK}.sessionContext.session.kernel.status == 'idle'")
    page.wait_for_timeout(100)


def set_theme(page, theme):
    """Change the theme to "JupyterLab Light" or "JupyterLab Dark", and wait for the splash to go."""
    page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.locator("#jupyterlab-splash").wait_for(state="detached")


def errors(page):
    """What went wrong in the notebook: its error outputs, and the red boxes of its explorers."""
    outputs = page.evaluate(
        f"""() => [...{NOTEBOOK}.content.model.cells].flatMap(cell => cell.sharedModel.outputs ?? [])
            .filter(output => output.output_type == "error")
            .map(output => `${{output.ename}}: ${{output.evalue}}`)"""
    )
    return outputs + page.locator(".dlnotes-error:visible").all_inner_texts()
