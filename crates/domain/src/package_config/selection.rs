//! Which of the file's packages a job is for.

use std::collections::HashSet;
use std::rc::Rc;

use super::fault::Faults;
use super::keys::Level;
use super::layers::{Layer, Setting, join};
use super::packages::Package;
use super::yaml::{Entry, Node, Position};

/// A package with what the job says about it alone.
type Chosen<'p> = (&'p Package, Option<Layer>);

/// The packages a job is for; `own` are the settings that stand on jobs only. What is wrong with
/// the selection is noted.
pub(super) fn chosen_packages<'p>(
    own: &Layer,
    packages: &'p [Package],
    faults: &mut Faults,
) -> Vec<Chosen<'p>> {
    let everyone = || packages.iter().map(|package| (package, None)).collect();
    let Some(selection) = own.get("packages").filter(|setting| setting.node.is_truthy()) else {
        return everyone();
    };
    if let Some(items) = selection.node.as_sequence() {
        return listed(items, selection, packages, faults);
    }
    if let Some(entries) = selection.node.as_mapping() {
        return described(entries, selection, packages, faults);
    }
    let what = selection.node.described();
    let message = format!("a list or a mapping of packages is expected, here is {what}");
    faults.add(selection.node.at, &selection.path, message);
    everyone()
}

/// Packages that are listed by name; they keep their own order.
fn listed<'p>(
    items: &[Rc<Node>],
    selection: &Setting,
    packages: &'p [Package],
    faults: &mut Faults,
) -> Vec<Chosen<'p>> {
    let known: HashSet<_> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut names = HashSet::new();
    for (index, item) in items.iter().enumerate() {
        let path = join(&selection.path, &index.to_string());
        match item.as_text() {
            Some(name) if known.contains(name) => drop(names.insert(name)),
            Some(name) => unknown_package(name, item.at, &path, packages, faults),
            None => {
                let message = format!("the name of a package is expected, here is {}", item.described());
                faults.add(item.at, &path, message);
            }
        }
    }
    let is_listed = |package: &&Package| names.contains(package.name.as_str());
    packages.iter().filter(is_listed).map(|package| (package, None)).collect()
}

/// Packages that are each described further; they stand in the order of the job.
fn described<'p>(
    entries: &[Entry],
    selection: &Setting,
    packages: &'p [Package],
    faults: &mut Faults,
) -> Vec<Chosen<'p>> {
    let mut chosen = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = &entry.key.name;
        let path = join(&selection.path, name);
        let Some(package) = packages.iter().find(|package| package.name == *name) else {
            unknown_package(name, entry.at, &path, packages, faults);
            continue;
        };
        let Some(settings) = entry.value.as_mapping() else {
            let message = format!("a mapping is expected, here is {}", entry.value.described());
            faults.add(entry.value.at, &path, message);
            continue;
        };
        let mut upper = Layer::read(settings, &path, faults);
        upper.check(Level::Override, |_| false, faults);
        chosen.push((package, Some(upper)));
    }
    chosen
}

/// Notes a package that the file does not have.
pub(super) fn unknown_package(
    name: &str,
    at: Position,
    path: &str,
    packages: &[Package],
    faults: &mut Faults,
) {
    let message = format!("the package `{name}` is not defined");
    let known = packages.iter().map(|package| package.name.as_str());
    faults.add_unknown(at, path, name, message, known);
}
