//! Files that are damaged, foreign, or not files.
