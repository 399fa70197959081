//! Messages and hints.
