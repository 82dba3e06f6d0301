"""The files of editors/ci: their scripts, run as the services run them, on a branch that has something to be said of; and
the hooks, by pre-commit itself."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml
from conftest import binary

ROOT = pathlib.Path(__file__).parents[2]
CI = ROOT / "editors" / "ci"
CLEAN = "def total(items):\n    return sum(items)\n"
# The rule that finds it makes it an error.
CONFLICT = "<<<<<<< HEAD\nx = 1\n"


def environment(home: pathlib.Path, **more: str) -> dict:
    author = {f"GIT_{who}_{what}": value for who in ["AUTHOR", "COMMITTER"] for what, value in [("NAME", "A"), ("EMAIL", "a@example.org")]}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "XDG_", "PRE_COMMIT"))}
    folders = [str(pathlib.Path(binary()).parent), str(pathlib.Path(sys.executable).parent), kept["PATH"]]
    return {
        **kept,
        **author,
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "PATH": os.pathsep.join(folders),
        **more,
    }


def git(folder: pathlib.Path, *words: str, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(["git", *words], cwd=folder, env=environment(folder.parent, **more), capture_output=True, text=True)


def done(folder: pathlib.Path, *words: str) -> str:
    ran = git(folder, *words)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> pathlib.Path:
    """A main branch, and one beside it, checked out, that adds a file."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "total.py").write_text(CLEAN)
    done(folder, "init", "-q", "-b", "main", ".")
    done(folder, "add", "-A")
    done(folder, "commit", "-qm", "Add totals")
    done(folder, "checkout", "-q", "-b", "topic")
    return folder


def commit(folder: pathlib.Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    done(folder, "add", "-A")
    done(folder, "commit", "-qm", f"Change {name}")


def run(script: str, folder: pathlib.Path, **more: str) -> subprocess.CompletedProcess:
    """As both services do: by bash, which ends at the first failure."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment(folder.parent, **more), capture_output=True, text=True)


def test_github(repository: pathlib.Path, tmp_path: pathlib.Path) -> None:
    action = yaml.safe_load((CI / "github" / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    # Expressions stand where values do, never in a script, which somebody's branch name could then write into.
    assert not any("${{" in step["run"] for step in action["runs"]["steps"])
    values = {"base": done(repository, "rev-parse", "main"), "fail-on": action["inputs"]["fail-on"]["default"], "program": "trust-lsp"}

    def steps() -> list[subprocess.CompletedProcess]:
        ran = []
        for step in action["runs"]["steps"]:
            given = {name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda one: values[one[1]], value) for name, value in step["env"].items()}
            files = {name: str(tmp_path / name) for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"]}
            ran.append(run(step["run"], repository, RUNNER_TEMP=str(tmp_path), **files, **given))
        return ran

    commit(repository, "more.py", "def more(x):\n    breakpoint()\n    return x\n")
    assert [step.returncode for step in steps()] == [0, 0, 0]
    output = dict(line.split("=", 1) for line in (tmp_path / "GITHUB_OUTPUT").read_text().splitlines())
    report = json.loads(pathlib.Path(output["sarif"]).read_text())
    assert "debug-output" in [one["ruleId"] for one in report["runs"][0]["results"]]
    assert "more.py" in (tmp_path / "GITHUB_STEP_SUMMARY").read_text()
    commit(repository, "more.py", CONFLICT)
    ran = steps()
    assert [step.returncode for step in ran] == [0, 0, 3]
    assert re.search(r"^::error file=more\.py,line=1", ran[2].stdout, re.M), ran[2].stdout


def test_the_workflow_uses_the_action_as_it_is(repository: pathlib.Path) -> None:
    action = yaml.safe_load((CI / "github" / "action.yml").read_text())
    workflow = yaml.safe_load((CI / "github" / "review.yml").read_text())
    steps = workflow["jobs"]["review"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0
    used = next(step for step in steps if step["uses"].startswith("./"))
    assert set(used["with"]) <= set(action["inputs"])
    outputs = re.findall(r"steps\.([a-z]+)\.outputs\.([a-z]+)", json.dumps(steps))
    assert outputs and all(step == used["id"] and output in action["outputs"] for step, output in outputs)


def test_gitlab(repository: pathlib.Path) -> None:
    job = yaml.safe_load((CI / "gitlab" / "review.yml").read_text())["trust-review"]
    given = {**job["variables"], "CI_MERGE_REQUEST_DIFF_BASE_SHA": done(repository, "rev-parse", "main")}
    script = "\n".join(job["script"])
    commit(repository, "notes.txt", "Nothing to point at.\n")
    ran = run(script, repository, **given)
    assert ran.returncode == 0, ran.stderr
    assert json.loads((repository / job["artifacts"]["reports"]["codequality"]).read_text()) == []
    done(repository, "clean", "-fdq")
    commit(repository, "more.py", CONFLICT)
    ran = run(script, repository, **given)
    assert ran.returncode == 3, ran.stderr
    report = json.loads((repository / job["artifacts"]["reports"]["codequality"]).read_text())
    assert report[0]["location"]["path"] == "more.py" and report[0]["fingerprint"]
    assert "more.py" in (repository / job["artifacts"]["paths"][0]).read_text()


def test_a_shallow_clone_is_an_error_that_says_so(repository: pathlib.Path, tmp_path: pathlib.Path) -> None:
    commit(repository, "more.py", CLEAN)
    commit(repository, "most.py", CLEAN)
    done(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "shallow")
    job = yaml.safe_load((CI / "gitlab" / "review.yml").read_text())["trust-review"]
    base = done(repository, "rev-parse", "main")
    ran = run("\n".join(job["script"]), tmp_path / "shallow", **job["variables"], CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert ran.returncode == 1 and "shallow" in ran.stderr, ran.stderr


def test_pre_commit(repository: pathlib.Path, tmp_path: pathlib.Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / ".pre-commit-hooks.yaml").write_text((ROOT / ".pre-commit-hooks.yaml").read_text())
    done(hooks, "init", "-q", ".")
    done(hooks, "add", "-A")
    done(hooks, "commit", "-qm", "Hooks")
    shown = (CI / "README.md").read_text().split("```yaml\n")[1].split("```")[0]
    shown = shown.replace("REPOSITORY", str(hooks)).replace("REVISION", done(hooks, "rev-parse", "HEAD"))
    commit(repository, ".pre-commit-config.yaml", shown)
    install = subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=repository, env=environment(tmp_path), capture_output=True, text=True)
    assert install.returncode == 0, install.stderr
    (repository / "more.py").write_text(CONFLICT)
    done(repository, "add", "-A")
    refused = git(repository, "commit", "-m", "Conflict")
    assert refused.returncode == 1 and "more.py" in refused.stdout + refused.stderr, refused
    (repository / "more.py").write_text(CLEAN.replace("total", "more"))
    done(repository, "add", "-A")
    taken = git(repository, "commit", GIT_EDITOR="true")
    assert taken.returncode == 0, taken.stderr + taken.stdout
    assert done(repository, "log", "-1", "--format=%s") == "Add `more`"


def test_the_hook_without_pre_commit(repository: pathlib.Path) -> None:
    script = (CI / "README.md").read_text().split("```sh\n")[1].split("```")[0]
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text(script)
    hook.chmod(0o755)
    (repository / "more.py").write_text(CONFLICT)
    done(repository, "add", "-A")
    refused = git(repository, "commit", "-m", "Conflict")
    assert refused.returncode == 1 and "merge-marker" in refused.stderr, refused
    (repository / "more.py").write_text(CLEAN)
    done(repository, "add", "-A")
    done(repository, "commit", "-m", "Clean")
