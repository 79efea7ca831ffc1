//! A stand-in for istiod's injection webhook: HTTPS on loopback, called by the real API server
//! through the operator's real webhook objects. It marks pods as istiod would and remembers each
//! call, so that a test can tell which control plane was asked for which pod.
//!
//! Installations reach it by the settings that users have too: `istiodRemote.injectionURL` and
//! `istiodRemote.injectionCABundle`. Each control plane has a path of its own.

mod mark;
mod serve;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::runtime::Runtime;

/// A running injector. It ends with the value.
pub struct Injector {
    port: u16,
    authority: String,
    state: Arc<Mutex<State>>,
    _runtime: Runtime,
}

/// One pod that the API server asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injection {
    /// The control plane that was asked, by its path.
    pub control_plane: String,
    /// The namespace of the pod.
    pub namespace: String,
    /// The name of the pod, or what it will begin with.
    pub pod: String,
    /// Whether another webhook had injected it already.
    pub again: bool,
}

#[derive(Debug, Default)]
struct State {
    revisions: BTreeMap<String, String>,
    down: BTreeSet<String>,
    calls: Vec<Injection>,
}

// === impl Injector ===

impl Injector {
    /// Starts one, with a certificate of its own authority.
    pub fn start() -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate()?;
        let certificate =
            CertificateParams::new(["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
        let tls = serve::tls(certificate.der().clone(), &key)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("cannot start a runtime")?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let port = listener.local_addr()?.port();
        let state = Arc::<Mutex<State>>::default();
        runtime.spawn(serve::serve(listener, tls, Arc::clone(&state)));
        Ok(Self {
            port,
            authority,
            state,
            _runtime: runtime,
        })
    }

    /// The `injectionURL` of a control plane.
    pub fn url(&self, control_plane: &str) -> String {
        format!("https://127.0.0.1:{}/inject/{control_plane}", self.port)
    }

    /// The `injectionCABundle` of every control plane, in base64 as values have it.
    pub fn ca_bundle(&self) -> String {
        mark::base64(self.authority.as_bytes())
    }

    /// Values of a spec by which pods of a control plane come here.
    pub fn values(&self, control_plane: &str) -> serde_json::Value {
        serde_json::json!({"istiodRemote": {
            "injectionURL": self.url(control_plane),
            "injectionCABundle": self.ca_bundle(),
        }})
    }

    /// Says under which Istio revision a control plane marks its pods; its own name until then.
    pub fn marks(&self, control_plane: &str, revision: &str) {
        self.lock()
            .revisions
            .insert(control_plane.to_owned(), revision.to_owned());
    }

    /// Lets a control plane fail every call, or work again.
    pub fn fail(&self, control_plane: &str, fails: bool) {
        let mut state = self.lock();
        if fails {
            state.down.insert(control_plane.to_owned());
        } else {
            state.down.remove(control_plane);
        }
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Injection> {
        self.lock().calls.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl State ===

impl State {
    fn revision(&self, control_plane: &str) -> String {
        self.revisions
            .get(control_plane)
            .cloned()
            .unwrap_or_else(|| control_plane.to_owned())
    }
}
