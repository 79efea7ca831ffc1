//! `mainsheet profile list`.

use clap::Args;
use mainsheet_crds::installation::Profile;
use serde_json::json;

use crate::cli::Exit;
use crate::error::Error;
use crate::output::{self, Document, Format};
use crate::printer::Printer;
use crate::table::Table;

/// List the profiles.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// How the list is written
    #[arg(
        short,
        long,
        value_name = "table|wide|json|yaml|name",
        hide_possible_values = true,
        default_value = "table"
    )]
    output: Format,
}

impl List {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let document = || -> Vec<_> {
            let entry =
                |profile: Profile| json!({"name": profile.as_str(), "description": what(profile)});
            Profile::ALL.into_iter().map(entry).collect()
        };
        match self.output {
            Format::Table | Format::Wide => {
                let mut table = Table::new(["NAME", "WHAT IT INSTALLS"]);
                for profile in Profile::ALL {
                    table.row([profile.as_str().into(), what(profile).into()]);
                }
                table.print(printer)?;
            }
            Format::Json => output::document(&document(), Document::Json, printer)?,
            Format::Yaml => output::document(&document(), Document::Yaml, printer)?,
            Format::Name => {
                for profile in Profile::ALL {
                    output::line(profile.as_str(), printer)?;
                }
            }
        }
        Ok(Exit::Success)
    }
}

fn what(profile: Profile) -> &'static str {
    match profile {
        Profile::Default => "control plane and ingress gateway, for production",
        Profile::Demo => "to try out: egress gateway and addons too, all traced",
        Profile::Minimal => "the control plane alone",
        Profile::Remote => "what a cluster needs that a control plane elsewhere serves",
        Profile::Empty => "nothing; a base for one's own",
        Profile::Preview => "as default, with features under trial",
        Profile::Stable => "as default, refusing APIs that are not stable",
        Profile::Ambient => "without sidecars: control plane, CNI and ztunnel",
        Profile::Openshift => "as default, for OpenShift",
        Profile::OpenshiftAmbient => "as ambient, for OpenShift",
    }
}
