//! A mesh as the command line shows it and waits for it.

mod follow;
mod lines;
mod plan_text;
mod planning;
mod verdict;
pub(crate) mod words;

pub(crate) use follow::{Limit, Waiting, until_gone, until_ready, until_running, until_upgraded};
pub(crate) use lines::lines;
pub(crate) use plan_text::{Report, print as print_plan, totals};
pub(crate) use planning::{
    as_stored, foresee, installed_in, plan_of, preview, remark, resolve_in, resolve_over, sentence,
    summary,
};
pub(crate) use verdict::{Verdict, awaited_plan, condition, verdict};
