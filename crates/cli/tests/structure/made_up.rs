//! The scanner on trees that are made up, with and without a circle.

use super::circles::{circles, in_words};
use super::modules::{Modules, Sources};
use super::{dependencies, order_of_crates};

fn tree(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
}

/// The pairs of files of which the first uses the second.
fn pairs(files: &[(&str, &str)]) -> Vec<String> {
    let uses = Modules::of(&tree(files)).uses();
    let mut pairs: Vec<String> = uses.into_iter().map(|u| format!("{} > {}", u.from, u.to)).collect();
    pairs.dedup();
    pairs
}

#[test]
fn a_circle_is_found_and_named() {
    let files = [
        ("lib.rs", "mod above; mod a; mod b; mod c;"),
        ("above.rs", "use crate::a::A; pub struct Above(A);"),
        ("a.rs", "use super::b::{self, B}; pub struct A(B); fn f() { b::g(); }"),
        ("b.rs", "pub struct B; pub fn g() { crate::c::h(0); }"),
        ("c.rs", "use crate::a::A as First; pub fn h(_: usize) -> Option<First> { None }"),
    ];
    let uses = Modules::of(&tree(&files)).uses();
    let found = circles(&uses);
    assert_eq!(found.len(), 1, "{uses:?}");
    let words = in_words(&found[0], &uses);
    assert_eq!(
        words,
        "a circle of 3 files:\n    a.rs uses b.rs: B, g\n    b.rs uses c.rs: h\n    c.rs uses a.rs: A, First\n"
    );
}

#[test]
fn files_in_an_order_have_no_circle() {
    let files = [
        ("main.rs", "mod a; mod b; fn main() { a::f(); b::g(); }"),
        ("a.rs", "use crate::b; pub fn f() { b::g(); }"),
        ("b.rs", "pub fn g() {}"),
    ];
    assert_eq!(circles(&Modules::of(&tree(&files)).uses()), []);
    assert_eq!(pairs(&files), ["a.rs > b.rs", "main.rs > a.rs", "main.rs > b.rs"]);
}

#[test]
fn a_re_export_counts_for_the_file_that_defines_the_item() {
    let files = [
        ("lib.rs", "mod part; mod user; pub use part::Item;"),
        ("part/mod.rs", "mod inner; pub(crate) use inner::*; pub use self::inner::Item;"),
        ("part/inner.rs", "pub struct Item; pub struct Other;"),
        ("user.rs", "use crate::Item; fn f(_: Item, _: crate::part::Other) {}"),
    ];
    assert_eq!(pairs(&files), ["user.rs > part/inner.rs"]);
}

#[test]
fn a_re_exported_name_that_the_module_uses_itself_is_a_use() {
    let files = [
        ("lib.rs", "mod part; pub use part::{Item, make}; pub fn f() -> Item { make() }"),
        ("part.rs", "use super::f; pub struct Item; pub fn make() -> Item { f() }"),
    ];
    assert_eq!(pairs(&files), ["lib.rs > part.rs", "part.rs > lib.rs"]);
}

#[test]
fn comments_texts_and_tests_are_no_uses() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            r##"
            //! [`crate::b::g`]
            /* crate::b::g() /* nested */ crate::b::g() */
            pub fn f<'a>(text: &'a str) -> char { let _ = r#"crate::b::g()"#; let _ = "\"crate::b::g()"; '"' }
            struct S { #[cfg(test)] b: crate::b::B, c: u8 }
            #[cfg(test)]
            use crate::b::B;
            #[cfg(test)]
            mod tests { use super::*; fn t() { crate::b::g(); } }
            "##,
        ),
        ("b.rs", "pub struct B; pub fn g() {}"),
    ];
    assert_eq!(pairs(&files), Vec::<String>::new());
}

#[test]
fn code_behind_what_only_tests_have_is_read() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "#[cfg(test)] mod tests; impl S { #[cfg(test)] fn t<A, B>() { crate::b::never() } fn f() { crate::b::g() } }
             #[cfg(not(test))] const C: [u8; { 2 }] = { crate::b::h() };",
        ),
        ("b.rs", "pub fn g() {} pub const fn h() {}"),
    ];
    let uses = Modules::of(&tree(&files)).uses();
    let names: Vec<&str> = uses.iter().map(|u| u.name.as_str()).collect();
    assert_eq!(names, ["g", "h"]);
}

#[test]
fn fields_methods_and_locals_are_no_uses() {
    let files = [
        ("lib.rs", "mod part; pub use part::make; pub fn f(x: X) { let make = x.make(); x.make; g(make); }"),
        ("part.rs", "pub fn make() {}"),
    ];
    assert_eq!(pairs(&files), Vec::<String>::new());
}

#[test]
fn globs_inline_modules_and_folders_of_files_are_followed() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "mod wide { use super::super::b::*; use std::arch::*; fn f(_: Item) { inner::g(); } }"),
        ("b.rs", "pub mod inner; pub struct Item;"),
        ("b/inner.rs", "pub fn g() {}"),
    ];
    assert_eq!(pairs(&files), ["a.rs > b.rs", "a.rs > b/inner.rs"]);
}

#[test]
fn a_module_and_an_item_may_have_one_name() {
    let files = [
        ("lib.rs", "mod load; mod user; pub use load::load;"),
        ("load.rs", "pub fn load() {} pub fn other() {}"),
        ("user.rs", "use crate::load; fn f() { load(); } fn g() { load::other(); }"),
    ];
    let uses = Modules::of(&tree(&files)).uses();
    let names: Vec<&str> = uses.iter().map(|u| u.name.as_str()).collect();
    assert_eq!(names, ["load", "other"]);
}

#[test]
fn another_crate_of_a_module_s_name_is_no_use() {
    let files = [
        ("lib.rs", "mod data; use ::data::Size; use ::{data::Other}; fn f(_: Size, _: ::data::Third) {}"),
        ("data.rs", "pub struct Size; pub struct Third;"),
    ];
    assert_eq!(pairs(&files), Vec::<String>::new());
}

#[test]
fn what_a_macro_defines_is_in_the_file_that_calls_it() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "macro_rules! make { ($n:ident) => { pub fn $n() {} } } pub(crate) use make;"),
        ("b.rs", "crate::a::make!(made);"),
        ("c.rs", "fn f() { crate::b::made() }"),
    ];
    assert_eq!(pairs(&files), ["b.rs > a.rs", "c.rs > b.rs"]);
}

#[test]
fn the_map_and_manifests_are_read() {
    let map = "text\n```\ncrates/\n  low   words\n        more words\n  high  words -> low\npresets/    *.toml\n```\n";
    assert_eq!(order_of_crates(map), ["low", "high"]);
    let manifest = "[dependencies]\nlow.workspace = true\n[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n\
                    [dev-dependencies]\nhigh.workspace = true\n";
    assert_eq!(dependencies(manifest), ["low", "libc"]);
}
