//! A run survives what nights bring.
