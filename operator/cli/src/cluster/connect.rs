//! From flags and kubeconfig to a client.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use super::ClusterError;

/// Which cluster.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ClusterArgs {
    /// Kubeconfig file [default: those in KUBECONFIG, or ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Context in the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
}

/// A client, and the words for what goes wrong with it.
#[derive(Clone)]
pub(crate) struct Cluster {
    /// The client.
    pub(crate) client: Client,
    url: String,
}

/// How long a connection may take to come up.
const CONNECT: Duration = Duration::from_secs(10);

// === impl ClusterArgs ===

impl ClusterArgs {
    /// A client for the cluster. Nothing is sent yet.
    pub(crate) async fn connect(&self) -> Result<Cluster, ClusterError> {
        let mut config = self.config().await?;
        config.connect_timeout = Some(CONNECT);
        let url = config
            .cluster_url
            .to_string()
            .trim_end_matches('/')
            .to_owned();
        let client =
            Client::try_from(config).map_err(|error| ClusterError::Client(Box::new(error)))?;
        Ok(Cluster { client, url })
    }

    async fn config(&self) -> Result<Config, ClusterError> {
        let kubeconfig = match self.read() {
            Ok(kubeconfig) => kubeconfig,
            Err(error) => return self.without_kubeconfig(error),
        };
        self.check_context(&kubeconfig)?;
        let options = KubeConfigOptions {
            context: self.context.clone(),
            ..KubeConfigOptions::default()
        };
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
        config.map_err(|error| ClusterError::Kubeconfig(Box::new(error)))
    }

    fn read(&self) -> Result<Kubeconfig, KubeconfigError> {
        match &self.kubeconfig {
            Some(path) => Kubeconfig::read_from(path),
            None => Kubeconfig::read(),
        }
    }

    /// In a pod the ServiceAccount will do.
    fn without_kubeconfig(&self, error: KubeconfigError) -> Result<Config, ClusterError> {
        let missing = match &error {
            KubeconfigError::ReadConfig(source, path)
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                path.display().to_string()
            }
            KubeconfigError::Parse(problem) => {
                let problem = problem.without_snippet();
                let problem = problem.render_with_formatter(&serde_saphyr::UserMessageFormatter);
                return Err(ClusterError::KubeconfigYaml(problem));
            }
            KubeconfigError::FindPath => "~/.kube/config".to_owned(),
            _ => return Err(ClusterError::Kubeconfig(Box::new(error))),
        };
        if self.kubeconfig.is_none()
            && self.context.is_none()
            && let Ok(config) = Config::incluster()
        {
            return Ok(config);
        }
        Err(ClusterError::NoKubeconfig(missing))
    }

    fn check_context(&self, kubeconfig: &Kubeconfig) -> Result<(), ClusterError> {
        let known: Vec<&str> = kubeconfig
            .contexts
            .iter()
            .map(|c| c.name.as_str())
            .collect();
        let current = kubeconfig
            .current_context
            .as_deref()
            .filter(|name| !name.is_empty());
        match self.context.as_deref().or(current) {
            None => Err(ClusterError::NoContext(known.join(", "))),
            Some(context) if known.contains(&context) => Ok(()),
            Some(context) => Err(ClusterError::UnknownContext {
                context: context.to_owned(),
                known: known.join(", "),
            }),
        }
    }
}

// === impl Cluster ===

impl Cluster {
    /// Address of the API server.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What an error means that came back from an attempt to do something (`list pods`).
    pub(crate) fn failed(
        &self,
        doing: impl Into<String>,
    ) -> impl FnOnce(kube::Error) -> ClusterError {
        let doing = doing.into();
        move |error| ClusterError::from_kube(&self.url, &doing, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(current: &str) -> Kubeconfig {
        let text = format!(
            "{{current-context: {current}, contexts: [{{name: sea, context: {{cluster: c}}}}, {{name: lake, context: {{cluster: c}}}}]}}"
        );
        Kubeconfig::from_yaml(&text).unwrap()
    }

    fn refused(context: Option<&str>, kubeconfig: &Kubeconfig) -> Option<String> {
        let args = ClusterArgs {
            kubeconfig: None,
            context: context.map(str::to_owned),
        };
        args.check_context(kubeconfig)
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn a_context_that_is_not_there_is_answered_with_those_that_are() {
        assert_eq!(refused(Some("lake"), &kubeconfig("sea")), None);
        assert_eq!(refused(None, &kubeconfig("sea")), None);
        assert_eq!(
            refused(Some("see"), &kubeconfig("sea")).unwrap(),
            "the kubeconfig has no context \"see\"; it has: sea, lake"
        );
        assert!(
            refused(None, &kubeconfig("''"))
                .unwrap()
                .contains("one of: sea, lake")
        );
    }
}
