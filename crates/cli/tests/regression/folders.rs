//! What in a folder is an image, a class, a split.
