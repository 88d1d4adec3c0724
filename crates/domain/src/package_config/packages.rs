//! The packages of a file, each with the values that its jobs begin with.

use super::Source;
use super::fault::{ErrorKind, Faults, Refusal};
use super::keys::{Level, PACKAGING_TOOLS};
use super::layers::{Layer, Setting, join};
use super::yaml::{Node, Position, Value};

/// A file may have this many packages.
pub const MAX_PACKAGES: usize = 1_000;

/// A package and the values its jobs begin with.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) values: Layer,
}

/// The packages of the file: those of `packages`, else the one that the top level describes.
///
/// # Errors
/// There are more packages than are read. Every other fault is noted.
pub(super) fn read_packages(
    top: &mut Layer,
    top_at: Position,
    source: &Source,
    faults: &mut Faults,
) -> Result<Vec<Package>, Refusal> {
    match top.remove("packages") {
        Some(written) if written.node.is_truthy() => several(top, &written, source, faults),
        Some(written) => {
            faults.add(written.at, &written.path, "no package is named");
            Ok(Vec::new())
        }
        None => Ok(single(top, top_at, source, faults).into_iter().collect()),
    }
}

fn single(top: &mut Layer, top_at: Position, source: &Source, faults: &mut Faults) -> Option<Package> {
    set_defaults(top, top_at, "", source);
    top.check(Level::Top, |_| false, faults);
    check_packaging_tool(top, faults);
    let name = top.get("downstream_package_name").and_then(|setting| setting.node.as_text());
    if name.is_none() {
        let message = "the package has no name, and the repository's name is not known";
        faults.add(top_at, "downstream_package_name", message);
    }
    Some(Package { name: name?.to_owned(), values: top.clone() })
}

fn several(
    top: &mut Layer,
    written: &Setting,
    source: &Source,
    faults: &mut Faults,
) -> Result<Vec<Package>, Refusal> {
    let Some(entries) = written.node.as_mapping() else {
        let message = format!("a mapping of packages is expected, here is {}", written.node.described());
        faults.add(written.node.at, &written.path, message);
        return Ok(Vec::new());
    };
    if entries.len() > MAX_PACKAGES {
        let message = format!("there are {} packages; at most {MAX_PACKAGES} are read", entries.len());
        return Err(Refusal::single(ErrorKind::Limit, written.at, &written.path, message));
    }
    let mut own = Vec::with_capacity(entries.len());
    for entry in entries {
        let path = join(&written.path, &entry.key.name);
        if !entry.key.is_text {
            faults.add(entry.at, &path, "the name of a package must be text; put it in quotes");
            continue;
        }
        let Some(settings) = entry.value.as_mapping() else {
            let message = format!("a mapping is expected, here is {}", entry.value.described());
            faults.add(entry.value.at, &path, message);
            continue;
        };
        let mut layer = Layer::read(settings, &path, faults);
        // The one key whose value at the top wins over the package's.
        if let Some(url) = top.get("upstream_project_url") {
            layer.insert("upstream_project_url", url.clone());
        }
        set_defaults(&mut layer, entry.at, &path, source);
        let name = Node::text(entry.key.name.as_str(), entry.at);
        layer.insert_if_absent("downstream_package_name", name, entry.at, &path);
        layer.check(Level::Package, |_| false, faults);
        own.push(Package { name: entry.key.name.clone(), values: layer });
    }
    let is_replaced = |key: &str| own.iter().all(|package| package.values.contains(key));
    top.check(Level::Top, is_replaced, faults);
    for package in &mut own {
        package.values = top.overlaid(&package.values);
        check_packaging_tool(&package.values, faults);
    }
    Ok(own)
}

/// Fills in the spec file and the package's names where they are not written.
fn set_defaults(layer: &mut Layer, at: Position, prefix: &str, source: &Source) {
    if !layer.is_set("specfile_path") {
        // Only a name that is written out says how the spec file is called.
        let specfile = if layer.is_set("downstream_package_name") {
            let name = layer.node("downstream_package_name").and_then(|node| node.as_text());
            name.map(|name| format!("{name}.spec"))
        } else {
            source.first_spec_file().map(str::to_owned)
        };
        let node = Node::new(specfile.map_or(Value::Null, Value::Text), at);
        layer.insert("specfile_path", Setting { node, at, path: join(prefix, "specfile_path").into() });
    }
    if !source.repository.is_empty() {
        for key in ["upstream_package_name", "downstream_package_name"] {
            layer.insert_if_absent(key, Node::text(source.repository.as_str(), at), at, prefix);
        }
    }
}

/// Notes an unknown packaging tool. It says which dist-git is meant, unless the file names that by
/// its address: then any tool will do.
pub(super) fn check_packaging_tool(values: &Layer, faults: &mut Faults) {
    let Some(tool) = values.get("pkg_tool") else { return };
    let Some(name) = tool.node.as_text() else { return };
    let is_known = name.is_empty() || PACKAGING_TOOLS.contains(&name);
    if !is_known && values.node("dist_git_base_url").is_none() {
        let message = format!("`{name}` is none of {}", PACKAGING_TOOLS.join(", "));
        faults.add_unknown(tool.node.at, &tool.path, name, message, PACKAGING_TOOLS.iter().copied());
    }
}
