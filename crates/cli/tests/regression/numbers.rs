//! Numbers at their limits, and numbers that were not computed.
