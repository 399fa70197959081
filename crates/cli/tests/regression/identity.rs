//! A run's data and classes are known by content and name.
