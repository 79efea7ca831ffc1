//! Whether what another installer has made is taken over.

use clap::Args;
use mainsheet_crds::meta::{ALLOW, ANNOTATION_ADOPT, ANNOTATION_ADOPT_RESTART};

use super::Wanted;

/// The annotations that allow a takeover, as flags.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Adoption {
    /// Take over what istioctl, Helm or Sail has made (annotation mainsheet.dev/adopt)
    #[arg(long)]
    adopt: bool,
    /// Let pods restart for that (annotation mainsheet.dev/adopt-restart)
    #[arg(long, requires = "adopt")]
    adopt_restart: bool,
}

impl Adoption {
    /// Whether a takeover is asked for.
    pub(crate) fn is_wanted(self) -> bool {
        self.adopt
    }

    /// Writes the annotations into what is wanted.
    pub(crate) fn annotate(self, wanted: &mut Wanted) {
        let annotations = [
            (ANNOTATION_ADOPT, self.adopt),
            (ANNOTATION_ADOPT_RESTART, self.adopt_restart),
        ];
        for (annotation, _) in annotations.into_iter().filter(|(_, set)| *set) {
            wanted.object["metadata"]["annotations"][annotation] = ALLOW.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::input::Wish;

    #[test]
    fn flags_become_annotations_beside_those_that_are_there() {
        let mut wanted = Wish::default().read().unwrap();
        wanted.object["metadata"]["annotations"] = json!({"a": "b"});
        let mut adoption = Adoption::default();
        adoption.annotate(&mut wanted);
        assert_eq!(wanted.object["metadata"]["annotations"], json!({"a": "b"}));
        adoption.adopt = true;
        adoption.annotate(&mut wanted);
        assert_eq!(
            wanted.object["metadata"]["annotations"],
            json!({"a": "b", "mainsheet.dev/adopt": "allow"})
        );
    }
}
