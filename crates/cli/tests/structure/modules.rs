//! The modules of a crate, and which file defines the item that a path names.

use std::collections::BTreeMap;

use super::items::{Items, items};

/// The files of a crate's `src`: path in it, and text.
pub type Sources = BTreeMap<String, String>;

/// The modules of a crate. The first is the root.
#[derive(Debug, Default)]
pub struct Modules {
    all: Vec<Module>,
}

#[derive(Debug)]
struct Module {
    file: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    items: Items,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Module(usize),
    /// An item that this module defines.
    Item(usize),
}

/// One file that uses a name which another file defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    pub from: String,
    pub to: String,
    pub name: String,
}

/// The look-ups that led to this one: module, name, whether more segments follow. They end loops of re-exports.
type Trail = Vec<(usize, String, bool)>;

impl Modules {
    /// The modules of the crate with the root `lib.rs` or `main.rs`.
    pub fn of(sources: &Sources) -> Modules {
        let mut modules = Modules::default();
        if let Some(root) = ["lib.rs", "main.rs"].into_iter().find(|root| sources.contains_key(*root)) {
            modules.add(sources, root.to_owned(), String::new(), None, items(&sources[root]));
        }
        modules
    }

    /// Adds a module and its children. `folder` is where the files of its children lie, with a final slash.
    fn add(
        &mut self,
        sources: &Sources,
        file: String,
        folder: String,
        parent: Option<usize>,
        mut items: Items,
    ) -> usize {
        let id = self.all.len();
        let (files, inline) = (std::mem::take(&mut items.files), std::mem::take(&mut items.inline));
        self.all.push(Module { file: file.clone(), parent, children: BTreeMap::new(), items });
        let mut children = BTreeMap::new();
        for name in files {
            let places = [format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")];
            // A file that is not there belongs to a feature that generates it, or does not compile at all.
            let Some(place) = places.into_iter().find(|place| sources.contains_key(place)) else { continue };
            let inner = super::items::items(&sources[&place]);
            let child = self.add(sources, place, format!("{folder}{name}/"), Some(id), inner);
            children.insert(name, child);
        }
        for (name, inner) in inline {
            let child = self.add(sources, file.clone(), format!("{folder}{name}/"), Some(id), inner);
            children.insert(name, child);
        }
        self.all[id].children = children;
        id
    }

    /// Every use of a name between two files. Declarations of modules and re-exports are none.
    pub fn uses(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        for (id, module) in self.all.iter().enumerate() {
            let imported = module.items.imports.iter().filter(|import| !import.public && import.name != "*");
            for path in imported.map(|import| &import.path).chain(&module.items.paths) {
                let Some((Found::Item(target), name)) = self.resolve(id, path, false, &mut Trail::new())
                else {
                    continue;
                };
                let (from, to) = (module.file.clone(), self.all[target].file.clone());
                if from != to {
                    uses.push(Use { from, to, name: name.to_owned() });
                }
            }
        }
        uses.sort();
        uses.dedup();
        uses
    }

    /// Where a path from within a module leads, and the segment that names it; `None`: out of the crate, or nowhere.
    /// `more`: more segments follow the path.
    fn resolve<'a>(
        &self,
        from: usize,
        path: &'a [String],
        more: bool,
        trail: &mut Trail,
    ) -> Option<(Found, &'a str)> {
        let (first, rest) = path.split_first()?;
        let mut last = first.as_str();
        let mut at = match first.as_str() {
            "crate" => Found::Module(0),
            "self" => Found::Module(from),
            "super" => Found::Module(self.all[from].parent?),
            name => self.find(from, name, more || !rest.is_empty(), trail)?,
        };
        for (i, segment) in rest.iter().enumerate() {
            // Behind an item come its own names: variants, associated functions.
            let Found::Module(module) = at else { return Some((at, last)) };
            last = segment.as_str();
            at = match last {
                "super" => Found::Module(self.all[module].parent?),
                // A name that no item is written for is made by a macro of the module.
                name => {
                    self.find(module, name, more || i + 1 < rest.len(), trail).unwrap_or(Found::Item(module))
                }
            };
        }
        Some((at, last))
    }

    /// What a name means in a module. One name may be a module and an item: where more segments follow, it is the module.
    fn find(&self, module: usize, name: &str, more: bool, trail: &mut Trail) -> Option<Found> {
        let here = &self.all[module];
        let step = (module, name.to_owned(), more);
        if trail.contains(&step) {
            return None;
        }
        trail.push(step);
        let mut found: Vec<Found> =
            here.children.get(name).map(|&child| Found::Module(child)).into_iter().collect();
        if here.items.defined.iter().any(|defined| defined == name) {
            found.push(Found::Item(module));
        }
        for import in &here.items.imports {
            if import.name == name {
                found.extend(self.resolve(module, &import.path, more, trail).map(|(found, _)| found));
            } else if let Some(folder) = import.path.strip_suffix(&["*".to_owned()])
                && let Some((Found::Module(target), _)) = self.resolve(module, folder, true, trail)
            {
                found.extend(self.find(target, name, more, trail));
            }
        }
        trail.pop();
        let wanted = |found: &&Found| matches!(found, Found::Module(_)) == more;
        found.iter().find(wanted).or(found.first()).copied()
    }
}
