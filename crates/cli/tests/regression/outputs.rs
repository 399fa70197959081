//! What the program writes, where, and over what.
