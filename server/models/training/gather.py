"""Fetches the sources of the packages named in packages.toml through the ordinary clients.

Rust comes by `cargo vendor` (with its transitive closure), Python by `pip download --no-deps`,
TypeScript by `npm pack`. Nothing is filtered here beyond unpacking; see corpus.py.
"""

import argparse
import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile

PACKAGES = pathlib.Path(__file__).with_name("packages.toml")


def fetch_rust(names: list[str], out: pathlib.Path) -> None:
    """Vendors the newest compatible version of every crate and of what it needs."""
    scratch = out / "scratch"
    (scratch / "src").mkdir(parents=True, exist_ok=True)
    (scratch / "src/lib.rs").write_text("")
    lines = ['[package]', 'name = "scratch"', 'version = "0.0.0"', 'edition = "2024"', "", "[dependencies]"]
    lines += [f'"{name}" = "*"' for name in names]
    (scratch / "Cargo.toml").write_text("\n".join(lines) + "\n")
    subprocess.run(["cargo", "vendor", "--quiet", "--versioned-dirs", str(out / "unpacked")],
                   cwd=scratch, check=True, stdout=subprocess.DEVNULL)


def fetch_python(names: list[str], out: pathlib.Path) -> None:
    """Downloads one wheel per project and unpacks it; a project without a wheel is skipped."""
    wheels = out / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d", str(wheels)]
    if subprocess.run(pip + names).returncode != 0:
        for name in names:
            if subprocess.run(pip + [name]).returncode != 0:
                print(f"python: no wheel for {name}", file=sys.stderr)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            wanted = [n for n in archive.namelist() if n.endswith(".py") or n.endswith(".dist-info/METADATA")]
            archive.extractall(out / "unpacked" / wheel.name.removesuffix(".whl"), wanted)


def fetch_npm(names: list[str], out: pathlib.Path) -> None:
    """Packs the published archive of every package and unpacks its .ts and .tsx files."""
    packs = out / "packs"
    packs.mkdir(parents=True, exist_ok=True)

    def pack(name: str) -> None:
        folder = packs / name.replace("/", "__")
        folder.mkdir(exist_ok=True)
        if not any(folder.iterdir()):
            command = ["npm", "pack", name, "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
            if subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0:
                print(f"npm: cannot pack {name}", file=sys.stderr)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(pack, names))
    for archive_path in sorted(packs.glob("*/*.tgz")):
        target = out / "unpacked" / archive_path.parent.name
        with tarfile.open(archive_path) as archive:
            wanted = [m for m in archive.getmembers() if m.isfile() and m.size <= 1_000_000
                      and (m.name.endswith((".ts", ".tsx")) or m.name.count("/") == 1 and m.name.endswith("package.json"))]
            archive.extractall(target, wanted, filter="data")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for downloads, outside the repository")
    parser.add_argument("--ecosystem", choices=["rust", "python", "typescript", "all"], default="all")
    parser.add_argument("--fresh", action="store_true", help="remove earlier downloads of the ecosystem first")
    args = parser.parse_args()
    packages = tomllib.loads(PACKAGES.read_text())
    fetchers = {"rust": fetch_rust, "python": fetch_python, "typescript": fetch_npm}
    for ecosystem, fetch in fetchers.items():
        if args.ecosystem in (ecosystem, "all"):
            folder = (args.out / ecosystem).resolve()
            if args.fresh:
                shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            fetch(packages[ecosystem]["train"] + packages[ecosystem]["heldout"], folder)


if __name__ == "__main__":
    main()
