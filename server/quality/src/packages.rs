//! The sources of packages, fetched by the ordinary clients at exact versions and kept in a folder.

use crate::task::Package;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Sources {
    root: PathBuf,
}

impl Sources {
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder that holds the package: fetched before, or now.
    pub fn folder(&self, package: &Package) -> Result<PathBuf> {
        let Package { ecosystem, name, version } = package;
        let flat = format!("{}-{version}", name.replace('/', "__"));
        let folder = self.root.join(ecosystem).join(flat);
        if folder.is_dir() {
            return Ok(folder);
        }
        eprintln!("fetching {name} {version}");
        std::fs::create_dir_all(self.root.join(ecosystem))?;
        let scratch = tempfile::tempdir_in(&self.root)?;
        let unpacked = match ecosystem.as_str() {
            "rust" => rust(scratch.path(), name, version),
            "python" => python(scratch.path(), name, version),
            "typescript" => typescript(scratch.path(), name, version),
            other => bail!("no client is known for {other:?}"),
        };
        let unpacked = unpacked.with_context(|| {
            format!(
                "{name} {version} cannot be fetched; it needs the network once, and is kept in {}",
                self.root.display()
            )
        })?;
        std::fs::rename(unpacked, &folder)?;
        Ok(folder)
    }

    pub fn read(&self, package: &Package, path: &str) -> Result<String> {
        let file = self.folder(package)?.join(path);
        std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    }
}

/// The packages that the training's manifest holds out.
pub fn held_out(manifest: &str) -> Vec<Package> {
    packages(manifest, "heldout")
}

fn packages(manifest: &str, split: &str) -> Vec<Package> {
    let rows = manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let chosen = rows.filter(|cells| cells.len() > 2 && cells.last() == Some(&split));
    let named: BTreeSet<_> = chosen.map(|cells| [cells[1], cells[0], cells[2]].map(str::to_string)).collect();
    named.into_iter().map(|[ecosystem, name, version]| Package { ecosystem, name, version }).collect()
}

fn rust(scratch: &Path, name: &str, version: &str) -> Result<PathBuf> {
    let project = scratch.join("project");
    std::fs::create_dir_all(project.join("src"))?;
    std::fs::write(project.join("src/lib.rs"), "")?;
    std::fs::write(
        project.join("Cargo.toml"),
        format!(
            "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
             [dependencies]\n{name} = {{ version = \"={version}\", default-features = false }}\n"
        ),
    )?;
    let metadata =
        output(Command::new("cargo").args(["metadata", "--format-version", "1"]).current_dir(&project))?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata without packages")?;
    let found = packages.iter().find(|package| package["name"] == name && package["version"] == version);
    let manifest =
        found.and_then(|package| package["manifest_path"].as_str()).context("cargo did not find it")?;
    let folder = Path::new(manifest).parent().context("a manifest without a folder")?;
    // The registry's copy belongs to cargo.
    output(Command::new("cp").arg("-R").arg(folder).arg(scratch.join("package")))?;
    Ok(scratch.join("package"))
}

fn python(scratch: &Path, name: &str, version: &str) -> Result<PathBuf> {
    let wanted = format!("{name}=={version}");
    let pip =
        ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d", "wheels", &wanted];
    output(Command::new("python3").args(pip).current_dir(scratch))?;
    let wheel = only_entry(&scratch.join("wheels"))?;
    output(
        Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg("package").current_dir(scratch),
    )?;
    Ok(scratch.join("package"))
}

fn typescript(scratch: &Path, name: &str, version: &str) -> Result<PathBuf> {
    let wanted = format!("{name}@{version}");
    std::fs::create_dir_all(scratch.join("packs"))?;
    let pack = ["pack", &wanted, "--silent", "--ignore-scripts", "--pack-destination", "packs"];
    output(Command::new("npm").args(pack).current_dir(scratch))?;
    let archive = only_entry(&scratch.join("packs"))?;
    std::fs::create_dir_all(scratch.join("unpacked"))?;
    output(Command::new("tar").arg("-xzf").arg(archive).args(["-C", "unpacked"]).current_dir(scratch))?;
    let package = only_entry(&scratch.join("unpacked"))?;
    keep_sources(&package)?;
    Ok(package)
}

/// Removes what was made of the sources: in `dist/a.js` and `dist/a.d.ts` stands what a hole in `src/a.ts` asks for.
fn keep_sources(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.to_string_lossy();
        if path.is_dir() {
            keep_sources(&path)?;
        } else if !(name.ends_with(".ts") || name.ends_with(".tsx")) || name.ends_with(".d.ts") {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn only_entry(folder: &Path) -> Result<PathBuf> {
    let entry = std::fs::read_dir(folder)?.next().context("the client brought nothing")?;
    Ok(entry?.path())
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let result = command.output().with_context(|| format!("{name} cannot be started"))?;
    if !result.status.success() {
        let said = String::from_utf8_lossy(&result.stderr);
        bail!("{name} failed: {}", said.lines().last().unwrap_or("it said nothing"));
    }
    Ok(result.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_manifest_holds_out() {
        let manifest = "package\tecosystem\tversion\tlicence\tfiles\tbytes\tsplit\n\
                        rich\tpython\t15.0.0\tMIT\t72\t862836\theldout\nflask\tpython\t3.1\tBSD\t1\t2\ttrain\n";
        let package = Package { ecosystem: "python".into(), name: "rich".into(), version: "15.0.0".into() };
        assert_eq!(held_out(manifest), [package]);
    }

    #[test]
    fn nothing_that_is_asked_for_was_trained_on() {
        let manifest = include_str!("../../models/bundled/manifest.tsv");
        let name =
            |package: &Package| (package.ecosystem.clone(), package.name.to_lowercase().replace('_', "-"));
        let trained: BTreeSet<_> = packages(manifest, "train").iter().map(name).collect();
        let held_out: BTreeSet<_> = held_out(manifest).iter().map(name).collect();
        assert!(held_out.len() >= 12 && held_out.is_disjoint(&trained));
        let tasks = crate::task::read(include_str!("../tasks.tsv")).unwrap();
        assert_eq!(tasks.len(), 1500);
        assert!(tasks.iter().all(|task| held_out.contains(&name(&task.package))));
        // What the weights of the mixture are learned from is neither.
        let others = crate::task::read(include_str!("../calibration.tsv")).unwrap();
        let others: BTreeSet<_> = others.iter().map(|task| name(&task.package)).collect();
        assert!(others.len() >= 12 && others.is_disjoint(&trained) && others.is_disjoint(&held_out));
    }

    #[test]
    fn what_a_build_made_is_no_source() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["a.ts", "b.tsx", "a.js", "a.d.ts", "a.js.map"];
        std::fs::create_dir(folder.path().join("dist")).unwrap();
        for name in names.iter().flat_map(|name| [name.to_string(), format!("dist/{name}")]) {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        keep_sources(folder.path()).unwrap();
        let left: Vec<bool> =
            names.iter().map(|name| folder.path().join("dist").join(name).exists()).collect();
        assert_eq!(left, [true, true, false, false, false]);
    }

    #[test]
    fn a_package_that_cannot_be_fetched_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let package = Package { ecosystem: "cobol".into(), name: "payroll".into(), version: "1".into() };
        let error = Sources::new(folder.path().into()).folder(&package).unwrap_err();
        assert!(format!("{error:#}").contains("cobol"), "{error:#}");
    }
}
