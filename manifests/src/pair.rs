//! Two threads render one mesh: for a command that renders once and ends, and that somebody waits
//! for. A process that stays does not want the memory that every thread's allocations hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;

use mainsheet_profiles::Resolved;

use crate::mesh::Mesh;
use crate::render::{RenderError, collect, component};
use crate::{Manifests, Object, engine};

/// A second thread. It is to be started before it is known what is wanted: until then it compiles
/// templates.
pub struct Pair {
    jobs: Sender<Arc<Job>>,
    done: Receiver<Done>,
}

/// Components by their places.
type Done = Vec<(usize, Result<Vec<Object>, RenderError>)>;

/// One mesh, whose components are taken one after the other by whoever is free.
struct Job {
    resolved: Resolved,
    next: AtomicUsize,
    /// Whether the second thread has taken any.
    helped: AtomicBool,
}

// === impl Pair ===

impl Pair {
    /// Starts the second thread; none where no thread can be had.
    pub fn start() -> Option<Self> {
        let (jobs, asked) = channel::<Arc<Job>>();
        let (finished, done) = channel();
        let work = move || {
            let job = engine::warm_up(|| asked.try_recv().ok()).or_else(|| asked.recv().ok());
            // Nobody may be there any more to take it.
            job.map(|job| finished.send(job.work(|| job.helped.store(true, Ordering::Relaxed))))
        };
        Builder::new().spawn(work).ok()?;
        Some(Self { jobs, done })
    }

    /// The objects of a resolved mesh, the same as [`render`](crate::render) gives.
    pub fn render(self, resolved: Resolved) -> Result<Manifests, RenderError> {
        let job = Arc::new(Job {
            resolved,
            next: AtomicUsize::new(0),
            helped: AtomicBool::new(false),
        });
        // Without the other, this one does it all.
        let _ = self.jobs.send(Arc::clone(&job));
        let mut done = job.work(|| ());
        if job.helped.load(Ordering::Relaxed) {
            done.extend(self.done.recv().unwrap_or_default());
        }
        done.sort_by_key(|(place, _)| *place);
        collect(&job.resolved, done.into_iter().map(|(_, objects)| objects))
    }
}

// === impl Job ===

impl Job {
    /// Renders components until all are taken.
    fn work(&self, taken: impl Fn()) -> Done {
        let mut done = Vec::new();
        let whole = Mesh::new(&self.resolved);
        loop {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = self.resolved.components.get(place) else {
                return done;
            };
            taken();
            done.push((place, component(&whole, one)));
        }
    }
}
