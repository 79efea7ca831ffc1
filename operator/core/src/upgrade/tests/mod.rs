//! The machine as a table: every transition, in a world that does what it is told.

mod always;
mod canary;
mod compose;
mod in_place;
mod world;
