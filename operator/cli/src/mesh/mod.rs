//! A mesh as the command line shows it and waits for it.

mod follow;
mod lines;
mod plan_text;
mod planning;
mod verdict;
pub(crate) mod words;

pub(crate) use follow::{Waiting, until_gone, until_ready, until_running, until_upgraded};
pub(crate) use lines::lines;
pub(crate) use plan_text::{Report, print as print_plan};
pub(crate) use planning::{plan_in, resolve_in, shared, summary};
pub(crate) use verdict::{Verdict, awaited_plan, condition, verdict};
